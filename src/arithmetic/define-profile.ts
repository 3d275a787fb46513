/** A profile as a user writes it in TypeScript: its stages may be functions. */
import type { Hook } from './hooks.ts'
import type { Profile } from './profile.ts'
import type { HookStage, Stage } from './stages.ts'

/** The function stands in the stage; its name is that of the function unless given. */
type WrittenStage =
  | Exclude<Stage, HookStage>
  | (Omit<HookStage, 'name' | 'sha256'> & { readonly name?: string; readonly compute: Hook })

type Staged = Extract<Profile['add'], { form: 'stages' }>

export interface TypeScriptProfile extends Omit<Profile, 'requantise' | 'add'> {
  readonly requantise: readonly WrittenStage[]
  readonly add:
    | Exclude<Profile['add'], Staged>
    | (Omit<Staged, 'operand' | 'sum'> & {
        readonly operand: readonly WrittenStage[]
        readonly sum: readonly WrittenStage[]
      })
}

/** Gives a profile its type, and nothing else: `export default defineProfile({ … })`. */
export const defineProfile = (profile: TypeScriptProfile): TypeScriptProfile => profile

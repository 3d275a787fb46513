/** A profile as a user writes it in TypeScript: its stages may be functions. */
import type { Hook } from './hooks.ts'
import type { Profile } from './profile.ts'
import type { HookStage, Stage } from './stages.ts'

/** The function stands in the stage; its name is that of the function unless given. */
type WrittenStage =
  | Exclude<Stage, HookStage>
  | (Omit<HookStage, 'name' | 'sha256'> & { readonly name?: string; readonly compute: Hook })

/** With functions in its lists of stages. */
type Written<Value> = Value extends readonly Stage[]
  ? readonly WrittenStage[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Written<Value[Key]> }
    : Value

export type TypeScriptProfile = Written<Profile>

/** Gives a profile its type, and nothing else: `export default defineProfile({ … })`. */
export const defineProfile = (profile: TypeScriptProfile): TypeScriptProfile => profile

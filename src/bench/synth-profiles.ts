/** The units whose parameters a profile chooses, mapped for each arithmetic that the RTL has. */
import { PROFILES } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { InputError } from '../input/input-error.ts'
import { formatCount } from '../report/table.ts'
import { arithmeticWords } from '../rom/arithmetic-words.ts'
import { type RtlArithmetic, rtlArithmetic } from '../rom/rtl-arithmetic.ts'
import { SMALL_DETECTOR } from './synth-design.ts'
import { mapDesign } from './synth-map.ts'
import { addUse, type Use } from './synth-netlist.ts'
import type { Log } from './synth-yosys.ts'

export interface ProfileUse {
  /** Profiles of the same hardware. */
  readonly profiles: readonly string[]
  readonly requantise: Use
  readonly add: Use
}

interface Hardware {
  readonly profiles: string[]
  readonly units: RtlArithmetic
}

/** @returns null for a profile that the RTL does not compute */
function unitsOf(profile: Profile): RtlArithmetic | null {
  try {
    return rtlArithmetic(profile)
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

/** The built-in profiles that the RTL computes, those of the same hardware together. */
export function listHardware(): readonly Hardware[] {
  const found = new Map<string, Hardware>()
  for (const profile of PROFILES) {
    const units = unitsOf(profile)
    if (units === null) continue
    const key = JSON.stringify(arithmeticWords(units))
    const same = found.get(key)
    if (same === undefined) found.set(key, { profiles: [profile.name], units })
    else same.profiles.push(profile.name)
  }
  return [...found.values()]
}

/** Each unit at the size that the small detector has. */
export async function mapProfiles(
  sources: readonly string[],
  scratch: string,
  log: Log,
): Promise<readonly ProfileUse[]> {
  const { PI = 1, TableBits = 8 } = SMALL_DETECTOR.parameters
  const uses: ProfileUse[] = []
  for (const { profiles, units } of listHardware()) {
    log(`requantise and add_codes of ${profiles.join(', ')}`)
    const map = async (top: string, CodeBits: number, own: object): Promise<Use> => {
      const parameters = { Lanes: PI, CodeBits, ...own }
      return addUse((await mapDesign({ top, parameters }, sources, scratch)).modules)
    }
    uses.push({
      profiles,
      requantise: await map('requantise', TableBits, units.requantise),
      add: await map('add_codes', 8, units.add),
    })
  }
  return uses
}

export function renderProfiles(uses: readonly ProfileUse[]): readonly string[] {
  const cells = ({ luts, flipFlops, dsps }: Use) => [luts, flipFlops, dsps].map(formatCount)
  return [
    '## Arithmetic of profiles',
    '',
    'The two units whose parameters a profile chooses, each by itself and with the modules inside it, of',
    'as many lanes and bits as in the design above. A multiplier of 31 bits takes four DSP48E1 a lane,',
    'and where operands are rounded an addition has three requantisers.',
    '',
    '| profile | `requantise` LUT | FF | DSP48E1 | `add_codes` LUT | FF | DSP48E1 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...uses.map(({ profiles, requantise, add }) => {
      const names = profiles.map((name) => `\`${name}\``).join(', ')
      return `| ${names} | ${[...cells(requantise), ...cells(add)].join(' | ')} |`
    }),
    '',
  ]
}

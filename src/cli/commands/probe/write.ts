/** `assay probe --out`: the profile that fits, as a file. */
import { basename, extname } from 'node:path'
import { checkProfile } from '../../../arithmetic/check-profile.ts'
import type { Fit } from '../../../arithmetic/fit-profiles.ts'
import { type MakeOptions, makeProfile } from '../../../arithmetic/make-profile.ts'
import { hooksOf, type Profile } from '../../../arithmetic/profile.ts'
import { profileText } from '../../../arithmetic/read-profile.ts'
import { InputError } from '../../../input/input-error.ts'
import { describeReading, type ProbeResult } from '../../../result/probe.ts'
import { writeWhole } from '../../../store/files.ts'

/** @param own profiles of `--profile`: one that fits is written as it is @returns what to say of it */
export async function writeProfile(
  path: string,
  result: ProbeResult,
  own: readonly Profile[],
): Promise<string> {
  const name = basename(path, extname(path))
  const found = `found by assay probe in ${result.top}: ${result.ranking.samples} accumulators agree`
  const [best] = result.ranking.exact
  const given = own.find(({ name: one }) => one === best?.candidate.name)
  if (given !== undefined && hooksOf(given).length > 0)
    return `\n${path}: not written. ${given.name} is a profile in TypeScript, whose functions no JSON holds: give that file with --profile.`
  const { profile, note } =
    given !== undefined
      ? { profile: { ...given, name }, note: '' }
      : best === undefined
        ? { profile: checkProfile({ ...result.layer!.other!.profile, name, source: found }, path), note: '' }
        : profileOf(best, name, found, result)
  await writeWhole(path, profileText(profile))
  const rest =
    result.layer === undefined
      ? `Only its stages of A-4 were found; look at the rest with assay profiles ${path}.${note}`
      : `What was not found is that of ${result.layer.profile.name}, under which the module was driven.`
  return `\n${path}: written. ${rest}`
}

function profileOf(
  { candidate }: Fit,
  name: string,
  found: string,
  { layer, accBits }: ProbeResult,
): { readonly profile: Profile; readonly note: string } {
  const source = [found, ...describeReading(candidate.reading)].join('; ')
  const make = (options: MakeOptions) => makeProfile(candidate.stages, name, source, options)
  if (layer !== undefined) return { profile: make({ base: layer.profile }), note: '' }
  const like = candidate.name
  try {
    return { profile: make({ like, accumulatorBits: accBits }), note: '' }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const profile = make({ like })
    const note = ` Its accumulator has ${profile.accumulator.bits} bits: with the ${accBits} that the module takes, Assay cannot compute these stages.`
    return { profile, note }
  }
}

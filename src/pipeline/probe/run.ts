/** `assay probe`: drives a requantiser with accumulators that tell arithmetics apart, and says which arithmetic its codes fit. */
import { listCandidates } from '../../arithmetic/candidates.ts'
import { findContradiction, fitProfiles, type Sample } from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import { createRandom } from '../../golden/random.ts'
import { formatCount, formatSeconds } from '../../report/table.ts'
import type { ProbeResult } from '../../result/probe.ts'
import type { Progress } from '../files/progress.ts'
import type { ProbePlan } from './ranges.ts'
import { type Beat, chooseBeats, chooseSettings, searchBeats } from './stimulus.ts'

/** Gives the code of each beat, in order. */
export type Answer = (beats: readonly Beat[]) => Promise<readonly bigint[]>

/** So often accumulators are searched on which those disagree that fit. */
const SEARCHES = 3
const MOST_FOUND = 200
/** Candidates that are compared with each other. */
const MOST_COMPARED = 40
/** Accumulators that are given once more, at the end. */
const REPEATED = 50

export interface ProbeOptions extends Pick<ProbeResult, 'top' | 'ports'> {
  /** Each is tried; the one that fits best counts. */
  readonly plans: readonly ProbePlan[]
  /** Further profiles to try. */
  readonly own: readonly Profile[]
  /** Of the accumulators that are drawn. */
  readonly seed: number
  readonly answer: Answer
}

/** @throws InputError, SimulationError: what `answer` throws */
export async function runProbe(
  { top, plans, own, seed, ports, answer }: ProbeOptions,
  progress: Progress,
): Promise<ProbeResult> {
  const task = progress.start(`drive ${top}`)
  const begin = performance.now()
  const results: Omit<ProbeResult, 'seconds' | 'ports'>[] = []
  for (const plan of plans) {
    const result = await probeWith(top, plan, own, seed, answer)
    results.push(result)
    if (result.ranking.exact.length > 0) break
  }
  const best = results.toSorted((a, b) => shareOf(b) - shareOf(a))[0]!
  const seconds = (performance.now() - begin) / 1000
  task.done(`${formatCount(best.ranking.samples)} accumulators in ${formatSeconds(seconds)}`)
  return { ...best, ports, seconds }
}

const shareOf = ({ ranking: { exact, nearest, samples } }: Pick<ProbeResult, 'ranking'>): number =>
  ((exact[0] ?? nearest[0])?.agreed ?? 0) / samples

async function probeWith(
  top: string,
  { ranges, shape }: ProbePlan,
  own: readonly Profile[],
  seed: number,
  answer: Answer,
): Promise<Omit<ProbeResult, 'seconds' | 'ports'>> {
  const random = createRandom(seed)
  const candidates = listCandidates(shape, own)
  const settings = chooseSettings(ranges, random)
  const samples: Sample[] = []
  const drive = async (beats: readonly Beat[]): Promise<void> => {
    const codes = await answer(beats)
    for (const [index, beat] of beats.entries()) samples.push({ ...beat, code: codes[index]! })
  }
  await drive(chooseBeats(settings, ranges, random))
  let ranking = fitProfiles(samples, candidates, ranges.codeBits)
  for (let search = 0; search < SEARCHES && ranking.exact.length > 1; search++) {
    const alike = ranking.exact.slice(0, MOST_COMPARED).map(({ candidate }) => candidate)
    const beats = searchBeats(alike, settings, ranges, random, MOST_FOUND)
    if (beats.length === 0) break
    await drive(beats)
    ranking = fitProfiles(samples, candidates, ranges.codeBits)
  }
  const before = samples.length
  await drive(samples.slice(0, REPEATED))
  const contradiction = findContradiction(samples)
  samples.length = before
  const { accBits, codeBits } = ranges
  return { top, accBits, codeBits, ranking, settings: settings.length, contradiction }
}

/** This file makes a run's stimulus from the model, runs it once per RTL and program, and counts it together with the run's image. */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { detectorParameters } from '../../detector/options.ts'
import type { Codes, NmsOptions } from '../../golden/types.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import {
  boxesAreRed,
  type Evidence,
  isRed,
  type StimulusResult,
  type StimulusRun,
  stimulusRunSchema,
} from '../../result/result.ts'
import { ROM_NAMES, type RomSet } from '../../rom/emit.ts'
import { areAsOpened, mayBeAsOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import { type MeaningCoverage, mergeCoverage } from '../../stimulus/coverage.ts'
import { coverImage, mergeGolden, runStimuli, type StimulusGolden } from '../../stimulus/golden.ts'
import { makeStimuli } from '../../stimulus/make.ts'
import { keepFitting, makePrograms, type ProgramRoom, stimulusLayers } from '../../stimulus/program.ts'
import { summariseCoverage } from '../../stimulus/summary.ts'
import { STIMULUS_VERSION, type Stimulus, type StimulusChoice } from '../../stimulus/types.ts'
import { type EvidenceStore, evidenceKey, readEvidence, writeEvidence } from '../../store/evidence.ts'
import { sha256 } from '../../store/hash.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { detectStep } from '../bench/boxes.ts'
import { keptFolder } from '../bench/options.ts'
import type { Progress } from '../files/progress.ts'
import { chooseNms } from '../model/engine-choice.ts'
import { describeSurroundings } from '../proof/keys.ts'
import { isRedOutcome } from '../proof/outcomes.ts'
import { keepMade } from './cache.ts'
import { driveStimuli, type StimulusOutcome } from './driver.ts'

/** Seeds of the random sets. */
const SEEDS: readonly number[] = [1]

/** The number of red stimuli that a result names. */
const MOST_RED = 40

/** What the stimuli came to, and the files that the RTL read by itself. */
const RAN = openObject({ result: stimulusRunSchema, opened: v.array(openedFile) })
type Ran = Checked<typeof RAN>

/**
 * Runs the stimuli of the chosen instructions, unless they were exact before on the same RTL and program, and says what they and the
 * image exercise.
 * @param ofImage what `countImage` returned
 */
export async function runStimulusSets(
  bench: SimulationBench,
  choice: StimulusChoice,
  ofImage: Promise<MeaningCoverage>,
  progress: Progress,
): Promise<{ readonly result: StimulusResult; readonly opened: readonly OpenedFile[] }> {
  const work = planWork(bench, choice)
  const { result, opened, evidence } = await findOrRun(bench, work, progress)
  const coverage = mergeCoverage(await coverStimuli(work), await ofImage)
  return { result: { ...result, ...summariseCoverage(coverage), evidence }, opened }
}

/** What the image exercises. It is counted once for a model, and beside other work. */
export function countImage(bench: SimulationBench, choice: StimulusChoice): Promise<MeaningCoverage> {
  const { cache, key, names, nms } = planWork(bench, choice)
  const { graph, golden, image, tallies } = bench
  return keepMade(cache, sha256(key, hashCodes(image.codes)), () =>
    coverImage(graph, golden, tallies, names, nms),
  )
}

async function findOrRun(
  bench: SimulationBench,
  work: Work,
  progress: Progress,
): Promise<Ran & { readonly evidence?: Evidence }> {
  const { record } = bench
  const store = bench.store.evidence ?? null
  if (store === null) return run(bench, work, progress)
  const key = keyStimulus(bench, work.choice, store)
  const kept = await readEvidence(store, key, RAN)
  const isRed = kept?.value.result.isRed === true
  const wasRed = isRed && (await mayBeAsOpened(kept.value.opened))
  if (kept !== null && !isRed && bench.store.reuse !== false && (await areAsOpened(kept.value.opened)))
    return { ...kept.value, evidence: { key, provedAt: kept.provedAt, before: true } }
  const ran = await run(bench, work, progress)
  const { result, opened } = ran
  // It was red before on the same inputs, so the kept result stays.
  if (wasRed && !result.isRed) return { result: { ...result, isRed: true, unsteady: true }, opened }
  // A run that the machine ended says nothing about another run.
  const isOwn = [...result.red, ...result.redBoxes.map(({ boxes }) => boxes)].some(
    ({ error }) => error === null,
  )
  if (!result.isRed || isOwn) await writeEvidence(store, key, { provedAt: record.startedAt, value: ran })
  return result.isRed ? ran : { ...ran, evidence: { key, provedAt: record.startedAt, before: false } }
}

/** The key covers everything that decides the result: the built and opened RTL, the ROMs, the choice. The image does not: stimuli come from the model. */
export function keyStimulus(bench: SimulationBench, choice: StimulusChoice, store: EvidenceStore): string {
  const { roms, chosen, buildKey } = bench
  return evidenceKey(store, 'stimulus', [
    STIMULUS_VERSION,
    buildKey,
    describeSurroundings(bench),
    bench.model.hash,
    roms.engine,
    ROM_NAMES.map((name) => sha256(roms[name].bytes)),
    bench.rtl.nms,
    chosen.map((pc) => roms.steps[pc]!.name),
    choice,
    SEEDS,
  ])
}

const hashCodes = (codes: Codes): string =>
  sha256(new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))

/** The key covers what decides stimuli and coverage: this program, the model, the engine's shape, the settings of q_NMS, the layers. */
export function keyMade(
  { store, model, roms, chosen }: Pick<SimulationBench, 'store' | 'model' | 'roms' | 'chosen'>,
  choice: StimulusChoice,
  nms: NmsOptions | null,
): string {
  return sha256(
    JSON.stringify([
      STIMULUS_VERSION,
      store.evidence?.programHash,
      model.hash,
      roms.engine,
      nms,
      chosen.map((pc) => roms.steps[pc]!.name),
      choice,
      SEEDS,
    ]),
  )
}

/** The stimuli of a run, and what the reference model computes for them. */
interface Made {
  readonly stimuli: readonly Stimulus[]
  readonly golden: StimulusGolden
}

interface Work {
  readonly choice: StimulusChoice
  readonly seeds: readonly number[]
  /** Names of the chosen layers. */
  readonly names: ReadonlySet<string>
  /** Null if DETECT is not among them. */
  readonly nms: NmsOptions | null
  /** Folder of what was made; null if nothing is kept. */
  readonly cache: string | null
  readonly key: string
  readonly room: ProgramRoom
  make(): Promise<Made>
}

/** What a program of stimuli has in the built model. */
export function roomOf(roms: RomSet): ProgramRoom {
  const { ProgramDepth, FeatureDepth } = detectorParameters(roms)
  return { programDepth: ProgramDepth!, featureDepth: FeatureDepth! }
}

function planWork(bench: SimulationBench, choice: StimulusChoice): Work {
  const { graph, roms, chosen, expectedBoxes, store } = bench
  const { engine } = bench.rtl
  const names = new Set(chosen.map((pc) => roms.steps[pc]!.name))
  const withBoxes = expectedBoxes !== null && chosen.includes(detectStep(roms))
  const nms = withBoxes ? chooseNms(graph, engine, bench.rtl.nms) : null
  const seeds = choice === 'random' || choice === 'all' ? SEEDS : []
  const cache =
    store.evidence === undefined || store.reuse === false ? null : join(keptFolder(store), 'stimulus')
  const key = keyMade(bench, choice, nms)
  const room = roomOf(roms)
  const makeAll = (): Made => {
    if (choice === 'image') return { stimuli: [], golden: mergeGolden([]) }
    const layers = new Map([...stimulusLayers(graph, roms)].filter(([name]) => names.has(name)))
    const all = makeStimuli({ choice, seeds, layers, graph, engine, nms })
    const stimuli = keepFitting(graph, roms, all, room)
    return { stimuli, golden: mergeGolden(makePrograms(graph, roms, stimuli, room).map(runStimuli)) }
  }
  let made: Promise<Made> | undefined
  const make = (): Promise<Made> => (made ??= keepMade(cache, key, makeAll))
  return { choice, seeds, names, nms, cache, key, room, make }
}

async function run(bench: SimulationBench, work: Work, progress: Progress): Promise<Ran> {
  const { graph, roms } = bench
  const { choice, seeds, room } = work
  const begin = performance.now()
  const outcomes: StimulusOutcome[] = []
  let opened: readonly OpenedFile[] = []
  if (choice !== 'image') {
    const task = progress.start('simulate generated stimulus')
    const { stimuli, golden } = await work.make()
    const jobs = bench.plan.jobs ?? availableParallelism()
    opened = await driveStimuli({
      programs: makePrograms(graph, roms, stimuli, room, jobs),
      golden,
      simulation: bench.simulation,
      folder: join(keptFolder(bench.store), 'stimulus'),
      jobs,
      onOutcome: (outcome) => {
        outcomes.push(outcome)
        task.update(outcomes.length / stimuli.length, outcome.name)
      },
    })
    const red = outcomes.filter(isRedOutcome).length
    task.done(`${outcomes.length} run${red === 0 ? '' : `, ${red} red`}`)
  }
  return { result: toResult(outcomes, choice, seeds, (performance.now() - begin) / 1000), opened }
}

const coverStimuli = ({ cache, key, make }: Work): Promise<MeaningCoverage> =>
  keepMade(cache, sha256(key, 'coverage'), async () => (await make()).golden.coverage)

function toResult(
  outcomes: readonly StimulusOutcome[],
  choice: StimulusChoice,
  seeds: readonly number[],
  seconds: number,
): StimulusRun {
  const layers = outcomes.flatMap((outcome) => (outcome.kind === 'layer' ? [outcome.layer] : []))
  const sets = outcomes.flatMap((outcome) =>
    outcome.kind === 'boxes' ? [{ name: outcome.name, boxes: outcome.boxes.result }] : [],
  )
  const red = layers.filter(isRed)
  const redSets = sets.filter(({ boxes }) => boxesAreRed(boxes))
  return {
    choice,
    seeds,
    isRed: red.length + redSets.length > 0,
    tensors: layers.length,
    sets: sets.length,
    elements: layers.reduce((sum, { elements }) => sum + elements, 0),
    cycles: [...layers, ...sets.map(({ boxes }) => boxes)].reduce((sum, own) => sum + own.cycles, 0),
    seconds,
    redTensors: red.length,
    redSets: redSets.length,
    red: red.slice(0, MOST_RED),
    redBoxes: redSets.slice(0, MOST_RED),
  }
}

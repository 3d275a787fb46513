/** This file makes a run's stimulus from the model, runs it once per RTL and program, and counts it together with the image. */
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { detectorParameters } from '../../detector/options.ts'
import type { Codes, NmsOptions } from '../../golden/types.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import {
  boxesAreRed,
  type Evidence,
  isRed,
  type StimulusResult,
  stimulusSchema,
} from '../../result/result.ts'
import { ROM_NAMES } from '../../rom/emit.ts'
import { areAsOpened, mayBeAsOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import { type MeaningCoverage, mergeCoverage, NO_COVERAGE } from '../../stimulus/coverage.ts'
import { coverImage, mergeGolden, runStimuli } from '../../stimulus/golden.ts'
import { makeStimuli } from '../../stimulus/make.ts'
import { keepFitting, makePrograms, stimulusLayers } from '../../stimulus/program.ts'
import { summariseCoverage } from '../../stimulus/summary.ts'
import { STIMULUS_VERSION, type StimulusChoice } from '../../stimulus/types.ts'
import { type EvidenceStore, evidenceKey, readEvidence, writeEvidence } from '../../store/evidence.ts'
import { sha256 } from '../../store/hash.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { detectStep } from '../bench/boxes.ts'
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

/** A result, and the files that the RTL read by itself. */
const RAN = openObject({ result: stimulusSchema, opened: v.array(openedFile) })
type Ran = Checked<typeof RAN>

/** Runs the stimuli of the chosen instructions, unless they were exact before on the same RTL and program. */
export async function runStimulusSets(
  bench: SimulationBench,
  choice: StimulusChoice,
  progress: Progress,
): Promise<Ran> {
  const { record } = bench
  const store = bench.store.evidence ?? null
  if (store === null) return run(bench, choice, progress)
  const key = keyStimulus(bench, choice, store)
  const kept = await readEvidence(store, key, RAN)
  const isRed = kept?.value.result.isRed === true
  const wasRed = isRed && (await mayBeAsOpened(kept.value.opened))
  if (kept !== null && !isRed && bench.store.reuse !== false && (await areAsOpened(kept.value.opened)))
    return withEvidence(kept.value, { key, provedAt: kept.provedAt, before: true })
  const ran = await run(bench, choice, progress)
  const { result, opened } = ran
  // It was red before on the same inputs, so the kept result stays.
  if (wasRed && !result.isRed) return { result: { ...result, isRed: true, unsteady: true }, opened }
  // A run that the machine ended says nothing about another run.
  const isOwn = [...result.red, ...result.redBoxes.map(({ boxes }) => boxes)].some(
    ({ error }) => error === null,
  )
  if (!result.isRed || isOwn) await writeEvidence(store, key, { provedAt: record.startedAt, value: ran })
  return result.isRed ? ran : withEvidence(ran, { key, provedAt: record.startedAt, before: false })
}

const withEvidence = ({ result, opened }: Ran, evidence: Evidence): Ran => ({
  result: { ...result, evidence },
  opened,
})

/** The key covers everything that decides the result: the built and opened RTL, the ROMs, the image's golden tensors, the choice. */
export function keyStimulus(bench: SimulationBench, choice: StimulusChoice, store: EvidenceStore): string {
  const { roms, chosen, image, buildKey } = bench
  return evidenceKey(store, 'stimulus', [
    STIMULUS_VERSION,
    buildKey,
    describeSurroundings(bench),
    bench.model.hash,
    roms.engine,
    ROM_NAMES.map((name) => sha256(roms[name].bytes)),
    hashCodes(image.codes),
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

async function run(bench: SimulationBench, choice: StimulusChoice, progress: Progress): Promise<Ran> {
  const { graph, roms, chosen, expectedBoxes } = bench
  const { engine } = bench.rtl
  const names = new Set(chosen.map((pc) => roms.steps[pc]!.name))
  const withBoxes = expectedBoxes !== null && chosen.includes(detectStep(roms))
  const nms = withBoxes ? chooseNms(graph, engine, bench.rtl.nms) : null
  const seeds = choice === 'random' || choice === 'all' ? SEEDS : []
  const begin = performance.now()
  const folder = join(dirname(bench.store.cacheDir), 'stimulus')
  const cache = bench.store.evidence === undefined || bench.store.reuse === false ? null : folder
  const made = keyMade(bench, choice, nms)
  const outcomes: StimulusOutcome[] = []
  let coverage: MeaningCoverage = NO_COVERAGE
  let opened: readonly OpenedFile[] = []
  if (choice !== 'image') {
    const task = progress.start('simulate generated stimulus')
    const { ProgramDepth, FeatureDepth } = detectorParameters(roms)
    const room = { programDepth: ProgramDepth!, featureDepth: FeatureDepth! }
    const { stimuli, golden } = await keepMade(cache, made, () => {
      const layers = new Map([...stimulusLayers(graph, roms)].filter(([name]) => names.has(name)))
      const all = makeStimuli({ choice, seeds, layers, graph, engine, nms })
      const own = keepFitting(graph, roms, all, room)
      return { stimuli: own, golden: mergeGolden(makePrograms(graph, roms, own, room).map(runStimuli)) }
    })
    coverage = golden.coverage
    const jobs = bench.plan.jobs ?? availableParallelism()
    opened = await driveStimuli({
      programs: makePrograms(graph, roms, stimuli, room, jobs),
      golden,
      simulation: bench.simulation,
      folder,
      jobs,
      onOutcome: (outcome) => {
        outcomes.push(outcome)
        task.update(outcomes.length / stimuli.length, outcome.name)
      },
    })
    const red = outcomes.filter(isRedOutcome).length
    task.done(`${outcomes.length} run${red === 0 ? '' : `, ${red} red`}`)
  }
  const ofImage = await keepMade(cache, sha256(made, hashCodes(bench.image.codes)), () =>
    coverImage(graph, bench.image.codes, bench.golden, names, nms),
  )
  coverage = mergeCoverage(coverage, ofImage)
  const result = {
    ...toResult(outcomes, choice, seeds, (performance.now() - begin) / 1000),
    ...summariseCoverage(coverage),
  }
  return { result, opened }
}

function toResult(
  outcomes: readonly StimulusOutcome[],
  choice: StimulusChoice,
  seeds: readonly number[],
  seconds: number,
): Omit<StimulusResult, 'rows' | 'notExercised' | 'impossible'> {
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

/** Quantises a scheme as `assay` does and measures it as `assay validate` does: mAP of the integer network, and noise at some layers. */
import { Engine } from '../golden/engine.ts'
import type { IntegerGraph } from '../golden/types.ts'
import { decodeImage } from '../image/decode.ts'
import { type Letterboxed, letterbox } from '../image/letterbox.ts'
import { toNchwCodes, toNchwFloat } from '../image/planes.ts'
import { CalibrationImages } from '../pipeline/model/calibration-images.ts'
import { chooseNms } from '../pipeline/model/engine-choice.ts'
import type { ModelOptions } from '../pipeline/model/options.ts'
import type { LoadedModel } from '../pipeline/model/prepare.ts'
import { quantiseModel } from '../pipeline/model/quantise-model.ts'
import {
  type BoxChoice,
  type ComputedStage,
  openStages,
  type StagesSetup,
} from '../pipeline/validate/stages.ts'
import { FloatNetwork } from '../quantise/float-network.ts'
import { signalToNoise } from '../quantise/signal-to-noise.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../rom/parameters.ts'
import { readInput } from '../store/files.ts'
import { averageResamples, compareResamples, type Resamples, resampleMap } from '../validate/bootstrap.ts'
import type { Dataset, DatasetImage, Detection } from '../validate/dataset.ts'
import { evaluate } from '../validate/evaluate.ts'
import { unpackDetections } from '../validate/packed-boxes.ts'
import { warnings } from './technique-progress.ts'
import { average, type Draw, type Row } from './technique-record.ts'
import type { Scheme } from './technique-schemes.ts'

/** Protocol of published figures, as the defaults of `assay validate`. */
export const PROTOCOL: BoxChoice = { confidence: 0.001, iou: 0.7, maxDetections: 300, multiLabel: true }
export const ENGINE: EngineParameters = { ...DEFAULT_ENGINE, capacity: 4096 }
export const BOOTSTRAP = { level: 0.95, replicates: 1000, seed: 1 } as const

/** Layers of YOLOv8 whose noise is shown; those that a model has not are left out. Class logits are clipped, which is most of their noise. */
const LAYERS = ['model.0', 'model.4.cv2', 'model.9.cv2', 'model.15.cv2', 'model.21.cv2', 'model.22.cv2.0.2']

export interface Subject {
  readonly model: LoadedModel
  /** Measured: with no image, noise alone. */
  readonly dataset: Dataset
  /** Images whose noise is measured; not of the calibration, because refinement fits that. */
  readonly probes: readonly DatasetImage[]
}

interface Scores {
  readonly map: number | null
  readonly map50: number | null
  readonly resamples: Resamples | null
}

interface Probe {
  readonly box: Letterboxed
  readonly real: ReadonlyMap<string, Float32Array>
}

export class Measurement {
  readonly float: Scores
  readonly #subject: Subject
  readonly #probes: readonly Probe[]

  private constructor(subject: Subject, float: Scores, probes: readonly Probe[]) {
    this.#subject = subject
    this.float = float
    this.#probes = probes
  }

  /** Measures float. */
  static async create(subject: Subject): Promise<Measurement> {
    const { model, probes } = subject
    const present = LAYERS.filter((name) => model.graph.nodes.some((node) => node.name === name))
    await using network = await FloatNetwork.create(model.graph, { activations: present, threads: 2 })
    const runs: Probe[] = []
    for (const { path } of probes) {
      const box = letterbox(await decodeImage(path), sizeOf(model))
      runs.push({ box, real: await network.run(toNchwFloat(box)) })
    }
    return new Measurement(subject, await score(subject, null), runs)
  }

  /**
   * One row: the scheme on each draw.
   *
   * @param draws paths of the calibration images
   * @param onDraw called after each
   */
  async measure(
    scheme: Scheme,
    draws: readonly (readonly string[])[],
    onDraw: (draw: Draw) => void = () => {},
  ): Promise<Row> {
    const [measured, resamples]: [Draw[], Resamples[]] = [[], []]
    for (const paths of draws) {
      const { integer, cpuSeconds } = await this.#quantise(scheme, paths)
      const { map, map50, resamples: own } = await score(this.#subject, integer)
      const difference = map === null || this.float.map === null ? null : map - this.float.map
      const noise = this.#measureNoise(integer)
      measured.push({ images: paths.map(nameOf), map, map50, difference, noise, cpuSeconds })
      if (own !== null) resamples.push(own)
      onDraw(measured.at(-1)!)
    }
    const [first, ...others] = resamples
    const interval =
      first === undefined || this.float.resamples === null
        ? null
        : compareResamples(this.float.resamples, averageResamples([first, ...others]), BOOTSTRAP.level)
    return {
      scheme: scheme.text,
      draws: measured,
      interval: interval === null ? null : { low: interval.low, high: interval.high },
    }
  }

  async #quantise(
    { options }: Scheme,
    paths: readonly string[],
  ): Promise<{ readonly integer: IntegerGraph; readonly cpuSeconds: number }> {
    const { model } = this.#subject
    const all: ModelOptions = {
      ...options,
      ...sizeOf(model),
      model: model.path,
      calibration: '',
      calibrationImages: paths.length,
      scope: 'all',
      overrides: {},
    }
    const files: Uint8Array[] = []
    for (const path of paths) files.push(await readInput(path))
    const start = process.cpuUsage()
    const { integer } = await quantiseModel(
      model.graph,
      new CalibrationImages(paths, files, all),
      all,
      warnings,
    )
    const { user, system } = process.cpuUsage(start)
    return { integer, cpuSeconds: (user + system) / 1e6 }
  }

  #measureNoise(integer: IntegerGraph): Record<string, number> {
    const engine = Engine.create(integer)
    const values: Record<string, number[]> = {}
    for (const { box, real } of this.#probes) {
      const only = new Set([...real.keys()].filter((name) => LAYERS.includes(name)))
      const codes = engine.run(toNchwCodes(box, integer.nodes[0]!.quant), { only })
      for (const name of only) {
        const { quant } = integer.nodes.find((node) => node.name === name)!
        const noise = signalToNoise(real.get(name)!, codes.get(name)!, quant)
        values[name] = [...(values[name] ?? []), noise]
      }
    }
    return Object.fromEntries(Object.entries(values).map(([name, each]) => [name, average(each)]))
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function sizeOf({ graph }: LoadedModel): { readonly height: number; readonly width: number } {
  const [, height, width] = graph.nodes[0]!.shape
  return { height, width }
}

/** @param integer null measures float */
async function score({ model, dataset }: Subject, integer: IntegerGraph | null): Promise<Scores> {
  if (dataset.images.length === 0) return { map: null, map50: null, resamples: null }
  const stage: ComputedStage = integer === null ? 'fused' : 'full'
  const setup: StagesSetup = {
    kind: 'stages',
    unfused: null,
    fused: integer === null ? model.graph : null,
    integer,
    choices: [PROTOCOL],
    nms: integer === null ? [] : [chooseNms(integer, ENGINE, PROTOCOL)],
    rtl: null,
  }
  const detections: Detection[] = []
  await using runner = await openStages(setup)
  for (const image of dataset.images) {
    const record = (await runner.run({ path: image.path, stages: [stage] }))[stage]!
    for (const detection of unpackDetections(record.boxes[0]!, image)) detections.push(detection)
  }
  const { map, map50 } = await evaluate(dataset, detections)
  const { replicates, seed } = BOOTSTRAP
  return { map, map50, resamples: await resampleMap(dataset, detections, { replicates, seed }) }
}

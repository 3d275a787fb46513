/** Quantised models for tests, prepared once a process. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '../../src/pipeline/files/progress.ts'
import { DEFAULT_NMS } from '../../src/pipeline/model/engine-choice.ts'
import type { ModelOptions } from '../../src/pipeline/model/options.ts'
import {
  type LoadedModel,
  loadModel,
  type PreparedModel,
  prepareModel,
} from '../../src/pipeline/model/prepare.ts'
import type { SimulationOptions } from '../../src/pipeline/sim/simulation.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import {
  COCO_CALIBRATION,
  DEFAULT_CALIBRATION,
  DEFAULT_IMAGE,
  DEFAULT_MODEL,
  VERILATOR_CACHE,
  YOLOV8N,
} from './shared-data.ts'

export interface TestModel {
  readonly model: LoadedModel
  readonly prepared: PreparedModel
  readonly options: ModelOptions
}

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'assay-test-'))

async function prepare(path: string, calibration: string, own: Partial<ModelOptions>): Promise<TestModel> {
  const size = {
    ...(own.height === undefined ? {} : { height: own.height }),
    ...(own.width === undefined ? {} : { width: own.width }),
  }
  const model = await loadModel(path, size, silent)
  const [, height, width] = model.graph.nodes[0]!.shape
  const options: ModelOptions = {
    model: path,
    calibration,
    calibrationImages: 8,
    height,
    width,
    weightBits: 8,
    activationBits: 8,
    tableBits: 10,
    observer: 'mse',
    scope: 'all',
    effort: 'fast',
    techniques: [],
    overrides: {},
    ...own,
  }
  const prepared = await prepareModel(model, options, { out: makeFolder(), cache: false }, silent)
  return { model, prepared, options }
}

export const prepareDefault = (own: Partial<ModelOptions> = {}): Promise<TestModel> =>
  prepare(DEFAULT_MODEL, DEFAULT_CALIBRATION, own)

export const prepareYolov8n = (own: Partial<ModelOptions> = {}): Promise<TestModel> =>
  prepare(YOLOV8N, COCO_CALIBRATION, { calibrationImages: 4, ...own })

/** A small array builds in seconds; the same one, so that tests share a build. */
export const SMALL_ENGINE: EngineParameters = {
  ...DEFAULT_ENGINE,
  inputLanes: 8,
  outputLanes: 8,
  pixels: 2,
  tableBits: 10,
}

/** All layers of the embedded model, one by one, on its own image; nothing is kept, and no waveform is recorded. */
export const optionsOf = (
  { prepared }: Pick<TestModel, 'prepared'>,
  own: Partial<SimulationOptions> = {},
): SimulationOptions => ({
  mode: 'isolated',
  modelName: 'shapes.pt',
  modelHash: prepared.hash,
  modelId: prepared.modelId,
  graph: prepared.integer,
  imagePath: DEFAULT_IMAGE,
  engine: SMALL_ENGINE,
  nms: DEFAULT_NMS,
  folder: makeFolder(),
  cacheDir: VERILATOR_CACHE,
  waveform: false,
  choose: (names) => names.map((_, at) => at),
  ...own,
})

/** For `choose`: layers by name. */
export const chooseNamed =
  (wanted: readonly string[]) =>
  (names: readonly string[]): readonly number[] =>
    wanted.map((name) => names.indexOf(name))

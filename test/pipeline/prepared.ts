/** Quantised models for tests, prepared once a process. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IntegerGraph } from '../../src/golden/types.ts'
import type { FloatGraph } from '../../src/graph/types.ts'
import type {
  ChainedPlan,
  IsolatedPlan,
  Output,
  Plan,
  RtlChoice,
  SimulatedInput,
  SimulationOptions,
  Store,
} from '../../src/pipeline/bench/options.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { DEFAULT_NMS } from '../../src/pipeline/model/engine-choice.ts'
import type { ModelOptions } from '../../src/pipeline/model/options.ts'
import {
  type LoadedModel,
  loadModel,
  type PreparedModel,
  prepareModel,
} from '../../src/pipeline/model/prepare.ts'
import { type Environment, readEnvironment } from '../../src/process/environment.ts'
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
    height: own.height,
    width: own.width,
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

/** Options of a run without their groups: what a test changes. */
export interface OwnOptions
  extends Partial<SimulatedInput>,
    Partial<Omit<RtlChoice, 'folder'>>,
    Partial<Omit<IsolatedPlan, 'mode'>>,
    Partial<Store>,
    Partial<Output> {
  readonly mode?: Plan['mode']
  readonly modelHash?: string
  readonly graph?: IntegerGraph
  readonly floatGraph?: FloatGraph
  readonly environment?: Environment
}

/** The options with some of them changed. A chain takes no layers, seeds or shards. */
export function changeOptions(options: SimulationOptions, own: OwnOptions): SimulationOptions {
  const { modelHash, mode, environment = options.environment } = own
  const change = <Group extends object>(
    group: Group,
    names: readonly (keyof Group & keyof OwnOptions)[],
  ): Group => ({
    ...group,
    ...Object.fromEntries(names.filter((name) => name in own).map((name) => [name, own[name]])),
  })
  const model = change(options.model, ['graph', 'floatGraph'])
  const plan: Plan =
    (mode ?? options.plan.mode) === 'chained'
      ? change<ChainedPlan>({ mode: 'chained', jobs: options.plan.jobs, stimulus: options.plan.stimulus }, [
          'jobs',
          'stimulus',
        ])
      : change<IsolatedPlan>({ ...options.plan, mode: 'isolated' }, [
          ...(['jobs', 'stimulus', 'choose', 'seeds', 'shard', 'identity'] as const),
        ])
  return {
    model: modelHash === undefined ? model : { ...model, hash: modelHash },
    input: change(options.input, ['imagePath', 'image', 'checkGolden']),
    rtl: change(options.rtl, ['engine', 'nms', 'sources', 'includeDirs', 'simulator']),
    plan,
    store: change(options.store, ['cacheDir', 'evidence', 'reuse']),
    output: change(options.output, ['folder', 'resultFolder', 'waveform']),
    environment,
  }
}

/** All layers of a model, one by one, on an image; nothing is kept, and no waveform is recorded. */
export const layersOf = (
  model: SimulationOptions['model'],
  input: SimulatedInput,
  own: OwnOptions,
): SimulationOptions =>
  changeOptions(
    {
      ...{ model, input },
      rtl: { engine: SMALL_ENGINE, nms: DEFAULT_NMS },
      plan: { mode: 'isolated' },
      store: { cacheDir: VERILATOR_CACHE },
      output: { folder: makeFolder(), waveform: false },
      environment: readEnvironment(),
    },
    own,
  )

/** Those of the embedded model, on its own image. */
export const optionsOf = (
  { prepared: { hash, modelId: id, integer: graph } }: Pick<TestModel, 'prepared'>,
  own: OwnOptions = {},
): SimulationOptions => layersOf({ name: 'shapes.pt', hash, id, graph }, { imagePath: DEFAULT_IMAGE }, own)

/** For `choose`: layers by name. */
export const chooseNamed =
  (wanted: readonly string[]) =>
  (names: readonly string[]): readonly number[] =>
    wanted.map((name) => names.indexOf(name))

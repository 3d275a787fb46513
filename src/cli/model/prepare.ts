/** The beginning of almost every command: options to a loaded and quantised model. */

import type { Progress } from '../../pipeline/files/progress.ts'
import type { EngineArray } from '../../pipeline/model/engine-choice.ts'
import type { NameMap } from '../../pipeline/model/names.ts'
import type { ModelOptions, WorkOptions } from '../../pipeline/model/options.ts'
import type { LoadedModel, PreparedModel } from '../../pipeline/model/prepare.ts'
import type { ModelArguments } from '../options/shared.ts'
import { checkEmbedded, checkPictures, type Inputs, resolveInputs, resolveModel } from './inputs.ts'
import { checkLayerName, checkLayerNames, type LayerSelection, listLayerNames } from './layers.ts'
import { toModelOptions } from './quantisation.ts'
import { runFolder } from './run-folder.ts'

export interface Prepared {
  readonly inputs: Inputs
  readonly options: ModelOptions
  readonly work: WorkOptions
  /** Where this run's results go. */
  readonly folder: string
  readonly model: LoadedModel
  readonly prepared: PreparedModel
}

/** A checkpoint with the user's names, and as it names itself: calibration is kept under those. */
interface Loaded {
  readonly plain: LoadedModel
  readonly named: LoadedModel
  readonly names: NameMap | null
}

async function load(args: ModelArguments, path: string, progress: Progress): Promise<Loaded> {
  const { loadModel } = await import('../../pipeline/model/prepare.ts')
  const { readNames, renameLoaded } = await import('../../pipeline/model/names.ts')
  const plain = await loadModel(path, args.size ?? {}, progress)
  // A mapping that is wrong is refused before the long part.
  const names = args.names === undefined ? null : await readNames(args.names)
  return { plain, named: names === null ? plain : renameLoaded(plain, names, args.names!), names }
}

/** The float network alone, for what needs no ranges. @returns the path of the checkpoint, too. */
export async function loadFromArguments(
  args: ModelArguments,
  progress: Progress,
): Promise<{ readonly path: string; readonly model: LoadedModel }> {
  const inputs = resolveModel(args)
  checkEmbedded(inputs)
  return { path: inputs.model, model: (await load(args, inputs.model, progress)).named }
}

/** What a command will ask of the model, so that it is refused before the long part. */
export interface Wanted {
  /** ROMs or RTL of this array. */
  readonly array?: EngineArray | undefined
  /** Layers by name, `--layers`. */
  readonly layers?: LayerSelection | undefined
  /** One by name, `--layer`. */
  readonly layer?: string | undefined
  /** The picture of `--image`. */
  readonly image?: boolean
  /** q_NMS runs, without ROMs or RTL. */
  readonly runsHead?: boolean
  /** Anything else. */
  readonly check?: (model: LoadedModel) => Promise<void>
}

export async function prepareFromArguments(
  args: ModelArguments,
  progress: Progress,
  wanted: Wanted = {},
): Promise<Prepared> {
  const inputs = resolveInputs(args)
  checkEmbedded(inputs)
  await checkPictures(args)
  const { plain: model, named, names } = await load(args, inputs.model, progress)
  const [, height, width] = model.graph.nodes[0]!.shape
  const options = toModelOptions(args, inputs, { height, width })
  await checkWanted(wanted, named, options, inputs)
  const work: WorkOptions = { out: args.out, cache: args.cache }
  const { prepareModel } = await import('../../pipeline/model/prepare.ts')
  const plain = await prepareModel(model, options, work, progress)
  const { renamePrepared } = await import('../../pipeline/model/names.ts')
  const prepared = names === null ? plain : renamePrepared(model, plain, names, args.names!)
  return { inputs, options, work, folder: runFolder(args, inputs.model), model: named, prepared }
}

async function checkWanted(
  { array, layers, layer, image = false, runsHead = false, check }: Wanted,
  model: LoadedModel,
  options: ModelOptions,
  inputs: Inputs,
): Promise<void> {
  const { checkHardware, checkIntegerHead } = await import('../../pipeline/model/early-checks.ts')
  if (array !== undefined) {
    const { chooseEngine } = await import('../../pipeline/model/engine-choice.ts')
    checkHardware(model.graph, chooseEngine(options, array))
  }
  if (options.scope === 'all') checkIntegerHead(model.graph, runsHead || array !== undefined, inputs.model)
  const names = listLayerNames(model.graph)
  checkLayerNames(names, layers)
  checkLayerName(names, layer)
  if (image) {
    const { listImages } = await import('../../image/list-images.ts')
    const { decodeImage } = await import('../../image/decode.ts')
    const [first] = await listImages(inputs.image)
    await decodeImage(first!)
  }
  await check?.(model)
}

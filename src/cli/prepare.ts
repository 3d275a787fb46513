/** The beginning of almost every command: options to a loaded and quantised model. */
import type { ModelOptions, WorkOptions } from '../pipeline/options.ts'
import type { LoadedModel, PreparedModel } from '../pipeline/prepare.ts'
import type { Progress } from '../pipeline/progress.ts'
import {
  checkEmbedded,
  type Inputs,
  type ModelArguments,
  parseSize,
  resolveInputs,
  runFolder,
  toModelOptions,
  toWorkOptions,
} from './options.ts'

export interface Prepared {
  readonly inputs: Inputs
  readonly options: ModelOptions
  readonly work: WorkOptions
  /** Where this run's results go. */
  readonly folder: string
  readonly model: LoadedModel
  readonly prepared: PreparedModel
}

export async function prepareFromArguments(args: ModelArguments, progress: Progress): Promise<Prepared> {
  const inputs = resolveInputs(args)
  checkEmbedded(inputs)
  const asked = parseSize(args.size)
  toModelOptions(args, inputs, [640, 640])
  const { loadModel, prepareModel } = await import('../pipeline/prepare.ts')
  const { readNames, renameLoaded, renamePrepared } = await import('../pipeline/names.ts')
  const model = await loadModel(inputs.model, asked, progress)
  // A mapping that is wrong is refused before the long part.
  const names = args.names === undefined ? null : await readNames(args.names)
  const named = names === null ? model : renameLoaded(model, names, args.names!)
  const [, height, width] = model.graph.nodes[0]!.shape
  const options = toModelOptions(args, inputs, [height, width])
  const work = toWorkOptions(args)
  const plain = await prepareModel(model, options, work, progress)
  const prepared = names === null ? plain : renamePrepared(model, plain, names, args.names!)
  return { inputs, options, work, folder: runFolder(options, work), model: named, prepared }
}

/** Where a run of `assay sim` writes. */
import { join } from 'node:path'
import { pathName } from '../../../input/path-name.ts'
import { resolveModel } from '../../model/inputs.ts'
import { runFolder } from '../../model/run-folder.ts'
import type { ReportTarget } from '../../terminal/reports.ts'
import type { SimArguments } from './options.ts'

/** Where the run's results and reports go: known before anything is read that may be damaged. */
export async function simTarget(args: SimArguments): Promise<ReportTarget> {
  const folder = args.resultFolder ?? resultFolderOf(args, await dataFolder(args))
  return { command: 'sim', folder }
}

/** Where ROMs, pictures and waveforms go. */
export const dataFolder = async (args: SimArguments): Promise<string> =>
  args.dataFolder ?? (args.frozen === undefined ? folderOf(args) : frozenFolder(args, args.frozen))

/** A run whose ROMs have a place of their own leaves its waveform beside its result, where no other run removes it. */
export const waveFolder = async (args: SimArguments): Promise<string> => {
  const folder = await dataFolder(args)
  return args.dataFolder === undefined ? folder : resultFolderOf(args, folder)
}

/** `build/<model>-w8a8` and the like, from the options alone: whether the model is there is found out later. */
export function folderOf(args: SimArguments): string {
  return runFolder(args, resolveModel(args).model)
}

export async function frozenFolder({ out }: Pick<SimArguments, 'out'>, frozen: string): Promise<string> {
  const { readFrozenIndex } = await import('../../../pipeline/golden/frozen-set.ts')
  const { model, weightBits, activationBits, profile } = await readFrozenIndex(frozen)
  const stem = model.replace(/\.[^.]*$/, '')
  const words = [`w${weightBits}a${activationBits}`, ...(profile === undefined ? [] : [profile]), 'frozen']
  return join(out, pathName([stem, ...words].join('-'), frozen))
}

/** Shards write their results apart from each other. */
export function resultFolderOf(args: SimArguments, folder: string): string {
  if (args.resultFolder !== undefined) return args.resultFolder
  if (args.shard === undefined) return folder
  const { index, count } = args.shard
  return join(folder, 'shards', `${index}-of-${count}`)
}

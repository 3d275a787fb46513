/** What a run of `assay sim` is asked for: every option that decides its result, and every file that it reads. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunRequest } from '../../../pipeline/proof/proved-run.ts'
import { checkEmbedded, resolveInputs } from '../../model/inputs.ts'
import type { Declaration } from '../../options/declaration.ts'
import { OPTIONS, type SimArguments } from './options.ts'

/** Options that decide neither a result nor where it is written. */
const NO_INFLUENCE = new Set<string>([
  'cache',
  'json',
  'jobs',
  'quiet',
  'watch',
  'report',
  'prepare',
  'progressFile',
] satisfies (keyof SimArguments)[])

/** Everything that is read, from the options alone. Any option that names a file counts with the file's content. */
export async function describeRequest(args: SimArguments): Promise<RunRequest> {
  const deciding = Object.entries(args).filter(([name]) => !NO_INFLUENCE.has(name))
  const named = deciding.flatMap(([, value]) => (typeof value === 'string' ? [value] : []))
  const files = await Promise.all(
    [...new Set(named)].map(async (path) => {
      const info = await stat(path).catch(() => null)
      return info?.isFile() === true ? [path] : []
    }),
  )
  const data = args.frozen === undefined ? await listData(args) : await listFrozen(args.frozen)
  return {
    inputs: [...data, ...files.flat()],
    sources: await listSources(args),
    options: Object.fromEntries(deciding),
  }
}

async function listData(args: SimArguments): Promise<readonly string[]> {
  const { listImages, spread } = await import('../../../image/list-images.ts')
  const inputs = resolveInputs(args)
  checkEmbedded(inputs)
  const [image] = await listImages(inputs.image)
  return [inputs.model, image!, ...spread(await listImages(inputs.calibration), args.calibrationImages)]
}

async function listFrozen(folder: string): Promise<readonly string[]> {
  const { FROZEN_FILES, readFrozenIndex } = await import('../../../pipeline/golden/frozen-set.ts')
  const { layers } = await readFrozenIndex(folder)
  const own = layers.flatMap(({ file }) => (file === null ? [] : [file]))
  return [FROZEN_FILES.index, FROZEN_FILES.graph, ...own].map((file) => join(folder, file))
}

/** Files whose change makes a run worth repeating, as far as they are known while some are missing: the run says which. */
export async function listWatched(args: SimArguments): Promise<readonly string[]> {
  const { listRtl } = await import('../../../pipeline/files/rtl-sources.ts')
  const data = args.frozen === undefined ? listData(args) : listFrozen(args.frozen)
  const lists = [listRtl(args.rtl), data].map((list) => list.catch(() => []))
  const named = Object.entries(args)
    .filter(([name]) => READ.has(name))
    .map(([, value]) => value)
  return [...named.filter((value) => typeof value === 'string'), ...(await Promise.all(lists)).flat()]
}

const READ = new Set(
  Object.entries<Declaration>(OPTIONS).flatMap(([name, { reads }]) => (reads === true ? [name] : [])),
)

/** The RTL that a run compiles, in order. */
export async function listSources({ rtl }: SimArguments): Promise<readonly string[]> {
  const { sourcesOf } = await import('../../../pipeline/files/rtl-sources.ts')
  return sourcesOf(rtl)
}

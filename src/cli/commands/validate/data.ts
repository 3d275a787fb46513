/** The annotated images of `assay validate`. */
import { basename, dirname, join, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import type { Shard } from '../../../pipeline/bench/shard.ts'
import type { Dataset } from '../../../validate/dataset.ts'
import { EMBEDDED } from '../../model/inputs.ts'
import type { ValidateArguments } from './options.ts'

/** The annotations: the embedded model has its own. */
export function resolveData(args: ValidateArguments): string {
  if (args.data !== undefined) return args.data
  if (args.model === undefined) return join(EMBEDDED, 'val', 'instances.json')
  throw new InputError(
    'your own model needs annotated images',
    '--data',
    'Give a COCO instances.json (and --images), a YOLO data.yaml or a Pascal VOC folder.',
  )
}

/** What a run saved in the folder goes when the next one begins. @param folder of the run's results */
export function refuseOwnData(path: string, folder: string): void {
  if (dirname(resolve(path)) === resolve(folder))
    throw new InputError(
      'is a result in the folder of this run, which replaces it',
      path,
      'Copy it to another place first, or choose another folder with --out.',
    )
}

/** Reads them, with the classes numbered as the model does. */
export async function readData(
  args: ValidateArguments,
  path: string,
  modelClasses: readonly string[],
): Promise<Dataset> {
  const { loadDataset } = await import('../../../validate/load-dataset.ts')
  const { alignClasses } = await import('../../../validate/align-classes.ts')
  const loaded = await loadDataset(path, {
    imageFolder: args.images,
    split: args.split,
  })
  const dataset = alignClasses(loaded, modelClasses, path)
  const limited = args.limit === undefined ? dataset : await keepImages(dataset, args.limit)
  return args.shard === undefined ? limited : keepShard(limited, args.shard)
}

/** Every n-th image. What a shard finishes is kept by content: the run over the whole set finds it. */
export const keepShard = (dataset: Dataset, { index, count }: Shard): Dataset =>
  keepOnly(
    dataset,
    dataset.images.filter((_, at) => at % count === index - 1),
  )

function keepOnly(dataset: Dataset, images: Dataset['images']): Dataset {
  const kept = new Set(images.map(({ id }) => id))
  return { ...dataset, images, annotations: dataset.annotations.filter(({ imageId }) => kept.has(imageId)) }
}

/** Some of the images, evenly spread, with their annotations. */
export async function keepImages(dataset: Dataset, count: number): Promise<Dataset> {
  const { spread } = await import('../../../image/list-images.ts')
  return keepOnly(dataset, spread(dataset.images, count))
}

/** Indices of images: the first n of an even spread, or those with the given ids or file names. */
export function choosePictures(dataset: Dataset, names: readonly string[] = []): readonly number[] {
  const indexOf = (name: string): number =>
    dataset.images.findIndex(
      ({ id, ownId = id, fileName }) => String(ownId) === name || basename(fileName) === name,
    )
  const count = Number(names[0])
  if (names.length === 1 && Number.isInteger(count) && count > 0 && count <= 100 && indexOf(names[0]!) < 0) {
    const total = dataset.images.length
    const drawn = Math.min(count, total)
    return Array.from({ length: drawn }, (_, i) => Math.floor((i * total) / drawn))
  }
  return names.map((name) => {
    const index = indexOf(name)
    if (index >= 0) return index
    const known = dataset.images.slice(0, 3).map(({ id, ownId }) => ownId ?? id)
    throw new InputError(
      `no image ${name}`,
      '--pictures',
      `There is ${known.join(', ')} …; or give a number.`,
    )
  })
}

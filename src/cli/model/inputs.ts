/** What a command works on, and where its results go. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../../input/input-error.ts'
import { statIfSeen } from '../../store/stat.ts'
import type { ModelArguments } from '../options/shared.ts'

/** The embedded default model with its images, whether the program runs from dist/ or from src/. */
export const EMBEDDED = fileURLToPath(new URL('../../../golden/default/', import.meta.url))

export interface Inputs {
  readonly model: string
  /** A folder stands for its first image. */
  readonly image: string
  readonly calibration: string
  /** True if the embedded default is used. */
  readonly embedded: boolean
}

/** The checkpoint alone: the embedded default where none is given. */
export const resolveModel = ({ model }: Pick<ModelArguments, 'model'>): Pick<Inputs, 'model' | 'embedded'> =>
  model === undefined ? { model: join(EMBEDDED, 'shapes.pt'), embedded: true } : { model, embedded: false }

/** Fills in the embedded default; the user's own model needs the user's own image. */
export function resolveInputs(args: Pick<ModelArguments, 'model' | 'image' | 'calibration'>): Inputs {
  if (args.image !== undefined) refuseFolder(args.image)
  if (args.model === undefined) {
    return {
      ...resolveModel(args),
      image: args.image ?? join(EMBEDDED, 'val', '000000.png'),
      calibration: args.calibration ?? join(EMBEDDED, 'calib'),
    }
  }
  const calibration = args.calibration ?? args.image
  if (calibration === undefined) {
    if (!existsSync(args.model)) throw new InputError('no such file', args.model, 'Check the path.')
    throw new InputError(
      'your own model needs images to calibrate on',
      '--calibration',
      'Give a folder of typical images with --calibration, or one image with --image.',
    )
  }
  return { model: args.model, image: args.image ?? calibration, calibration, embedded: false }
}

/** Which of its pictures would run, and that the others do not, nobody would see. */
function refuseFolder(image: string): void {
  if (statIfSeen(image)?.isDirectory() !== true) return
  throw new InputError(
    `${image} is a folder, expected one picture`,
    '--image',
    'Name one of its pictures. `assay regress` runs a plan of many; --calibration takes a folder.',
  )
}

/** @throws InputError that names the option of pictures that are not there. */
export async function checkPictures(args: Pick<ModelArguments, 'image' | 'calibration'>): Promise<void> {
  const { listImages } = await import('../../image/list-images.ts')
  for (const option of ['calibration', 'image'] as const) {
    const path = args[option]
    try {
      if (path !== undefined) await listImages(path)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      throw new InputError(error.message, `--${option}`, '', { cause: error })
    }
  }
}

/** Fails early and by name where the embedded default is not there. */
export function checkEmbedded(inputs: Pick<Inputs, 'model' | 'embedded'>): void {
  if (inputs.embedded && !existsSync(inputs.model))
    throw new InputError(
      'the embedded default model is missing',
      inputs.model,
      'Check out the repository again.',
    )
}

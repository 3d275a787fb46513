/** Decodes a picture to RGB, as OpenCV does. */
import { open, stat } from 'node:fs/promises'
import { InputError } from '../input/input-error.ts'
import { checkFile, readWholeFile } from '../input/read-file.ts'
import { refuseStandIn } from '../input/stand-in.ts'
import { explainSystemError } from '../input/system-error.ts'
import { decodeBmp, isBmp, readBmpSize } from './bmp.ts'
import { FORMAT_NAMES, isDecoded } from './formats.ts'
import { PictureError } from './picture-error.ts'
import type { RgbImage, Size } from './rgb-image.ts'
import { loadSharp } from './sharp.ts'

export interface DecodeOptions {
  /** Larger pictures are refused before they are decoded. */
  readonly maxPixels?: number
  /** What to call the picture in an error, where bytes are given; a path names itself. */
  readonly name?: string
}

const defaultMaxPixels = 100_000_000
const WHOLE = `Check that it is a whole ${FORMAT_NAMES} file.`

/**
 * Decodes a JPEG, PNG, WebP, TIFF, BMP or GIF (its first frame) to RGB as OpenCV's `imread` does, which the published accuracy figures
 * were made with: the EXIF orientation is applied, colour profiles are ignored, grey is repeated, alpha is dropped and not
 * blended, of 16 bits the upper 8 are kept, CMYK becomes `ink + K - ...` without a profile. JPEG is bit-identical to
 * libjpeg-turbo's slow integer DCT with smooth chroma.
 *
 * @throws {PictureError} The bytes are no picture, are cut short, or of more than `maxPixels`.
 * @throws {InputError} The file cannot be read, or sharp is not installed.
 */
export async function decodeImage(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const where = typeof source === 'string' ? source : (options.name ?? 'image')
  const maxPixels = options.maxPixels ?? defaultMaxPixels
  const bytes = typeof source === 'string' ? await readBytes(source) : source
  if (bytes.length === 0) throw new PictureError('is empty.', where, 'Copy or download it again.')
  try {
    return isBmp(bytes) ? decodeBmp(bytes, where, maxPixels) : await decodeBytes(bytes, where, maxPixels)
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    const tooLarge = reason.includes('pixel limit')
    throw new PictureError(
      tooLarge ? `has more than ${maxPixels} pixels.` : `cannot be decoded: ${reason}.`,
      where,
      tooLarge ? 'Scale it down first.' : WHOLE,
      { cause },
    )
  }
}

/**
 * Reads only the header: the size that `decodeImage` would give.
 *
 * @throws {PictureError} It is not a picture.
 * @throws {InputError} The file cannot be read, or sharp is not installed.
 */
export async function readImageSize(path: string): Promise<Size> {
  const begin = await readBegin(path)
  if (isBmp(begin)) return readBmpSize(begin, path)
  const sharp = await loadSharp()
  try {
    const { autoOrient } = await sharp(path).metadata()
    return { width: autoOrient.width, height: autoOrient.height }
  } catch (cause) {
    // If the system failed, this fails as the system's error.
    await readBytes(path)
    throw new PictureError('is not a picture.', path, WHOLE, { cause })
  }
}

const CHECK = 'Check the path and its permissions.'
/** Bytes that hold a bitmap's header and palette. */
const BEGIN_BYTES = 4096

async function readBegin(path: string): Promise<Uint8Array> {
  try {
    checkFile(await stat(path), path)
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(new Uint8Array(BEGIN_BYTES), 0, BEGIN_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    return explainSystemError(error, path, CHECK)
  }
}

/** @throws PictureError for a page of a web site: the pictures beside it may be sound */
const readBytes = (path: string): Promise<Uint8Array> =>
  readWholeFile(path, CHECK, (bytes) => refuseStandIn(bytes, path, PictureError))

async function decodeBytes(bytes: Uint8Array, where: string, maxPixels: number): Promise<RgbImage> {
  const settings = { ignoreIcc: true, limitInputPixels: maxPixels, failOn: 'error' } as const
  const sharp = await loadSharp()
  const { format, space, hasAlpha } = await sharp(bytes, settings).metadata()
  if (format === undefined || !isDecoded(format)) {
    throw new PictureError(
      `is ${format ?? 'of an unknown format'}, which is not supported.`,
      where,
      'Convert it to PNG or JPEG.',
    )
  }
  let pipeline = sharp(bytes, settings).autoOrient()
  if (hasAlpha === true) pipeline = pipeline.removeAlpha()
  const isCmyk = space === 'cmyk'
  pipeline = isCmyk
    ? pipeline.pipelineColourspace('cmyk').toColourspace('cmyk')
    : pipeline.toColourspace('srgb')
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const size = { width: info.width, height: info.height }
  return { ...size, data: toRgb(data, info.channels, isCmyk, where) }
}

function toRgb(data: Uint8Array, channels: number, isCmyk: boolean, where: string): Uint8Array {
  if (isCmyk && channels === 4) return cmykToRgb(data)
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length)
  if (channels === 1) return repeatGrey(data)
  throw new PictureError(`has ${channels} channels, expected grey, RGB or CMYK.`, where, 'Convert it to PNG.')
}

function repeatGrey(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i]!, i * 3, i * 3 + 3)
  return rgb
}

/** The profile-free conversion: each ink and the black darken multiplicatively. 0 is no ink, 255 full ink. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3]!
    for (let ink = 0; ink < 3; ink++) rgb[to++] = light - ((cmyk[from + ink]! * light) >> 8)
  }
  return rgb
}

/** The one list of picture formats: what is decoded, what counts as a picture in a folder, and what messages say. */
import { basename, extname } from 'node:path'

const FORMATS = [
  { name: 'JPEG', sharp: 'jpeg', endings: ['.jpg', '.jpeg'] },
  { name: 'PNG', sharp: 'png', endings: ['.png'] },
  { name: 'WebP', sharp: 'webp', endings: ['.webp'] },
  { name: 'TIFF', sharp: 'tiff', endings: ['.tif', '.tiff'] },
  { name: 'GIF', sharp: 'gif', endings: ['.gif'] },
  { name: 'BMP', sharp: null, endings: ['.bmp', '.dib'] },
] as const

/** `JPEG, PNG, WebP, TIFF, GIF or BMP` */
export const FORMAT_NAMES: string = FORMATS.map(({ name }) => name)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1')

/** `.jpg, .jpeg, …` */
export const FORMAT_ENDINGS: string = FORMATS.flatMap(({ endings }) => endings).join(', ')

const sharpFormats: ReadonlySet<string> = new Set(FORMATS.flatMap(({ sharp }) => sharp ?? []))
const pictureEndings: ReadonlySet<string> = new Set(FORMATS.flatMap(({ endings }) => endings))

/** Says whether Assay decodes a format, by sharp's name of it. */
export const isDecoded = (format: string): boolean => sharpFormats.has(format)

/** Says whether a file is a picture, by its name. A hidden one is none: `._x.png` holds what a Mac notes about x.png. */
export function isPictureName(path: string): boolean {
  const name = basename(path)
  return !name.startsWith('.') && pictureEndings.has(extname(name).toLowerCase())
}

/** Arrays of NumPy as dumps: their type says bits, sign and bytes, and their shape the order. */
import { parseNpy } from '../artefacts/npy.ts'
import { ArtefactError } from '../artefacts/tensor.ts'
import type { Shape } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { ORDERS } from '../operator/layout.ts'
import type { StatedLayout, WordsContent } from './types.ts'

const ADVICE = 'Save the array again with numpy.save.'

/** @returns the words, and what the array states of them. @throws InputError for what holds no integers, and for another number of them. */
export function readNpyDump(
  bytes: Uint8Array,
  wanted: Shape,
  stated: StatedLayout,
  where: string,
): { readonly content: WordsContent; readonly stated: StatedLayout } {
  const { descr, fortran, shape, size, data } = parse(bytes, where)
  if (!/^[<>|=][iu][1248]$/.test(descr))
    throw new InputError(
      `descr: expected integers of 1 to 8 bytes, got '${descr}'`,
      where,
      'Convert the array with .astype(numpy.int32).',
    )
  const words = descr[0] === '>' && size > 1 ? swapBytes(data, size) : data
  const content: WordsContent = {
    kind: 'words',
    bytes: words,
    width: 8 * size,
    count: data.length / size,
    unknown: null,
    field: 'shape',
  }
  const own = { signed: descr[1] === 'i', ...stated }
  // Of words of lanes the shape says nothing.
  if (stated.lanes !== undefined || stated.bits !== undefined) return { content, stated: own }
  const order = stated.order ?? orderOf(shape, fortran, wanted)
  const lane = { lanes: 1, bits: 8 * size, ...own }
  return { content, stated: order === undefined ? lane : { ...lane, order } }
}

function parse(bytes: Uint8Array, where: string): ReturnType<typeof parseNpy> {
  try {
    return parseNpy(bytes)
  } catch (error) {
    if (!(error instanceof ArtefactError)) throw error
    throw new InputError(error.message.replace(/^npy: /, ''), where, ADVICE, { cause: error })
  }
}

function swapBytes(data: Uint8Array, size: number): Uint8Array {
  const swapped = Buffer.from(data)
  return size === 2 ? swapped.swap16() : size === 4 ? swapped.swap32() : swapped.swap64()
}

/** The first usual order of axes whose sizes the array has; undefined where none is. Axes of one element count for none. */
function orderOf(shape: readonly number[], fortran: boolean, [o, y, x]: Shape): string | undefined {
  const sizes: Readonly<Record<string, number>> = { o, y, x }
  const long = (list: readonly number[]): string => list.filter((size) => size > 1).join()
  const order = ORDERS.find((one) => long(one.split(' ').map((axis) => sizes[axis]!)) === long(shape))
  return fortran ? order?.split(' ').reverse().join(' ') : order
}

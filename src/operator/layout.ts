/** Orders of elements, from their notation (`'i/8 y x i%8'`) to indices. */
import { InputError } from '../input/input-error.ts'
import { countPlaces, type Loop, layLoops, type Run, type Sizes, walkLoops, walkRuns } from './loops.ts'
import type { TensorName } from './types.ts'

/**
 * Index in the tensor (C order) of every element in the order of a layout; -1 for what `fill` stands in.
 *
 * @throws InputError for an unknown axis, one that is missing or given twice, and blocks that do not fit each other.
 */
export function layoutIndices(tensor: TensorName, order: string, layer: Sizes, where: string): Int32Array {
  const { loops, axes } = layLoops(tensor, order, layer, where)
  return walkLoops(loops, axes)
}

/** Equal texts are equal layouts of a tensor. @throws InputError as `layoutIndices` does. */
export const layoutKey = (tensor: TensorName, order: string, layer: Sizes, where: string): string =>
  keyOf(layLoops(tensor, order, layer, where).loops)

/** An order of the output's elements. */
export interface OutputOrder {
  readonly order: string
  /** Places, those of `fill` included. */
  readonly places: number
  /** Equal texts are equal orders. */
  readonly key: string
  /** The place of an element, by its index in C order. */
  readonly placeOf: (index: number) => number
  readonly walk: (onRun: (run: Readonly<Run>) => void) => void
}

/** @throws InputError as `layoutIndices` does. */
export function outputOrder(order: string, layer: Sizes, where: string): OutputOrder {
  const { loops, axes } = layLoops('output', order, layer, where)
  const walks = loops.map(({ name, scale, wrap, count }) => ({ ...axes.get(name)!, scale, wrap, count }))
  return {
    order,
    places: countPlaces(loops),
    key: keyOf(loops),
    walk: (onRun) => walkRuns(loops, axes, onRun),
    placeOf: (index) => {
      let place = 0
      for (const { step, size, scale, wrap, count } of walks) {
        const coordinate = Math.floor(index / step) % size
        place = place * count + (wrap === Infinity ? Math.floor(coordinate / scale) : coordinate % wrap)
      }
      return place
    },
  }
}

/** Loops that go round more than once; blocks one behind the other are one loop. */
function keyOf(loops: readonly Loop[]): string {
  const merged: { name: string; scale: number; count: number }[] = []
  for (const { name, scale, count } of loops.filter((loop) => loop.count > 1)) {
    const outer = merged.at(-1)
    if (outer?.name === name && outer.scale === scale * count) {
      outer.scale = scale
      outer.count *= count
    } else merged.push({ name, scale, count })
  }
  return merged.map(({ name, scale, count }) => `${name}*${scale}:${count}`).join(' ')
}

/** Indices of the output's elements in the order of a layout. @throws InputError unless every element has one place. */
export function outputIndices(order: string, layer: Sizes, where: string): Int32Array {
  const indices = layoutIndices('output', order, layer, where)
  const { outputChannels, outputHeight, outputWidth } = layer
  const times = new Uint8Array(outputChannels * outputHeight * outputWidth)
  for (const index of indices) if (index >= 0) times[index] = Math.min(2, times[index]! + 1)
  const odd = times.findIndex((count) => count !== 1)
  if (odd < 0) return indices
  const how = times[odd] === 0 ? 'has no place' : 'has several places'
  throw new InputError(`order '${order}' of output: element ${odd} of ${layer.name} ${how}`, where)
}

/** Plain orders, the usual ones first. */
export const ORDERS = ['o y x', 'o x y', 'y x o', 'y o x', 'x y o', 'x o y']

/**
 * The order in which the codes are exactly those that were expected, if they only came in another one than the configuration says.
 *
 * @param codes in C order, as they lie there by the order of the configuration.
 */
export function findOrder(
  order: string,
  layer: Sizes,
  expected: ArrayLike<number>,
  codes: ArrayLike<number>,
  where: string,
): string | null {
  const come = outputIndices(order, layer, where).filter((index) => index >= 0)
  const isExact = (other: string): boolean => {
    const indices = outputIndices(other, layer, where)
    return come.every((index, place) => codes[index] === expected[indices[place]!])
  }
  return ORDERS.find((other) => isExact(other)) ?? null
}

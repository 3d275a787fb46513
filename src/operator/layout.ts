/** Orders of elements, from their notation (`'i/8 y x i%8'`) to indices. */
import { InputError } from '../input/input-error.ts'
import type { LayerInfo, TensorName } from './types.ts'

/** An axis with its size and the distance of neighbours in the tensor's C order. */
interface Axis {
  readonly size: number
  readonly step: number
}

/** Axes of a tensor, slowest first. */
export function tensorAxes(tensor: TensorName, layer: LayerInfo): readonly (readonly [string, number])[] {
  const { inputChannels, inputHeight, inputWidth, outputChannels, outputHeight, outputWidth, kernel } = layer
  switch (tensor) {
    case 'input':
    case 'second':
      return [
        ['i', inputChannels],
        ['y', inputHeight],
        ['x', inputWidth],
      ]
    case 'output':
      return [
        ['o', outputChannels],
        ['y', outputHeight],
        ['x', outputWidth],
      ]
    case 'weights':
      return [
        ['o', outputChannels],
        ['i', inputChannels],
        ['ky', kernel],
        ['kx', kernel],
      ]
    case 'table':
      return [['p', layer.hasTable === 1 ? 2 ** layer.requantBits : 0]]
    case 'bias':
    case 'multiplier':
    case 'shift':
    case 'factor':
    case 'parameters':
      return [['o', outputChannels]]
  }
}

/** Sizes by which an axis that a tensor does not have repeats it. */
const repeatSizes = (layer: LayerInfo): Readonly<Record<string, number>> => ({
  o: layer.outputChannels,
  i: layer.inputChannels,
  y: layer.outputHeight,
  x: layer.outputWidth,
  ky: layer.kernel,
  kx: layer.kernel,
})

/**
 * Index in the tensor (C order) of every element in the order of a layout; -1 for what `fill` stands in.
 *
 * @throws InputError for an unknown axis, one that is missing or given twice, and blocks that do not fit each other.
 */
export function layoutIndices(
  tensor: TensorName,
  order: string,
  layer: LayerInfo,
  where: string,
): Int32Array {
  const refuse = (what: string): never => {
    throw new InputError(
      `order '${order}' of ${tensor}: ${what}`,
      where,
      "An order names axes from the slowest to the fastest, 'y x i' or 'i/8 y x i%8'.",
    )
  }
  const axes = layAxes(tensorAxes(tensor, layer))
  const repeats = repeatSizes(layer)
  const tokens = order
    .trim()
    .split(/\s+/)
    .map((token) => {
      const match = /^([a-z]+)(?:([/%])([1-9]\d*))?$/.exec(token)
      const name = match?.[1] ?? ''
      if (tensor === 'output' && name in repeats && !axes.has(name))
        return refuse(
          `the output has no axis ${name}: of elements that come several times only the last would be compared`,
        )
      if (match === null || !(axes.has(name) || name in repeats))
        return refuse(`expected one of ${[...axes.keys()].join(', ')}, got '${token}'`)
      return { name, part: match[2] ?? '', by: Number(match[3] ?? 1) }
    })
  for (const name of axes.keys()) checkCover(name, tokens, refuse)

  const loops = tokens.map(({ name, part, by }): Loop => {
    const size = axes.get(name)?.size ?? repeats[name]!
    return {
      name,
      scale: part === '/' ? by : 1,
      count: part === '%' ? by : part === '/' ? Math.ceil(size / by) : size,
    }
  })
  const total = loops.reduce((product, { count }) => product * count, 1)
  if (total > 2 ** 28) refuse(`${total} elements are more than 2^28`)
  return walkLoops(loops, axes)
}

/** The axes of a tensor in C order, by name. */
function layAxes(dimensions: readonly (readonly [name: string, size: number])[]): ReadonlyMap<string, Axis> {
  const axes = new Map<string, Axis>()
  let step = dimensions.reduce((product, [, size]) => product * size, 1)
  for (const [name, size] of dimensions) {
    step = size === 0 ? 0 : step / size
    axes.set(name, { size, step })
  }
  return axes
}

interface Loop {
  /** The axis that it walks along, in steps of `scale`. */
  readonly name: string
  readonly scale: number
  readonly count: number
}

/** The index of every element that nested loops come to, the last loop innermost; -1 outside the tensor. */
function walkLoops(loops: readonly Loop[], axes: ReadonlyMap<string, Axis>): Int32Array {
  const indices = new Int32Array(loops.reduce((product, { count }) => product * count, 1))
  const walks = [...axes].map(([name, axis]) => ({
    ...axis,
    own: loops.flatMap((loop, position) => (loop.name === name ? [{ position, scale: loop.scale }] : [])),
  }))
  // Coordinates along each axis, counted like the digits of an odometer.
  const digits = new Int32Array(loops.length)
  for (let at = 0; at < indices.length; at++) {
    let index = 0
    for (const { size, step, own } of walks) {
      let coordinate = 0
      for (const { position, scale } of own) coordinate += digits[position]! * scale
      if (coordinate >= size) {
        index = -1
        break
      }
      index += coordinate * step
    }
    indices[at] = index
    for (let position = loops.length - 1; position >= 0; position--) {
      if (++digits[position]! < loops[position]!.count) break
      digits[position] = 0
    }
  }
  return indices
}

/** Indices of the output's elements in the order of a layout. @throws InputError unless every element has one place. */
export function outputIndices(order: string, layer: LayerInfo, where: string): Int32Array {
  const indices = layoutIndices('output', order, layer, where)
  const { outputChannels, outputHeight, outputWidth } = layer
  const times = new Uint8Array(outputChannels * outputHeight * outputWidth)
  for (const index of indices) if (index >= 0) times[index] = Math.min(2, times[index]! + 1)
  const odd = times.findIndex((count) => count !== 1)
  if (odd < 0) return indices
  const how = times[odd] === 0 ? 'has no place' : 'has several places'
  throw new InputError(`order '${order}' of output: element ${odd} of ${layer.name} ${how}`, where)
}

const ORDERS = ['o y x', 'o x y', 'y x o', 'y o x', 'x y o', 'x o y']

/**
 * The order in which the codes are exactly those that were expected, if they only came in another one than the configuration says.
 *
 * @param codes in C order, as they lie there by the order of the configuration.
 */
export function findOrder(
  order: string,
  layer: LayerInfo,
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

interface Token {
  readonly name: string
  readonly part: string
  readonly by: number
}

/** An axis of the tensor is walked whole, or once in blocks and once within a block. */
function checkCover(name: string, tokens: readonly Token[], refuse: (what: string) => never): void {
  const own = tokens.filter((token) => token.name === name)
  if (own.length === 0) refuse(`axis ${name} is missing`)
  if (own.length === 1 && own[0]!.part === '') return
  const [outer, inner] = [own.find(({ part }) => part === '/'), own.find(({ part }) => part === '%')]
  if (own.length !== 2 || outer === undefined || inner === undefined || outer.by !== inner.by)
    refuse(`axis ${name} must come once, or as ${name}/N and ${name}%N with the same N`)
}

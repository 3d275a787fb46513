/** The loops that an order of elements means: `'i/8 y x i%8'` is four, one inside of the other. */
import { InputError } from '../input/input-error.ts'
import type { LayerInfo, TensorName } from './types.ts'

/** An axis with its size and the distance of neighbours in the tensor's C order. */
export interface Axis {
  readonly size: number
  readonly step: number
}

/** What the orders of a layer's tensors depend on. */
export type Sizes = Pick<
  LayerInfo,
  | 'name'
  | 'inputChannels'
  | 'inputHeight'
  | 'inputWidth'
  | 'outputChannels'
  | 'outputHeight'
  | 'outputWidth'
  | 'kernel'
  | 'hasTable'
  | 'requantBits'
>

/** Axes of a tensor, slowest first. */
function tensorAxes(tensor: TensorName, layer: Sizes): readonly (readonly [string, number])[] {
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
const repeatSizes = (layer: Sizes): Readonly<Record<string, number>> => ({
  o: layer.outputChannels,
  i: layer.inputChannels,
  y: layer.outputHeight,
  x: layer.outputWidth,
  ky: layer.kernel,
  kx: layer.kernel,
})

/**
 * The loops of an order, outermost first.
 *
 * @throws InputError for an unknown axis, one that is missing or given twice, and blocks that do not fit each other.
 */
export function layLoops(
  tensor: TensorName,
  order: string,
  layer: Sizes,
  where: string,
): { readonly loops: readonly Loop[]; readonly axes: ReadonlyMap<string, Axis> } {
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
      wrap: part === '%' ? by : Number.POSITIVE_INFINITY,
      count: part === '%' ? by : part === '/' ? Math.ceil(size / by) : size,
    }
  })
  const total = countPlaces(loops)
  if (total > 2 ** 28) refuse(`${total} elements are more than 2^28`)
  return { loops, axes }
}

/** Places of all loops, those of `fill` included. */
export const countPlaces = (loops: readonly Loop[]): number =>
  loops.reduce((product, { count }) => product * count, 1)

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

export interface Loop {
  /** The axis that it walks along, in steps of `scale`. */
  readonly name: string
  readonly scale: number
  /** The block within which it counts; infinite for a whole axis, and for its blocks. */
  readonly wrap: number
  readonly count: number
}

/** The index of every element that nested loops come to, the last loop innermost; -1 outside the tensor. */
export function walkLoops(loops: readonly Loop[], axes: ReadonlyMap<string, Axis>): Int32Array {
  const indices = new Int32Array(countPlaces(loops)).fill(-1)
  walkRuns(loops, axes, ({ place, index, step, count }) => {
    for (let at = 0; at < count; at++) indices[place + at] = index + at * step
  })
  return indices
}

/** Places of the innermost loop, one behind the other, and the elements there. */
export interface Run {
  place: number
  /** Index of the first element in the tensor. */
  index: number
  /** Distance of neighbours in the tensor. */
  step: number
  /** Elements; what is beyond them is outside the tensor. */
  count: number
}

/** Hears every round of the innermost loop; it is one object that changes. */
export function walkRuns(
  loops: readonly Loop[],
  axes: ReadonlyMap<string, Axis>,
  onRun: (run: Readonly<Run>) => void,
): void {
  const outer = loops.slice(0, -1)
  const { name: innerName, scale: innerScale, count: innerCount } = loops.at(-1)!
  const walks = [...axes].map(([name, axis]) => ({
    ...axis,
    own: outer.flatMap((loop, position) => (loop.name === name ? [{ position, scale: loop.scale }] : [])),
    inner: name === innerName ? innerScale : 0,
  }))
  // Coordinates along each axis, counted like the digits of an odometer; the last loop runs straight on.
  const digits = new Int32Array(outer.length)
  const run: Run = { place: 0, index: 0, step: 0, count: 0 }
  const places = countPlaces(loops)
  for (run.place = 0; run.place < places; run.place += innerCount) {
    run.index = 0
    run.step = 0
    run.count = innerCount
    for (const { size, step, own, inner } of walks) {
      let coordinate = 0
      for (const { position, scale } of own) coordinate += digits[position]! * scale
      run.index += coordinate * step
      run.step += inner * step
      if (coordinate >= size) run.count = 0
      else if (inner > 0) run.count = Math.min(run.count, Math.ceil((size - coordinate) / inner))
    }
    if (run.count > 0) onRun(run)
    for (let position = outer.length - 1; position >= 0; position--) {
      if (++digits[position]! < outer[position]!.count) break
      digits[position] = 0
    }
  }
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

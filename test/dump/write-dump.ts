/** Dumps written by nested loops and big integers, apart from the code that reads them. */
import type { DumpLayout, DumpTensor } from '../../src/dump/types.ts'
import { createRandom } from '../golden/random.ts'

/** A tensor of random codes; signed ones are carried `offset` above their own values. */
export function makeTensor(
  shape: readonly [number, number, number],
  bits = 8,
  isSigned = false,
  seed = 1,
): DumpTensor {
  const [channels, height, width] = shape
  const random = createRandom(seed)
  const codes = (
    bits <= 8 ? new Uint8Array(channels * height * width) : new Uint16Array(channels * height * width)
  ).map(() => random.integer(0, 2 ** bits - 1))
  const sides = { inputHeight: height, inputWidth: width, outputHeight: height, outputWidth: width }
  return {
    ...{ name: 'model.3', shape, codes, quant: { scale: 0.1, zeroPoint: 0, bits } },
    offset: isSigned ? 2 ** (bits - 1) : 0,
    sizes: {
      ...{ name: 'model.3', ...sides, inputChannels: channels, outputChannels: channels },
      ...{ kernel: 1, hasTable: 0, requantBits: bits },
    },
  }
}

/** The codes as the hardware has them, in the order of a layout; null is a place that holds none. */
export function layElements({ codes, shape, offset }: DumpTensor, order: string): readonly (number | null)[] {
  const [channels, height, width] = shape
  const sizes: Readonly<Record<string, number>> = { o: channels, y: height, x: width }
  const tokens = order.split(' ')
  const elements: (number | null)[] = []
  const visit = (depth: number, at: Readonly<Record<string, number>>): void => {
    if (depth === tokens.length) {
      const { o = 0, y = 0, x = 0 } = at
      const isInside = o < channels && y < height && x < width
      elements.push(isInside ? codes[(o * height + y) * width + x]! - offset : null)
      return
    }
    const [axis = '', part = ''] = tokens[depth]!.split(/(?=[/%])/)
    const by = Number(part.slice(1))
    const size = sizes[axis]!
    const count = part === '' ? size : part[0] === '/' ? Math.ceil(size / by) : by
    for (let digit = 0; digit < count; digit++)
      visit(depth + 1, { ...at, [axis]: (at[axis] ?? 0) + digit * (part[0] === '/' ? by : 1) })
  }
  visit(0, {})
  return elements
}

type Packing = Pick<DumpLayout, 'bits' | 'lanes' | 'reversed'>

/** Words of lanes. */
export function packWords(
  elements: readonly (number | null)[],
  { bits, lanes, reversed }: Packing,
): readonly bigint[] {
  const words: bigint[] = []
  for (let at = 0; at < elements.length; at += lanes) {
    let word = 0n
    for (let lane = 0; lane < lanes; lane++) {
      const value = BigInt.asUintN(bits, BigInt(elements[at + lane] ?? 0))
      word |= value << BigInt(bits * (reversed ? lanes - 1 - lane : lane))
    }
    words.push(word)
  }
  return words
}

/** A file of `offset` bytes and then the words. */
export function packBytes(tensor: DumpTensor, layout: DumpLayout): Uint8Array {
  const { bits, lanes, endian, offset } = layout
  const stride = (bits * lanes) / 8
  const words = packWords(layElements(tensor, layout.order), layout)
  const body = words.flatMap((word) => {
    const bytes = Array.from({ length: stride }, (_, at) => Number((word >> BigInt(8 * at)) & 255n))
    return endian === 'big' ? bytes.reverse() : bytes
  })
  return Uint8Array.from([...new Array<number>(offset).fill(0xa5), ...body])
}

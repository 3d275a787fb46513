/** The RTL at its parameters' extremes: a random network with every operator, chained, every tensor against the spec. */
import { describe, expect, test } from 'vitest'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { runProgram } from './run-program.ts'

interface Bits {
  readonly weightBits: number
  readonly activationBits: number
  readonly tableBits: number
}

const title = ({ weightBits, activationBits, tableBits }: Bits) =>
  `W${weightBits}A${activationBits}P${tableBits}`

/** Table indices as narrow and as wide as they may be, in turn. */
const withTable = (weightBits: number, activationBits: number): Bits => ({
  weightBits,
  activationBits,
  tableBits: weightBits % 2 === 0 ? activationBits : Math.min(12, activationBits + weightBits),
})
const matrix = [2, 3, 4, 5, 6, 7, 8].flatMap((w) => [4, 5, 6, 7, 8].map((a) => withTable(w, a)))
const extremes: readonly Bits[] = [
  withTable(2, 4),
  withTable(2, 8),
  withTable(8, 4),
  { weightBits: 8, activationBits: 8, tableBits: 12 },
]

async function compare(bits: Bits, array: readonly [number, number, number], seed: number): Promise<void> {
  const [inputLanes, outputLanes, pixels] = array
  const engine = { ...DEFAULT_ENGINE, ...bits, inputLanes, outputLanes, pixels }
  // 3 x 18 x 22: no multiple of any array's pixels, and rows of odd length after the first stride.
  const graph = randomGraph({ seed, shape: [3, 18, 22], ...bits })
  const { red, layers } = await runProgram(graph, engine, randomImage(graph, seed))
  expect(red).toEqual([])
  expect(layers).toBeGreaterThan(12)
}

describe('weights of 2 to 8 bits, activations of 4 to 8', () => {
  test.each(matrix.map((bits) => ({ bits, title: title(bits) })))('$title on 2x4x2', async ({ bits }) => {
    await compare(bits, [2, 4, 2], 10 * bits.weightBits + bits.activationBits)
  })
})

describe.each<{ name: string; array: readonly [number, number, number] }>([
  { name: 'the smallest array, 1x1x1', array: [1, 1, 1] },
  { name: 'the default array, 16x16x4', array: [16, 16, 4] },
])('$name', ({ array }) => {
  test.each(extremes.map((bits) => ({ bits, title: title(bits) })))('$title', async ({ bits }) => {
    await compare(bits, array, 7)
  })
})

describe('arrays between', () => {
  test.each<{ array: readonly [number, number, number] }>([
    { array: [1, 5, 8] },
    { array: [3, 3, 1] },
    { array: [32, 32, 1] },
  ])('$array', async ({ array }) => {
    await compare({ weightBits: 8, activationBits: 8, tableBits: 10 }, array, 5)
  })
})

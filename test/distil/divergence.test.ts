import { expect, test } from 'vitest'
import { divergence } from '../../src/distil/divergence.ts'
import { outputError } from '../../src/quantise/output-error.ts'
import { quantiseBranched } from './quantise-branched.ts'

const { integer } = await quantiseBranched({ weightBits: 8, activationBits: 12, tableBits: 12 })
const tensors = integer.detect.levels.flatMap(({ box, cls }) => [box, cls])
const quantOf = (name: string) => integer.nodes.find((node) => node.name === name)!.quant
const lengthOf = (name: string): number => {
  const [channels, height, width] = integer.nodes.find((node) => node.name === name)!.shape
  return channels * height * width
}
const fill = (code: (i: number) => number): Map<string, Uint16Array> =>
  new Map(tensors.map((name) => [name, Uint16Array.from({ length: lengthOf(name) }, (_, i) => code(i))]))
const realOf = (codes: ReadonlyMap<string, Uint16Array>): Map<string, Float32Array> =>
  new Map(
    [...codes].map(([name, values]) => {
      const { scale, zeroPoint } = quantOf(name)
      return [name, Float32Array.from(values, (code) => scale * (code - zeroPoint))]
    }),
  )

test('equal outputs do not diverge, and others do the more the farther off they are', () => {
  const codes = fill((i) => 1500 + ((i * 37) % 900))
  const moved = (by: number) =>
    divergence(
      integer,
      fill((i) => 1500 + ((i * 37) % 900) + (i % 3) * by),
      realOf(codes),
    )
  expect(Math.abs(divergence(integer, codes, realOf(codes)))).toBeLessThan(1e-6)
  expect(moved(100)).toBeGreaterThan(0.0005)
  expect(moved(400)).toBeGreaterThan(4 * moved(100))
})

test('of one score and one distribution it is the sum by hand', () => {
  // All boxes alike: only scores differ, by the same step everywhere.
  const [truth, made] = [fill(() => 2000), fill(() => 2000)]
  for (const { cls } of integer.detect.levels) made.get(cls)!.fill(2400)
  const { scale, zeroPoint } = quantOf(integer.detect.levels[0]!.cls)
  const sigmoid = (code: number): number => 1 / (1 + Math.exp(-scale * (code - zeroPoint)))
  const [t, s] = [sigmoid(2000), sigmoid(2400)]
  const each = t * Math.log(t / s) + (1 - t) * Math.log((1 - t) / (1 - s))
  expect(divergence(integer, made, realOf(truth))).toBeCloseTo(each / t, 5)
})

test('where the head is in float it is the error of what the head reads', async () => {
  const { integer: open } = await quantiseBranched(
    { weightBits: 8, activationBits: 8, tableBits: 10 },
    { scope: 'no-last' },
  )
  const name = 'fine'
  const node = open.nodes.find((one) => one.name === name)!
  const codes = new Map([[name, new Uint8Array(node.shape[0] * node.shape[1] * node.shape[2]).fill(9)]])
  const real = new Map([[name, new Float32Array(codes.get(name)!.length).fill(0.5)]])
  expect(divergence(open, codes, real)).toBe(outputError(open, codes, real))
})

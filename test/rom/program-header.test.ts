/** What a program says of itself, and the first reason why it does not fit a run. */
import { expect, test } from 'vitest'
import { describeMisfit, type ProgramIdentity, readIdentity } from '../../src/rom/program-header.ts'

const engine = {
  inputLanes: 16,
  outputLanes: 32,
  pixels: 4,
  weightBits: 7,
  activationBits: 6,
  tableBits: 10,
}
const arithmetic = { requantise: 0x10fc_df20, add: 0 }
const identity: ProgramIdentity = {
  ...{ magic: 0x5941_5341, version: 3, engine, modelId: 0x00de_adbe },
  arithmetic,
}

test('the identity is the first six words of the header, and the two of its arithmetic', () => {
  const words = [0x5941_5341, 3, 0x0020_0010, 0x0007_0004, 0x000a_0006, 0x00de_adbe]
  words.push(...[99, 99, 99, 99, 99, 0x10fc_df20, 0, 99])
  expect(readIdentity(words)).toEqual(identity)
  // A word that was read as signed is the same word; a word that is not there is zero.
  expect(readIdentity([-1, -2])).toEqual({
    magic: 0xffff_ffff,
    version: 0xffff_fffe,
    engine: { inputLanes: 0, outputLanes: 0, pixels: 0, weightBits: 0, activationBits: 0, tableBits: 0 },
    modelId: 0,
    arithmetic: { requantise: 0, add: 0 },
  })
})

test.each<{ what: string; other: Partial<ProgramIdentity>; reason: string | null }>([
  { what: 'itself', other: {}, reason: null },
  {
    what: 'another magic',
    other: { magic: 0x0941_5341 },
    reason: 'it begins with 09415341, a program with 59415341',
  },
  {
    what: 'another version',
    other: { version: 2 },
    reason: 'the program has format version 2, the run is for version 3',
  },
  ...(
    [
      ['PI', { inputLanes: 8 }, '8x32x4, W7A6P10'],
      ['PO', { outputLanes: 16 }, '16x16x4, W7A6P10'],
      ['PX', { pixels: 2 }, '16x32x2, W7A6P10'],
      ['W', { weightBits: 8 }, '16x32x4, W8A6P10'],
      ['A', { activationBits: 8 }, '16x32x4, W7A8P10'],
      ['P', { tableBits: 8 }, '16x32x4, W7A6P8'],
    ] as const
  ).map(([name, part, text]) => ({
    what: `another ${name}`,
    other: { engine: { ...engine, ...part } },
    reason: `the program is for ${text}, the run is for 16x32x4, W7A6P10`,
  })),
  {
    what: 'another requantiser',
    other: { arithmetic: { requantise: 0, add: 0 } },
    reason: 'the program is for arithmetic 00000000 00000000, the run is for 10fcdf20 00000000',
  },
  {
    what: 'another addition',
    other: { arithmetic: { ...arithmetic, add: 7 } },
    reason: 'the program is for arithmetic 10fcdf20 00000007, the run is for 10fcdf20 00000000',
  },
  {
    what: 'another model',
    other: { modelId: 0xffff_0001 },
    reason: 'the program belongs to model ffff0001, the run is for model 00deadbe',
  },
])('a program with $what: $reason', ({ other, reason }) => {
  expect(describeMisfit({ ...identity, ...other }, identity)).toBe(reason)
})

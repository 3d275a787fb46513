/** Differences of small tensors, written down or made by a rule. */
import type { Difference } from '../../src/diff/fault-evidence.ts'
import type { Shape } from '../../src/graph/types.ts'

/** @param actual -1 where nothing was written. */
export function differ(
  shape: Shape,
  expected: readonly number[],
  actual: readonly number[],
  bits = 8,
): Difference {
  return {
    expected: Uint16Array.from(expected),
    actual: Int32Array.from(actual),
    shape,
    wrong: Int32Array.from(expected.flatMap((code, at) => (code === actual[at] ? [] : [at]))),
    offset: 0,
    maxCode: 2 ** bits - 1,
  }
}

/** A tensor of one row; `actual` gives the wrong codes from the first on, the rest is right. */
export const inOrder = (expected: readonly number[], actual: readonly number[], bits = 8): Difference =>
  differ([1, 1, expected.length], expected, [...actual, ...expected.slice(actual.length)], bits)

/** Every code of a tensor by its place. */
export const fill = (
  [channels, height, width]: Shape,
  at: (channel: number, y: number, x: number) => number,
): readonly number[] =>
  Array.from({ length: channels * height * width }, (_, i) =>
    at(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  )

/** Codes without any order in them; the same for the same place. */
export const scramble = (at: number, codes = 256): number => ((at * 2654435761 + 12345) >>> 13) % codes

/** Zeros, with ones at some places: only where they lie matters. */
export function onesAt(shape: Shape, places: readonly (readonly [number, number, number])[]): Difference {
  const wrong = new Set(places.map((at) => at.join()))
  const actual = fill(shape, (...at) => (wrong.has(at.join()) ? 1 : 0))
  return differ(shape, new Array<number>(actual.length).fill(0), actual)
}

/** At most 200 codes without an order in them, away from both ends of 8 bits. */
export const someCodes = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => 40 + ((i * 89) % 150))

export type Place = readonly [channel: number, y: number, x: number]

/** All places of a tensor that a rule takes, in their order. */
export const places = (
  [channels, height, width]: Shape,
  takes: (...at: Place) => boolean,
): readonly Place[] =>
  Array.from(
    { length: channels * height * width },
    (_, i): Place => [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width],
  ).filter((at) => takes(...at))

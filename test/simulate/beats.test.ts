/** Beats and bytes, worked by hand; and errors that cross a pipe. */
import { describe, expect, test } from 'vitest'
import { packError, unpackError } from '../../src/process/packed-error.ts'
import { type Beat, countBeatBytes, packBeats, unpackBeats } from '../../src/simulate/beats.ts'
import { SimulationError } from '../../src/simulate/simulation-error.ts'

const field = (name: string, width: number, signed = false) => ({
  name,
  port: { name: `in_${name}_i`, direction: 'input' as const, width, signed, elements: null },
})
const stream = {
  name: 'in',
  direction: 'input' as const,
  valid: 'in_valid_i',
  ready: null,
  fields: [field('tag', 4, true), field('data', 12), field('wide', 54)],
}

describe('beats', () => {
  const beats = [
    { tag: -1, data: 0xabc, wide: 2n ** 53n + 1n },
    { tag: 7, data: 1, wide: 0n },
  ]
  const bytes = [0x0f, 0xbc, 0x0a, 1, 0, 0, 0, 0, 0, 0x20].concat([7, 1, 0, 0, 0, 0, 0, 0, 0, 0])

  test('are their fields in whole bytes, the lowest first, without the bits of a sign above', () => {
    expect(countBeatBytes(stream)).toBe(1 + 2 + 7)
    expect([...packBeats(stream, beats)]).toEqual(bytes)
    expect([...packBeats(stream, [{ wide: 5, data: 2n, tag: -8n }])]).toEqual([8, 2, 0, 5, 0, 0, 0, 0, 0, 0])
  })

  test('come back with their signs; numbers up to 53 bits, bigints above', () => {
    expect(unpackBeats(stream, Uint8Array.from(bytes), 2)).toEqual(beats)
    const whole = { ...stream, fields: [field('whole', 53)] }
    expect(unpackBeats(whole, Uint8Array.of(1, 0, 0, 0, 0, 0, 0x10), 1)).toEqual([{ whole: 2 ** 52 + 1 }])
  })

  test.each<{ beat: Beat; says: string }>([
    {
      beat: { tag: 8, data: 0, wide: 0n },
      says: 'a signed integer of 4 bits for tag in beat 1 of in, got 8',
    },
    {
      beat: { tag: -9, data: 0, wide: 0n },
      says: 'a signed integer of 4 bits for tag in beat 1 of in, got -9',
    },
    {
      beat: { tag: 0, data: 4096, wide: 0n },
      says: 'an unsigned integer of 12 bits for data in beat 1 of in, got 4096',
    },
    { beat: { tag: 0, data: -1, wide: 0n }, says: 'for data in beat 1 of in, got -1' },
    { beat: { tag: 0, data: 0.5, wide: 0n }, says: 'for data in beat 1 of in, got 0.5' },
    { beat: { tag: 0, data: 0, wide: 2n ** 54n }, says: 'an unsigned integer of 54 bits for wide' },
    { beat: { tag: 0, data: 0 }, says: 'Expected field wide in beat 1 of in, got tag,data' },
    {
      beat: { tag: 0, data: 0, wide: 0n, last: 1 },
      says: 'Expected the fields tag, data, wide in beat 1 of in, got last',
    },
  ])('that do not fit are refused: $says', ({ beat, says }) => {
    expect(() => packBeats(stream, [{ tag: 0, data: 0, wide: 0n }, beat])).toThrow(says)
  })
})

describe('an error that crosses the pipe', () => {
  const cross = (error: unknown) => unpackError(structuredClone(packError(error)), [SimulationError])

  test('of a simulation keeps all that it says', () => {
    const failure = {
      kind: 'assertion' as const,
      top: 'm',
      cycle: 7,
      startCycle: 3,
      file: 'a.sv',
      line: 9,
      watched: { pc_o: 2, wide_o: 2n ** 60n },
      output: 'printed',
    }
    const error = cross(new SimulationError('it failed', failure))
    expect(error).toBeInstanceOf(SimulationError)
    expect(error).toMatchObject({ name: 'SimulationError', message: 'it failed', ...failure })
  })

  test.each([
    { error: new TypeError('a type'), is: TypeError },
    { error: new RangeError('a range'), is: RangeError },
    { error: new SyntaxError('syntax'), is: Error },
  ])('keeps its kind and its words: $error', ({ error, is }) => {
    const crossed = cross(error)
    expect([crossed.constructor, crossed.message]).toEqual([is, error.message])
  })

  test('that is none is one', () => {
    expect(cross('plain text')).toEqual(new Error('plain text'))
  })
})

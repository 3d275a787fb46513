/** Orders of lanes and channels, each once. */
import { describe, expect, test } from 'vitest'
import { laneMapsOf, listChannelMaps } from '../../../src/diff/hypotheses/channel-maps.ts'

const lanes = (n: number) =>
  Object.fromEntries(laneMapsOf(n).map(({ id, from }) => [id, Array.from({ length: n }, (_, i) => from(i))]))
const channels = (n: number, word: number, order?: Int32Array) =>
  Object.fromEntries(
    listChannelMaps(n, word, order).map(({ id, from }) => [id, Array.from({ length: n }, (_, i) => from(i))]),
  )

describe('lanes of a word', () => {
  test('of four', () => {
    expect(lanes(4)).toEqual({
      reversed: [3, 2, 1, 0],
      pairs: [1, 0, 3, 2],
      halves: [2, 3, 0, 1],
      next: [1, 2, 3, 0],
      previous: [3, 0, 1, 2],
      first: [0, 0, 0, 0],
      'stride-2': [0, 2, 1, 3],
    })
  })

  test('of eight, any bits of their number inverted, or rows for columns', () => {
    const eight = lanes(8)
    expect(eight['xor-2']).toEqual([2, 3, 0, 1, 6, 7, 4, 5])
    expect(eight['xor-3']).toEqual([3, 2, 1, 0, 7, 6, 5, 4])
    expect(eight['stride-2']).toEqual([0, 2, 4, 6, 1, 3, 5, 7])
    expect(eight['stride-4']).toEqual([0, 4, 1, 5, 2, 6, 3, 7])
  })

  test('of fewer, where several are the same or none', () => {
    expect(lanes(2)).toEqual({ reversed: [1, 0], first: [0, 0] })
    expect(lanes(3)).toEqual({ reversed: [2, 1, 0], next: [1, 2, 0], previous: [2, 0, 1], first: [0, 0, 0] })
    expect(lanes(1)).toEqual({})
  })
})

describe('channels', () => {
  test('of two words', () => {
    expect(channels(4, 2)).toEqual({
      'lanes-reversed': [1, 0, 3, 2],
      'lanes-first': [0, 0, 2, 2],
      'next-channel': [1, 2, 3, 3],
      'previous-channel': [0, 0, 1, 2],
      reversed: [3, 2, 1, 0],
      'channel-0': [0, 0, 0, 0],
      'next-group': [2, 3, 0, 1],
      'group-0': [0, 1, 0, 1],
    })
  })

  test('in words with idle lanes', () => {
    const found = channels(3, 2, Int32Array.of(0, -1, 1, 2))
    expect(found['lanes-reversed']).toEqual([-1, 2, 1])
    expect(found['next-group']).toEqual([1, 0, -1])
    expect(found.reversed).toEqual([2, 1, 0])
  })
})

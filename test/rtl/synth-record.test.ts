/** `make synth` fails where a module is slower than it was, or slower than any may be. */
import { describe, expect, test } from 'vitest'
import {
  judge,
  LIMIT_NS,
  makeRecord,
  nextRecord,
  readRecord,
  renderRecord,
  type SynthRecord,
} from '../../src/bench/synth-record.ts'
import type { Path } from '../../src/bench/synth-timing.ts'

const path = (module: string, picoseconds: number): Path => ({
  module,
  picoseconds,
  from: 'sum_q[3] (FDCE.C->Q)',
  to: 'code_o[1] (FDRE.D)',
})
const TOOLS = ['Yosys 0.23', 'nextpnr-ice40 0.4']
const recordOf = (ns: number | null, mhz: number | null, tools = TOOLS): SynthRecord => ({
  tools,
  modules: { requantise: { ns, mhz } },
})
const before = recordOf(2, 50)
const measure = (ns: number, mhz: number | null) => ({
  paths: [path('requantise', ns * 1000)],
  speeds: new Map([['requantise', mhz === null ? null : { mhz, from: 'product_q', to: 'code_o' }]]),
})
const judgeNow = (ns: number, mhz: number | null, accepted = false, tools = TOOLS): void =>
  judge(before, recordOf(ns, mhz, tools), measure(ns, mhz), accepted)

describe('a run', () => {
  test.each([
    { because: 'as fast as before', ns: 2, mhz: 50 },
    { because: '10 % more nanoseconds', ns: 2.2, mhz: 50 },
    { because: '10 % fewer megahertz', ns: 2, mhz: 45 },
    { because: 'faster', ns: 1, mhz: 100 },
  ])('passes that is $because', ({ ns, mhz }) => {
    expect(() => judgeNow(ns, mhz)).not.toThrow()
  })

  test('fails with more nanoseconds, names both figures and the path, and says how to accept it', () => {
    expect(() => judgeNow(2.21, 50)).toThrow(
      `slower by more than 10 % than in docs/synthesis.json:
  requantise: from 2.00 ns of cells to 2.21 ns: from sum_q[3] (FDCE.C->Q) to code_o[1] (FDRE.D)
  If it has to be so, make synth ARGS=--accept writes the new figures.`,
    )
  })

  test('fails with fewer megahertz', () => {
    expect(() => judgeNow(2, 44.9)).toThrow(
      /\n {2}requantise: from 50\.0 MHz on the HX8K to 44\.9 MHz: from product_q to code_o\n/,
    )
  })

  test('fails where a module does not fit any more', () => {
    expect(() => judgeNow(2, null)).toThrow(
      /\n {2}requantise: ran at 50\.0 MHz on the HX8K, and does not fit/,
    )
  })

  test('fails where a module has no path any more: it may only not be seen', () => {
    expect(() =>
      judge(before, recordOf(null, 50), { paths: [], speeds: measure(2, 50).speeds }, false),
    ).toThrow(/\n {2}requantise: had a path of 2\.00 ns, and has none any more\n/)
  })

  test('names the programs where they are others than those of the record', () => {
    expect(() => judgeNow(3, 50, false, ['Yosys 0.60'])).toThrow(
      'docs/synthesis.json (of Yosys 0.23, nextpnr-ice40 0.4; these are of Yosys 0.60):',
    )
  })

  test('passes with all of that where it is accepted, but not over the limit', () => {
    expect(() => judgeNow(LIMIT_NS, null, true)).not.toThrow()
    expect(() => judgeNow(LIMIT_NS + 0.01, null, true)).toThrow(
      `too slow:
  requantise: 3.31 ns of cells, more than the limit of 3.3 ns: from sum_q[3] (FDCE.C->Q) to code_o[1] (FDRE.D)`,
    )
  })

  test('without a record fails by the limit alone', () => {
    const now = recordOf(9, 1)
    expect(() => judge(null, now, measure(3.3, null), false)).not.toThrow()
    expect(() => judge(null, now, measure(3.301, null), false)).toThrow(/^too slow:\n/)
  })

  test('without nextpnr keeps the megahertz of the record, and is no failure', () => {
    const measured = {
      paths: [path('requantise', 2000)],
      speeds: new Map(),
      tools: ['Yosys 0.23'],
      placed: false,
    }
    const now = makeRecord(measured, ['requantise', 'rom'], before)
    expect(now).toEqual({
      tools: TOOLS,
      modules: { requantise: { ns: 2, mhz: 50 }, rom: { ns: null, mhz: null } },
    })
    expect(() => judge(before, now, measured, false)).not.toThrow()
  })
})

describe('the record', () => {
  test('has what was measured, in tenths of a megahertz', () => {
    const { paths, speeds } = measure(7.194, 43.5678)
    const measured = { paths, speeds: new Map([...speeds, ['head', null]]), tools: TOOLS, placed: true }
    expect(makeRecord(measured, ['requantise', 'head', 'rom'], before)).toEqual({
      tools: TOOLS,
      modules: {
        requantise: { ns: 7.194, mhz: 43.6 },
        head: { ns: null, mhz: null },
        rom: { ns: null, mhz: null },
      },
    })
  })

  test.each([
    {
      because: 'a little slower: the record stays, so that small steps add up',
      now: [2.1, 46],
      next: [2, 50],
    },
    { because: 'a little faster: luck of the placer is not kept', now: [1.9, 54], next: [2, 50] },
    { because: 'much faster', now: [1.7, 56], next: [1.7, 56] },
    { because: 'one of both much faster', now: [2, 56], next: [2, 56] },
  ] as const)('after a run that is $because', ({ now: [ns, mhz], next }) => {
    expect(nextRecord(before, recordOf(ns, mhz), false)).toEqual(recordOf(next[0], next[1]))
  })

  test('takes what is accepted, and modules that it has not', () => {
    expect(nextRecord(before, recordOf(2.9, 10), true)).toEqual(recordOf(2.9, 10))
    expect(nextRecord(null, recordOf(2.9, 10), false)).toEqual(recordOf(2.9, 10))
    expect(nextRecord(recordOf(null, null), recordOf(2.9, 10), false)).toEqual(recordOf(2.9, 10))
  })

  test('is read as it was written, and one that is damaged is refused', () => {
    const both: SynthRecord = { tools: TOOLS, modules: { ...before.modules, rom: { ns: 2.454, mhz: null } } }
    const json = renderRecord(both)
    expect(readRecord(json, 'synthesis.json')).toEqual(both)
    expect(() => readRecord(json.replace('"mhz": 50', '"mhz": "fast"'), 'synthesis.json')).toThrow(
      /requantise\.mhz/,
    )
  })
})

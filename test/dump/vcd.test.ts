/** Waveforms by hand: what is sampled, and when. */
import { describe, expect, test } from 'vitest'
import { readVcd } from '../../src/dump/vcd.ts'

const HEADER = `$date today $end
$timescale 1ps $end
$scope module top $end
$var wire 1 ! clk $end
$var wire 1 " valid $end
$var wire 12 # data [11:0] $end
$scope module dut $end
$var wire 12 # out_data[11:0] $end
$var reg 1 $ ready $end
$upscope $end
$scope module other $end
$var wire 1 % ready $end
$upscope $end
$upscope $end
$enddefinitions $end
$dumpvars 0! 1" bx # x$ 0% $end
`
const BODY = `#0
#5 1!
b101 #
#10 0!
#15 1! b111111111111 #
#20
0!
$comment 1" $end
0"
#25
1!
#30
0!
1"
bz1 #
#35
1!
#40
0!
b0 # 1$
#45
1!
`
const probe = { clock: 'clk', data: 'top.data', valid: 'valid' }

function sample(text: string, own: object = {}, size = text.length) {
  const reader = readVcd([{ ...probe, ...own }], 'x.vcd')
  for (let at = 0; at < text.length; at += size) reader.push(Buffer.from(text.slice(at, at + size)))
  const [content] = reader.finish().map((sampler) => sampler.content())
  const { bytes, unknown, count, cycles, width } = content!
  const words = (from: Uint8Array | null) =>
    Array.from({ length: count }, (_, word) =>
      from === null ? 0 : from[2 * word]! + 256 * from[2 * word + 1]!,
    )
  return { words: words(bytes), unknown: words(unknown), cycles: Array.from(cycles!), width }
}

describe('a waveform', () => {
  test('gives the valid words as they are before each rising edge, with their cycles', () => {
    expect(sample(HEADER + BODY)).toEqual({
      words: [0, 0b101, 0b1, 0],
      unknown: [0xfff, 0, 0xffe, 0],
      cycles: [0, 1, 3, 4],
      width: 12,
    })
  })

  test.each([1, 7, 64])('in pieces of %i bytes', (size) => {
    expect(sample(HEADER + BODY, {}, size)).toEqual(sample(HEADER + BODY))
  })

  test('a signal of several names is one', () => {
    expect(sample(HEADER + BODY, { data: 'out_data' })).toEqual(sample(HEADER + BODY))
  })

  test.each([
    {
      how: 'in two halves',
      variables: '$var wire 6 & data [11:6] $end $var wire 6 ( data[5:0] $end',
      part: (bits: string) => `b${bits.slice(0, 6)} & b${bits.slice(6)} (`,
    },
    {
      how: 'bit by bit',
      variables: Array.from({ length: 12 }, (_, at) => `$var wire 1 d${at} data [${11 - at}] $end`).join(
        '\n',
      ),
      part: (bits: string) => [...bits].map((bit, at) => `${bit}d${at}`).join(' '),
    },
  ])('a vector may be there $how', ({ variables, part }) => {
    const header = HEADER.replace('$var wire 12 # data [11:0] $end', variables).replaceAll('12 #', '12 ~')
    const body = BODY.replaceAll(/b(\w+) #/g, (_, bits: string) =>
      part(bits.padStart(12, bits[0] === '1' ? '0' : bits[0]!)),
    )
    expect(sample(header + body)).toEqual(sample(HEADER + BODY))
  })

  test.each(['data[11:0]', 'top.data[11:0]'])('a range behind the name is its own: %s', (data) =>
    expect(sample(HEADER + BODY, { data })).toEqual(sample(HEADER + BODY)),
  )

  test.each([
    '$var wire 12 # mem[3] [11:0] $end',
    '$var wire 12 # \\mem[3] [11:0] $end',
    '$var wire 12 # mem[3] $end',
  ])('an element of an array is a signal: %s', (variable) => {
    const header = HEADER.replace(
      '$scope module dut',
      `${variable} ${variable.replace('# ', '~ ').replace('3', '4')}\n$scope module dut`,
    )
    expect(sample(header + BODY, { data: 'mem[3]' })).toEqual(sample(HEADER + BODY))
  })

  test('words count only where they are taken', () => {
    expect(sample(HEADER + BODY, { ready: 'dut.ready' })).toMatchObject({ words: [0], cycles: [4] })
  })

  test('of a clock that is 1 from the beginning, the first edge is the next', () => {
    expect(sample(`${HEADER.replace('0! 1"', '1! 1"')}#0 b1 # #1 0! #2 1!`)).toMatchObject({
      words: [1],
      cycles: [0],
    })
  })

  test.each([
    { own: { data: 'dato' }, says: 'x.vcd: has no signal dato. Did you mean data?' },
    {
      own: { ready: 'ready' },
      says: 'x.vcd: has 2 signals ready: top.dut.ready, top.other.ready. Give the whole path of one.',
    },
    { own: { valid: 'data' }, says: 'x.vcd: top.data has 12 bits, expected 1' },
    { own: { clock: 'other.ready' }, says: 'data has no valid word in 0 cycles of other.ready' },
  ])('$says', ({ own, says }) => expect(() => sample(HEADER + BODY, own)).toThrow(says))

  test.each([
    { text: 'PK\u0003\u0004 and so on', says: 'x.vcd: is no value change dump: expected $var or $scope' },
    {
      text: HEADER.slice(0, 100),
      says: 'x.vcd: is no value change dump, or cut short: it has no $enddefinitions',
    },
    { text: `${HEADER}#0 hello`, says: "x.vcd: expected a change of a value, got 'hello'" },
    { text: HEADER.replaceAll('12 #', '-3 #'), says: 'x.vcd: says -3 bits of top.data' },
    { text: `$scope module a $end `.repeat(1001), says: 'x.vcd: nests more than 1000 scopes' },
    { text: `$${'a'.repeat(2 ** 20)}`, says: 'a word of more than 1048576 characters' },
    {
      text: HEADER.replace(
        '$var wire 12 # data [11:0] $end',
        '$var wire 1 & data [0] $end\n$var wire 1 ( data [1] $end',
      ),
      says: 'x.vcd: has top.data in parts that are not those of a vector from its highest bit down. Dump it as one',
    },
    {
      text: HEADER.replace(
        '$var wire 12 # data [11:0] $end',
        '$var wire 1 & data [11] $end\n$var wire 8 ( data [7:0] $end',
      ),
      says: 'x.vcd: has top.data in parts',
    },
  ])('refuses what is none: $says', ({ text, says }) => expect(() => sample(text)).toThrow(says))
})

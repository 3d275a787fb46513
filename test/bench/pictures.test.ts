/** The picture of a waveform says what the waveform says, or none is drawn. */
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { drawWaveform } from '../../src/bench/pictures/draw-waveform.ts'
import { drawMismatch } from '../../src/bench/pictures/mismatch.ts'
import { readVcd, valueAt } from '../../src/bench/pictures/vcd.ts'
import { make } from '../report/ci-run.ts'
import { makeLayer } from '../report/shard-reports.ts'

/** A detector of two lanes of 8 bits; the word of cycle 10 is on the tap at time 20. */
const HEAD = `$timescale 1ps $end
$scope module TOP $end
$var wire 1 ! clk_i $end
$scope module detector $end
$var wire 1 ! clk_i $end
$var wire 1 " tap_valid_o $end
$var wire 32 # tap_addr_o [31:0] $end
$var wire 16 $ tap_data_o [15:0] $end
$scope module u_engine $end
$scope module u_requantise $end
$var wire 20 % code_o [19:0] $end
$upscope $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
`
const clock = Array.from({ length: 40 }, (_, time) => `#${time}\n${time % 2}!`)
clock[9] += '\n0"\nb1100100 #\nb0 $\nbx %'
clock[15] += '\nb11001000010000000000 %'
clock[19] += '\n1"\nb1100101 #\nb0011011100110110 $'
clock[21] += '\nb0011100100111000 $'
const vcd = `${HEAD}${clock.join('\n')}\n`

describe('a value change dump', () => {
  const traces = readVcd(vcd, ['TOP.clk_i', 'TOP.detector.clk_i', 'TOP.detector.tap_data_o'])

  test('is read by name, and names of one net have its changes', () => {
    expect(traces.get('TOP.clk_i')).toBe(traces.get('TOP.detector.clk_i'))
    expect(traces.get('TOP.clk_i')!.changes).toHaveLength(40)
  })

  test.each([
    [8, 'xxxxxxxxxxxxxxxx'],
    [9, '0000000000000000'],
    [18, '0000000000000000'],
    [20, '0011011100110110'],
  ])('at %d', (time, bits) => {
    expect(valueAt(traces.get('TOP.detector.tap_data_o')!, time)).toBe(bits)
  })

  test('without the signal is an error', () => {
    expect(() => readVcd(vcd, ['TOP.clk_i', 'TOP.rst_ni'])).toThrow('the waveform has no TOP.rst_ni')
  })
})

describe('the picture of a mismatch', () => {
  const first = { channel: 1, y: 2, x: 3, expected: 56, actual: 55, cycle: 4 }
  const result = make([{ ...makeLayer('bad'), mismatches: 1, first }], null, {
    waveform: { layer: 'bad', file: 'a.fst', save: 'a.gtkw', fromCycle: 0, cycle: 10, toCycle: 20 },
  })
  const engine = { ...result.run.engine, inputLanes: 2, outputLanes: 2, activationBits: 8, tableBits: 10 }
  const red = { ...result, run: { ...result.run, engine } }
  const svg = drawMismatch(vcd, red)

  test('names the element and marks its value, in its lane', () => {
    expect(XMLValidator.validate(svg)).toBe(true)
    expect(svg).toContain('>bad c1 y2 x3: expected 56, received 55</text>')
    expect(svg).toContain('>tap_data_o[15:8]</text>')
    expect(svg.match(/class="value bad"[^>]*>([^<]*)/)![1]).toBe('55')
    expect([...svg.matchAll(/class="cycle"[^>]*>(\d+)/g)].map(([, cycle]) => cycle)).toEqual([
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
    ])
  })

  test('shows each value once for as long as it lasts, and what is unknown', () => {
    const values = [...svg.matchAll(/class="value[^>]*>([^<]*)/g)].map(([, value]) => value)
    expect(values).toEqual(['x', '801', '100', '101', '0', '55', '57'])
  })

  test('is not drawn where the waveform and the report differ', () => {
    const other = { ...red, layers: [{ ...red.layers[0]!, first: { ...first, actual: 54 } }] }
    expect(() => drawMismatch(vcd, other)).toThrow('expected 54 on the tap in cycle 10, the waveform has 55')
  })

  test('is not drawn of a run without a waveform', () => {
    expect(() => drawMismatch(vcd, { ...red, waveform: null })).toThrow('the run has no waveform')
  })
})

test('text in a picture of a waveform stays text', () => {
  const rows = [{ label: '<b>', kind: 'bus' as const, samples: ['&', '&'] }]
  const svg = drawWaveform({ title: '<script>', firstCycle: 0, markedCycle: 0, wrongRow: 0, rows })
  expect(XMLValidator.validate(svg)).toBe(true)
  expect(svg).not.toMatch(/<script|<b>/)
})

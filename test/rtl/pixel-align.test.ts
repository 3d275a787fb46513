import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type LanePort, packLanes, unpackLanes } from './lanes.ts'

interface AlignPorts {
  valid_i: number
  shift_i: number
  stride2_i: number
  double_i: number
  pad_i: number
  pad_code_i: number
  bank_data_i: LanePort
  readonly data_o: LanePort
}

describe.each([
  { PI: 2, PX: 1, bits: 8 },
  { PI: 1, PX: 2, bits: 5 },
  { PI: 3, PX: 4, bits: 8 },
])('pixel_align, $PI lanes of $bits bits, $PX pixels', ({ PI, PX, bits }) => {
  test('every beginning, every kind of step, every padding', async () => {
    await using dut = await simulate<AlignPorts>({
      top: 'pixel_align',
      sources: ['rtl/pixel_align.sv'],
      parameters: { PI, PX, ActivationBits: bits },
    })
    const { ports } = dut
    const random = makeRandom(PX)
    const banks = 2 * PX
    const kinds = [
      { stride2: 0, double: 0, pixelOf: (lane: number) => lane },
      { stride2: 1, double: 0, pixelOf: (lane: number) => 2 * lane },
      { stride2: 0, double: 1, pixelOf: (lane: number) => lane >> 1 },
    ]
    for (let shift = 0; shift < banks; shift++) {
      for (const { stride2, double, pixelOf } of kinds) {
        for (let pad = 0; pad < 2 ** PX; pad++) {
          const words = Array.from({ length: banks }, () =>
            Array.from({ length: PI }, () => random(2 ** bits)),
          )
          const code = random(2 ** bits)
          Object.assign(ports, { valid_i: 1, shift_i: shift, stride2_i: stride2, double_i: double })
          Object.assign(ports, { pad_i: pad, pad_code_i: code, bank_data_i: packLanes(words.flat(), bits) })
          dut.tick()
          const expected = Array.from({ length: PX }, (_, lane) =>
            ((pad >> lane) & 1) === 1
              ? new Array<number>(PI).fill(code)
              : words[(shift + pixelOf(lane)) % banks]!,
          ).flat()
          expect(unpackLanes(ports.data_o, PX * PI, bits)).toEqual(expected)
          // A window that is not valid changes nothing.
          ports.valid_i = 0
          ports.pad_i = random(2 ** PX)
          ports.shift_i = random(banks)
          dut.tick()
          expect(unpackLanes(ports.data_o, PX * PI, bits)).toEqual(expected)
        }
      }
    }
  })
})

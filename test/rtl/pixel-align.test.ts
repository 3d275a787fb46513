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
    let expected: number[] = []
    let windows = 0
    const wrong: number[][][] = []
    const differing = (codes: readonly number[]): number[][][] => {
      const received = unpackLanes(ports.data_o, PX * PI, bits)
      return received.join() === codes.join() ? [] : [[received, [...codes]]]
    }
    for (const { stride2, double, pixelOf } of kinds) {
      // What holds for an instruction does while its windows are on their way.
      const code = random(2 ** bits)
      Object.assign(ports, { valid_i: 0, stride2_i: stride2, double_i: double, pad_code_i: code })
      dut.tick()
      expected = []
      for (let shift = 0; shift < banks; shift++) {
        for (let pad = 0; pad < 2 ** PX; pad++) {
          const words = Array.from({ length: banks }, () =>
            Array.from({ length: PI }, () => random(2 ** bits)),
          )
          Object.assign(ports, { valid_i: 1, shift_i: shift, pad_i: pad })
          ports.bank_data_i = packLanes(words.flat(), bits)
          dut.tick()
          // The window before is there, while this one is taken.
          if (expected.length > 0) wrong.push(...differing(expected))
          expected = Array.from({ length: PX }, (_, lane) =>
            ((pad >> lane) & 1) === 1
              ? new Array<number>(PI).fill(code)
              : words[(shift + pixelOf(lane)) % banks]!,
          ).flat()
          for (let gap = random(3); gap > 0; gap--) {
            // What is not valid changes nothing.
            Object.assign(ports, { valid_i: 0, pad_i: random(2 ** PX), shift_i: random(banks) })
            Object.assign(ports, { bank_data_i: packLanes(new Array<number>(banks * PI).fill(0), bits) })
            dut.tick()
            wrong.push(...differing(expected))
          }
          windows++
        }
      }
    }
    expect([windows, wrong]).toEqual([banks * kinds.length * 2 ** PX, []])
  })
})

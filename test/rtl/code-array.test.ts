import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type LanePort, packLanes, unpackLanes } from './lanes.ts'

interface CodeArrayPorts {
  valid_i: number
  first_i: number
  last_i: number
  max_i: number
  x_i: LanePort
  readonly a_o: LanePort
  readonly b_o: LanePort
}

describe.each([
  { PI: 1, PX: 1, bits: 8 },
  { PI: 3, PX: 2, bits: 5 },
  { PI: 16, PX: 4, bits: 8 },
])('code_array, $PI lanes of $bits bits, $PX pixels', ({ PI, PX, bits }) => {
  const lanes = PI * PX
  const open = () =>
    simulate<CodeArrayPorts>({
      top: 'code_array',
      sources: ['rtl/code_array.sv'],
      parameters: { PI, PX, ActivationBits: bits },
      randomiseUnknowns: true,
    })

  test('the largest of a tile (A-7), or its first and last (A-6), tiles back to back and with gaps', async () => {
    await using dut = await open()
    const { ports } = dut
    const random = makeRandom(lanes)
    const word = () => Array.from({ length: lanes }, () => random(2 ** bits))
    let settled: { a: number[]; b: number[] } | null = null
    let due: { a: number[]; b: number[] } | null = null
    let compared = 0
    const wrong: unknown[] = []
    const tick = () => {
      dut.tick()
      settled = due ?? settled
      due = null
      // Outputs hold until the next tile's.
      if (settled === null) return
      compared++
      const [a, b] = [ports.a_o, ports.b_o].map((word) => unpackLanes(word, lanes, bits))
      if (a!.join() !== settled.a.join() || b!.join() !== settled.b.join()) wrong.push([{ a, b }, settled])
    }
    for (let tile = 0; tile < 120; tile++) {
      const max = random(2)
      const beats = Array.from({ length: 1 + random(6) }, word)
      for (const [index, beat] of beats.entries()) {
        while (random(4) === 0) {
          Object.assign(ports, { valid_i: 0, first_i: random(2), last_i: random(2) })
          ports.x_i = packLanes(word(), bits)
          tick()
        }
        const isLast = index === beats.length - 1
        Object.assign(ports, { valid_i: 1, first_i: +(index === 0), last_i: +isLast, max_i: max })
        ports.x_i = packLanes(beat, bits)
        tick()
        if (!isLast) continue
        const largest = beat.map((_, lane) => Math.max(...beats.map((other) => other[lane]!)))
        due = { a: max === 1 ? largest : beats[0]!, b: beat }
      }
    }
    expect(wrong).toEqual([])
    // 120 tiles of one beat at the least.
    expect(compared).toBeGreaterThanOrEqual(119)
  })
})

import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../src/process/environment.ts'
import { runTool } from '../../src/process/run-tool.ts'
import { findTools } from '../../src/simulate/build/tools.ts'
import { listSpeedFlags } from '../../src/simulate/build/verilator.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type LanePort, packLanes, unpackLanes } from './lanes.ts'

interface MacPorts {
  valid_i: number
  first_i: number
  last_i: number
  x_i: LanePort
  w_i: LanePort
  readonly acc_o: LanePort
}

/** Edges from a tile's last beat to its sums. */
const LATENCY = 6

/** What is synthesised has another form, with registers between its steps. */
const SYNTHESIS = { SYNTHESIS: '1' }

describe('a product is the same in simulation and in synthesis, for every code and every weight', () => {
  test.each([
    { W: 8, A: 8 },
    { W: 8, A: 4 },
    { W: 2, A: 8 },
    { W: 5, A: 6 },
  ])('$W bits of weight, $A of code', async ({ W, A }) => {
    const options = {
      top: 'mac_array',
      sources: ['rtl/mac_array.sv'],
      parameters: { PI: 1, PO: 1, PX: 1, WeightBits: W, ActivationBits: A },
    }
    await using simulated = await simulate<MacPorts>(options)
    await using synthesised = await simulate<MacPorts>({ ...options, defines: SYNTHESIS })
    const wrong: number[][] = []
    let pairs = 0
    for (let code = 0; code < 2 ** A; code++)
      for (let weight = -(2 ** (W - 1)); weight < 2 ** (W - 1); weight++) {
        const sums = [simulated, synthesised].map((dut) => {
          const { ports } = dut
          Object.assign(ports, { valid_i: 1, first_i: 1, last_i: 1 })
          Object.assign(ports, { x_i: code, w_i: weight & (2 ** W - 1) })
          dut.tick()
          Object.assign(ports, { valid_i: 0 })
          for (let edge = 1; edge < LATENCY; edge++) dut.tick()
          return Number(ports.acc_o) | 0
        })
        pairs++
        if (sums.some((sum) => sum !== code * weight)) wrong.push([code, weight, ...sums])
      }
    expect([pairs, wrong]).toEqual([2 ** (A + W), []])
  })
})

describe.each([
  { PI: 1, PO: 1, PX: 1, W: 8, A: 8, defines: {} },
  { PI: 2, PO: 3, PX: 2, W: 5, A: 4, defines: {} },
  { PI: 8, PO: 2, PX: 1, W: 2, A: 6, defines: {} },
  { PI: 3, PO: 4, PX: 2, W: 8, A: 7, defines: {} },
  { PI: 16, PO: 2, PX: 1, W: 8, A: 8, defines: {} },
  { PI: 1, PO: 1, PX: 1, W: 8, A: 8, defines: SYNTHESIS },
  { PI: 2, PO: 3, PX: 2, W: 5, A: 4, defines: SYNTHESIS },
  { PI: 4, PO: 4, PX: 2, W: 8, A: 8, defines: SYNTHESIS },
  { PI: 12, PO: 2, PX: 1, W: 8, A: 7, defines: SYNTHESIS },
  { PI: 16, PO: 2, PX: 1, W: 2, A: 8, defines: SYNTHESIS },
  { PI: 32, PO: 1, PX: 1, W: 8, A: 8, defines: SYNTHESIS },
])(
  'mac_array sums products (A-3): PI $PI, PO $PO, PX $PX, W $W, A $A $defines',
  ({ PI, PO, PX, W, A, defines }) => {
    test('extremes and random beats, tiles back to back and with gaps', async () => {
      await using dut = await simulate<MacPorts>({
        top: 'mac_array',
        sources: ['rtl/mac_array.sv'],
        parameters: { PI, PO, PX, WeightBits: W, ActivationBits: A },
        defines,
        randomiseUnknowns: true,
      })
      const { ports } = dut
      const random = makeRandom(PI * 8 + W)
      const low = -(2 ** (W - 1))
      // The codes of each tile are random, or all codes at the top with the weights at either end.
      const codes = (kind: number) =>
        Array.from({ length: PX * PI }, () => (kind < 2 ? 2 ** A - 1 : random(2 ** A)))
      const weights = (kind: number) =>
        Array.from({ length: PO * PI }, () =>
          kind === 0 ? low : kind === 1 ? -low - 1 : low + random(2 ** W),
        )
      let settled: number[] | null = null
      // Sums that change at the edges to come, the next first.
      const due: (number[] | null)[] = Array.from({ length: LATENCY }, () => null)
      let compared = 0
      const wrong: unknown[] = []
      const tick = () => {
        dut.tick()
        settled = due.shift() ?? settled
        due.push(null)
        // Nothing is known of the sums before the first tile.
        if (settled === null) return
        compared++
        const sums = unpackLanes(ports.acc_o, PX * PO, 32)
        if (sums.join() !== settled.join()) wrong.push([sums, settled])
      }
      for (let tile = 0; tile < 100; tile++) {
        const sums = new Int32Array(PX * PO)
        const beats = 1 + random(5)
        for (let beat = 0; beat < beats; beat++) {
          while (random(4) === 0) {
            Object.assign(ports, { valid_i: 0, first_i: random(2), last_i: random(2) })
            Object.assign(ports, { x_i: packLanes(codes(2), A), w_i: packLanes(weights(2), W) })
            tick()
          }
          const [x, w] = [codes(tile % 4), weights(tile % 4)]
          const isLast = beat === beats - 1
          Object.assign(ports, { valid_i: 1, first_i: +(beat === 0), last_i: +isLast })
          Object.assign(ports, { x_i: packLanes(x, A), w_i: packLanes(w, W) })
          for (let p = 0; p < PX; p++)
            for (let o = 0; o < PO; o++)
              for (let i = 0; i < PI; i++) sums[p * PO + o]! += x[p * PI + i]! * w[o * PI + i]!
          if (isLast) due[LATENCY - 1] = Array.from(sums, (sum) => sum >>> 0)
          tick()
        }
      }
      expect(wrong).toEqual([])
      // A hundred tiles of one beat at the least.
      expect(compared).toBeGreaterThanOrEqual(99)
    })
  },
)

test.each([
  [16, 16, 4],
  [32, 32, 4],
])(
  'the loop over the accumulators of a %ix%ix%i array stays one, which becomes vector instructions',
  async (PI, PO, PX) => {
    const at = await mkdtemp(join(tmpdir(), 'assay-mac-'))
    const { verilator } = await findTools(readEnvironment())
    const flags = [
      ...listSpeedFlags(verilator.version),
      ...verilator.flags,
      `-GPI=${PI}`,
      `-GPO=${PO}`,
      `-GPX=${PX}`,
    ]
    await runTool('verilator', ['--cc', ...flags, '-Mdir', at, 'rtl/mac_array.sv'])
    const files = (await readdir(at)).filter((name) => /^(?!.*Slow).*\.cpp$/.test(name))
    const code = (await Promise.all(files.map((name) => readFile(join(at, name), 'utf8')))).join('')
    // Unrolled, each assignment has its number.
    const stores = code.match(/acc_q\s*\[[^;=]*\]\s*=\s/g) ?? []
    const parts = PI / 4
    expect(stores).toHaveLength((PX * PO * parts) / (4 * parts))
    expect(stores.filter((store) => /\[0x[0-9a-f]+U\]/i.test(store))).toEqual([])
  },
)

test('flags for speed are those that a version knows', () => {
  expect(listSpeedFlags(5.02)).not.toContain('-DASSAY_VECTORISE')
  expect(listSpeedFlags(5.022)).toContain('-DASSAY_VECTORISE')
})

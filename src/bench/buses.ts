/** Buses of the test bench: bursts through a memory, and registers. The RTL is a copy engine of the tests. */
import { join } from 'node:path'
import { axiLite, axiMemory, type Registers, simulate } from '../simulate/index.ts'
import { type Bench, median } from './measure.ts'

const BYTES = 1 << 24
const BEATS = BYTES / 2 / 64
const ROUNDS = 5
const TRANSFERS = 200_000
const GOALS = { cycles: 1_000_000, transfers: 300_000 }

const row = (what: string, value: number, goal: number, unit: string, note: string) => ({
  what,
  target: `${goal.toLocaleString('en-US')} ${unit}`,
  measured: `${Math.round(value).toLocaleString('en-US')} ${unit}`,
  met: value >= goal,
  note,
})

export const busBench: Bench = {
  name: 'bus',
  run: async ({ home }) => {
    await using dut = await simulate({
      top: 'axi_copy',
      sources: [join(home, 'test/simulate/fixtures/axi_copy.sv')],
      parameters: { DataBits: 512 },
      cacheDir: join(home, 'build', 'cache', 'verilator'),
    })
    const control = axiLite(dut, 's_axi')
    const memory = axiMemory(dut, 'm_axi', { bytes: BYTES })
    memory.bytes.fill(1, 0, BYTES / 2)
    for (const [address, value] of [
      [0x08, 0],
      [0x0c, BYTES / 2],
      [0x10, BEATS],
    ] as const)
      await control.write(address, value)
    const cycles: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      memory.bytes.fill(0, BYTES / 2)
      await control.write(0x00, 1)
      const ran = await dut.run({ until: 'done_o', withinCycles: 1e8 })
      if (memory.bytes[BYTES - 1] !== 1) throw new Error('the engine did not copy')
      cycles.push(ran.cycles / ran.seconds)
    }
    const bursts = 'bursts of 16 beats, read and written in turn'
    return [
      row(
        '512 bits through the AXI memory',
        median(cycles),
        GOALS.cycles,
        'cycles/s',
        `${bursts}; median of ${ROUNDS}`,
      ),
      row(
        'registers over AXI4-Lite',
        median(await measureTransfers(control)),
        GOALS.transfers,
        'transfers/s',
        `a write, and a poll of as many reads; median of ${ROUNDS}`,
      ),
    ]
  },
}

async function measureTransfers(control: Registers): Promise<readonly number[]> {
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now()
    for (let i = 0; i < TRANSFERS / 2; i++) await control.write(0x08, i)
    let left = TRANSFERS / 2
    await control.poll(0x08, () => --left === 0, { withinCycles: 1e9 })
    rates.push((1000 * TRANSFERS) / (performance.now() - begin))
  }
  return rates
}

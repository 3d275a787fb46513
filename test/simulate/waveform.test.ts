import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildModel, simulate } from '../../src/simulate/index.ts'

const counter = { top: 'beat_counter', sources: ['test/simulate/fixtures/beat_counter.sv'] }

beforeAll(async () => {
  await buildModel({ ...counter, trace: true })
}, 300_000)

test('waveforms hold their window only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-wave-'))
  const sizeOf = async (fromCycle: number, toCycle: number): Promise<number> => {
    const file = join(folder, `${fromCycle}-${toCycle}.fst`)
    const dut = await simulate({
      top: 'beat_counter',
      sources: [source],
      waveform: { file, fromCycle, toCycle },
    })
    dut.ports.in_valid_i = 1
    dut.tick(20_000)
    await dut.close()
    return (await stat(file)).size
  }
  const none = await sizeOf(0, 0)
  const some = await sizeOf(100, 2_100)
  const all = await sizeOf(0, 20_000)
  expect(some).toBeGreaterThan(none)
  expect(all).toBeGreaterThan(some * 2)
})

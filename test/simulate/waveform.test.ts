import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildModel, simulate } from '../../src/simulate/index.ts'
import { needs } from '../witness.ts'

const counter = { top: 'beat_counter', sources: ['test/simulate/fixtures/beat_counter.sv'] }

needs('zlib.h', 'a traced model', () => {
  beforeAll(async () => {
    await buildModel({ ...counter, trace: true })
  }, 300_000)

  test.each([
    { fromCycle: 100, toCycle: 2_100 },
    { fromCycle: 0, toCycle: 500 },
    { fromCycle: 19_000, toCycle: 30_000 },
  ])('waveforms hold cycles $fromCycle to $toCycle only', async ({ fromCycle, toCycle }) => {
    // Its folder is made.
    const file = join(await mkdtemp(join(tmpdir(), 'assay-wave-')), 'of', 'mine', 'counter.fst')
    const dut = await simulate({ ...counter, waveform: { file, fromCycle, toCycle } })
    dut.ports.in_valid_i = 1
    dut.tick(20_000 - dut.cycle)
    await dut.close()
    // An FST file begins with a header block: type, length, then first and last time, in half cycles here.
    const header = await readFile(file)
    expect(header[0]).toBe(0)
    expect(Number(header.readBigUInt64BE(9))).toBe(2 * fromCycle)
    expect(Number(header.readBigUInt64BE(17))).toBe(2 * Math.min(toCycle, 20_000) - 1)
  })

  test('a waveform that cannot be written is an error, not a file that is missing', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'assay-wave-')), 'folder')
    await mkdir(file)
    await expect(simulate({ ...counter, waveform: { file } })).rejects.toThrow(/EISDIR.*folder/)
  })
})

import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildModel, simulate } from '../../src/simulate/index.ts'
import { needs, testWith } from '../witness.ts'

const counter = { top: 'beat_counter', sources: ['test/simulate/fixtures/beat_counter.sv'] }

needs('zlib.h', 'a traced model', () => {
  beforeAll(async () => {
    await buildModel({ ...counter, trace: true })
  })

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

  /** The last value of each signal of the top, and the time of the last change. */
  function readLast(file: string): { readonly time: number; readonly values: Record<string, number> } {
    const vcd = execFileSync('fst2vcd', [file], { encoding: 'utf8' })
    const names = new Map(
      [...vcd.matchAll(/\$var \w+ \d+ (\S+) (\w+)/g)].map(([, id, name]) => [id, name!] as const),
    )
    const values: Record<string, number> = {}
    for (const [, wide, id, bit, narrow] of vcd.matchAll(/^(?:b([01]+) (\S+)|([01])(\S+))$/gm))
      values[names.get(id ?? narrow) ?? ''] = Number.parseInt(wide ?? bit!, 2)
    return { time: Number([...vcd.matchAll(/^#(\d+)$/gm)].at(-1)![1]), values }
  }

  const failing = { top: 'failing_edge', sources: ['test/simulate/fixtures/failing_edge.sv'] }
  const several = { clocks: { clk_i: { period: 4 }, other_clk_i: { period: 6 } } }
  const one = { clock: 'clk_i' }

  testWith('fst2vcd', 'an assertion that fails has its edge in the waveform', async () => {
    for (const [cycles, options, time] of [
      [0, one, 1],
      [3, one, 7],
      [3, several, 14],
      [0, { ...one, timing: true }, 5000],
      [3, { ...one, timing: { period: '4ns' } }, 14_000],
    ] as const) {
      const file = join(await mkdtemp(join(tmpdir(), 'assay-wave-')), 'fails.fst')
      const dut = await simulate({ ...failing, ...options, waveform: { file } })
      dut.ports.a_i = 1
      dut.tick(cycles)
      dut.ports.a_i = 0x5a
      expect(() => dut.tick()).toThrow(/failing_edge\.sv:35: .*this edge/)
      await dut.close()
      const last = readLast(file)
      expect({ cycles, options, time: last.time }).toEqual({ cycles, options, time })
      expect(last.values).toMatchObject({ clk_i: 1, a_i: 0x5a, seen: 0x5a })
    }
  })

  testWith('fst2vcd', 'so has a process that fails between two edges', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'assay-wave-')), 'fails.fst')
    const defines = { LATE: '1' }
    const dut = await simulate({ ...failing, ...one, defines, timing: true, waveform: { file } })
    expect(() => dut.tick()).toThrow('within a cycle')
    await dut.close()
    expect(readLast(file)).toMatchObject({ time: 7000, values: { clk_i: 1, late: 0x77 } })
  })
})

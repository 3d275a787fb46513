/** What a bench of growing work says of its rows, and the checkpoints that it measures. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { judgeGrowth } from '../../src/bench/growth.ts'
import type { GrowthRow } from '../../src/bench/growth-cost.ts'
import { folderBytes, measureCommand } from '../../src/bench/process.ts'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { SCALES, writeScaled } from '../checkpoint/scaled.ts'

const row = (work: number, cpuSeconds: number, peakBytes: number, diskBytes: number): GrowthRow => ({
  step: 'sim',
  of: String(work),
  work,
  cpuSeconds,
  seconds: 1,
  largestBytes: 1,
  peakBytes,
  diskBytes,
})
const verdicts = (rows: readonly GrowthRow[], flatMemory: boolean) =>
  judgeGrowth(rows, { flatMemory }).map(({ quantity, met }) => `${quantity} ${met ? 'met' : 'missed'}`)

describe('growth', () => {
  test('may be that of the work, within noise', () => {
    const rows = [row(1, 1, 100, 10), row(4, 99, 9999, 9999), row(10, 10.9, 109, 100)]
    expect(verdicts(rows, false)).toEqual(['CPU met', 'memory met', 'disk met'])
    expect(verdicts(rows, true)).toEqual(['CPU met', 'memory met', 'disk met'])
  })

  test('beyond it is missed', () => {
    const rows = [row(1, 1, 100, 0), row(10, 11.1, 111, 1)]
    expect(verdicts(rows, false)).toEqual(['CPU missed', 'memory met', 'disk missed'])
    expect(verdicts(rows, true)).toEqual(['CPU missed', 'memory missed', 'disk missed'])
  })
})

test('a command is measured with all that it starts', async () => {
  const spin = 'const end = Date.now() + 400; while (Date.now() < end); Buffer.alloc(1e8, 1)'
  const nested = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(spin)}])`
  const { cpuSeconds, exitCode } = await measureCommand(process.execPath, ['-e', nested], { cwd: '.' })
  expect(exitCode).toBe(0)
  // On a busy machine it spins less.
  expect(cpuSeconds).toBeGreaterThan(0.1)
})

test('a folder weighs what lies in it, not what its links name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-weigh-'))
  mkdirSync(join(folder, 'a'))
  writeFileSync(join(folder, 'a', 'one'), new Uint8Array(1000))
  symlinkSync(folder, join(folder, 'a', 'loop'))
  expect(folderBytes(folder)).toBe(1000)
})

test.each(['n', 's', 'm'] as const)(
  'the checkpoint of %s has the published number of weights',
  async (scale) => {
    // Millions of parameters of YOLOv8 detection models.
    const published = { n: 3.2, s: 11.2, m: 25.9 }
    const { state } = await readCheckpoint(writeScaled(scale), `${scale}.pt`)
    const learnt = [...state].filter(([name]) => /(weight|bias)$/.test(name))
    const count = learnt.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(count / 1e6).toBeCloseTo(published[scale], 1)
    expect(Object.keys(SCALES)).toContain(scale)
  },
)

/** Sizes of nothing are refused in words by every simulator, whatever it would say of an array without words. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { simulate } from '../../src/simulate/index.ts'
import { needs } from '../witness.ts'

const sources = await readSourceList()
const TINY = { PI: 1, PO: 1, PX: 1, FeatureDepth: 16 }
/** What is set, and what is said of it: under Icarus a memory may speak before the detector does. */
const ZEROS = [
  ['WeightDepth', /depths are 0, \d+, \d+ and \d+ words|rom: Width and Depth must be at least 1/],
  ['ParamDepth', /depths are \d+, 0, \d+ and \d+ words|rom: Width and Depth must be at least 1/],
  ['TableDepth', /depths are \d+, \d+, 0 and \d+ words|rom: Width and Depth must be at least 1/],
  ['ProgramDepth', /depths are \d+, \d+, \d+ and 0 words|rom: Width and Depth must be at least 1/],
  ['FeatureDepth', /FeatureDepth is 0, must be 1 to 2\^24|feature_memory: a size is below 1/],
  ['Capacity', /detector: Capacity is 0, must be 1 to 65535/],
  ['WeightBufferWords', /detector: WeightBufferWords is 0, must be 1 at least/],
  ['MaxDetections', /detector: MaxDetections is 0, must be 1 to 65535/],
] as const

test.each(ZEROS.filter(([name]) => /Weight|Capacity|MaxDetections/.test(name)))(
  'Verilator: %s of 0',
  async (name, says) => {
    const opened = simulate({ top: 'detector', sources, parameters: { ...TINY, [name]: 0 } })
    await expect(opened).rejects.toThrow(says)
  },
)

needs('iverilog', 'Icarus', () => {
  test.each(ZEROS)('%s of 0', async (name, says) => {
    const output = join(await mkdtemp(join(tmpdir(), 'assay-limits-')), 'a.vvp')
    const set = Object.entries({ ...TINY, [name]: 0 }).map(([key, value]) => `-Pdetector.${key}=${value}`)
    await execa('iverilog', ['-g2012', ...set, '-s', 'detector', '-o', output, ...sources])
    const { stdout, exitCode } = await execa('vvp', ['-n', output], { reject: false })
    expect(stdout).toMatch(says)
    expect(exitCode).toBe(1)
  })
})

/** The self-test itself: complete, replayable, and able to fail. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { RtlChoice } from '../../../src/pipeline/bench/options.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { readSourceList } from '../../../src/pipeline/files/rtl-sources.ts'
import { BOX_FAULTS } from '../../../src/pipeline/selftest/box-faults.ts'
import { listLayerFaults } from '../../../src/pipeline/selftest/layer-faults.ts'
import type { PlantedFault } from '../../../src/pipeline/selftest/planted.ts'
import { runSelftest, type SelftestOptions } from '../../../src/pipeline/selftest/selftest.ts'
import { renderSelftest } from '../../../src/report/selftest.ts'
import { MIN_POOL } from '../broken-rtl.ts'
import { makeFolder, optionsOf, prepareDefault } from '../prepared.ts'

const RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))
const model = await prepareDefault()

const run = (rtl: Partial<RtlChoice> = {}, own: Partial<SelftestOptions> = {}) => {
  const simulation = optionsOf(model)
  return runSelftest(
    { simulation: { ...simulation, rtl: { ...simulation.rtl, ...rtl } }, seed: 7, rtl: false, ...own },
    silent,
  )
}

describe('the self-test', () => {
  test('every layer, box field and ROM goes red where it was flipped', async () => {
    const result = await run()
    expect(result.flips.filter(({ caught }) => !caught)).toEqual([])
    const count = (kind: string) => result.flips.filter((flip) => flip.kind === kind).length
    expect([count('golden'), count('boxes'), count('rom file'), count('rom word')]).toEqual([74, 10, 5, 5])
    expect(result).toMatchObject({ verdict: 'all caught', skipped: [] })
    const lines = renderSelftest(result, (_, line) => line).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('RTL that is wrong without a flip is no ground to stand on', async () => {
    const folder = makeFolder()
    await cp(RTL, folder, { recursive: true })
    const path = join(folder, 'code_array.sv')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(MIN_POOL.from, MIN_POOL.to))
    const result = await run({ sources: await readSourceList(join(folder, 'rtl.f')) })
    expect(result.verdict).toBe('something stayed green')
    expect(result.flips).toEqual([
      expect.objectContaining({ kind: 'nothing', expected: 'nowhere', caught: false }),
    ])
    expect(result.flips[0]!.found).toMatch(/^model\.9\.m@1 c\d+ y\d+ x\d+ and 2 more$/)
  })

  test('faults for which RTL has no place are said not to have been planted', async () => {
    const rtlFolder = makeFolder()
    await cp(RTL, rtlFolder, { recursive: true })
    const faults: readonly PlantedFault[] = [...listLayerFaults(true, 16), ...BOX_FAULTS]
    for (const file of new Set(faults.flatMap(({ edits }) => edits.map((edit) => edit.file)))) {
      const text = await readFile(join(rtlFolder, file), 'utf8')
      await writeFile(join(rtlFolder, file), text + text)
    }
    const { flips, skipped } = await run({ folder: rtlFolder }, { rtl: true })
    expect(flips.filter(({ kind }) => kind === 'rtl')).toEqual([])
    expect(skipped).toHaveLength(faults.length)
    expect(skipped).toContainEqual(
      expect.stringMatching(/^no half: .*round_code\.sv does not hold ".*>> 1\)" once$/),
    )
  })
})

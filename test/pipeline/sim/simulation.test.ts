/** The layer diff end to end on the embedded model: green on our RTL, red at the right place on broken RTL. */

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { isRed } from '../../../src/result/result.ts'
import { testWith } from '../../witness.ts'
import { breakRtl, MIN_POOL } from '../broken-rtl.ts'
import { chooseNamed, type OwnOptions, optionsOf, prepareDefault } from '../prepared.ts'
import { namedSignals, readFst } from '../vcd.ts'

const model = await prepareDefault()

const simulate = async (own: OwnOptions = {}) => (await runSimulation(optionsOf(model, own), silent)).result

describe('the layer diff on the embedded model', () => {
  test('isolated: every layer and the boxes are exact', async () => {
    const result = await simulate()
    expect(result.verdict).toBe('exact')
    expect(result.layers.filter((layer) => layer.op === 'conv')).toHaveLength(63)
    expect(result.layers.every((layer) => layer.elements > 0 && layer.cycles > 0)).toBe(true)
    expect(result.boxes).toMatchObject({ expected: 6, actual: 6, mismatches: 0 })
    const text = renderSimResult(result, (_, line) => line)
    const lines = text.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text.replaceAll('\n', ' ')).toMatch(
      /Proved: .* 74 layers and 6 boxes of shapes\.pt \(W8A8\) bit for bit/,
    )
  })

  test('chained: the same from the image alone', async () => {
    const result = await simulate({ mode: 'chained' })
    expect(result.verdict).toBe('exact')
    expect(result.layers).toHaveLength(74)
    expect(result.boxes).toMatchObject({ expected: 6, mismatches: 0 })
  })
})

describe('broken RTL goes red at the right place', () => {
  let rounded: ReturnType<typeof simulate> | undefined
  /** Once for both tests. */
  const roundDown = (): ReturnType<typeof simulate> => {
    rounded ??= simulateRoundingDown()
    return rounded
  }
  const simulateRoundingDown = async () => {
    const sources = await breakRtl([
      { file: 'round_code.sv', from: "$signed((Width'(1) << s) >> 1)", to: "'0" },
    ])
    return simulate({
      sources,
      waveform: true,
      choose: chooseNamed(['model.0', 'model.9.m@1', 'model.22.cv2.0.2']),
    })
  }

  testWith('zlib.h', 'a requantiser that rounds down: every convolution, off by one', async () => {
    const result = await roundDown()
    expect(result.verdict).toBe('mismatch')
    expect(result.layers.map((layer) => [layer.name, isRed(layer)])).toEqual([
      ['model.0', true],
      ['model.9.m@1', false],
      ['model.22.cv2.0.2', true],
    ])
    const { first } = result.layers[2]!
    // No table hides the rounding here: the code is one too small.
    expect(first!.actual).toBe(first!.expected - 1)
    expect(first!.cycle).toBeGreaterThan(0)
    // The waveform holds the window around the write, and its save file names signals that are in it.
    const { file, save, fromCycle, cycle, toCycle, layer } = result.waveform!
    expect(layer).toBe('model.0')
    expect([cycle - fromCycle, toCycle - cycle]).toEqual([300, 50])
    expect((await readFile(file)).length).toBeGreaterThan(1000)
    const text = await readFile(save, 'utf8')
    // Both lie in one folder, and may be moved together.
    expect(text).toContain('[dumpfile] "model.0.fst"\n[savefile] "model.0.gtkw"\n')
  })

  testWith(
    ['zlib.h', 'fst2vcd'],
    'its waveform ends at the write, and has every signal that its save file names',
    async () => {
      const { file, save, fromCycle, toCycle } = (await roundDown()).waveform!
      const text = await readFile(save, 'utf8')
      const { signals, times } = readFst(file)
      const named = namedSignals(text)
      const [accumulators, others] = [true, false].map((is) =>
        named.filter((name) => name.includes('acc_q') === is),
      )
      expect(others!.length).toBeGreaterThan(8)
      for (const signal of others!) expect(signals).toContain(signal)
      // Each has two names, by the version of Verilator.
      expect(accumulators!.length).toBeGreaterThan(0)
      expect(accumulators!.filter((name) => signals.has(name))).toHaveLength(accumulators!.length / 2)
      expect(Math.min(...times)).toBeGreaterThanOrEqual(2 * fromCycle)
      expect(Math.max(...times)).toBeLessThanOrEqual(2 * toCycle + 1)
    },
  )

  test('chained, a max-pool that takes the smaller code: the pool is named, alone too', async () => {
    const sources = await breakRtl([MIN_POOL])
    const result = await simulate({ sources, mode: 'chained' })
    expect(result.waveform).toBeNull()
    expect(result.layers.find(isRed)!.name).toBe('model.9.m@1')
    expect(result.replay).toMatchObject({ layer: 'model.9.m@1', alone: true })
  })
})

/** Whatever is wrong has a waveform; where none can be made, the verdict stands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import type { SimResult } from '../../../src/result/result.ts'
import { needs } from '../../witness.ts'
import { breakRtl } from '../broken-rtl.ts'
import { chooseNamed, makeFolder, type OwnOptions } from '../prepared.ts'
import { smallOptions } from '../small-network.ts'
import { namedSignals, readFst } from '../vcd.ts'

/** One model for all: convolutions round down, additions end in an assertion, and the second box has another class. */
const FAULTS = [
  { file: 'round_code.sv', from: "$signed((Width'(1) << s) >> 1)", to: "'0" },
  {
    file: 'add_codes.sv',
    from: 'if (valid_q[2]) meet;',
    to: 'if (valid_q[2]) begin meet; $error("no sums today"); end',
  },
  {
    file: 'detect_head.sv',
    from: '.candidate_class_o(candidate_class),',
    to: '.candidate_class_o(class_found),',
  },
  {
    file: 'detect_head.sv',
    from: '  class_score #(.PI(PI)',
    to: "  logic [9:0] class_found;\n  assign candidate_class = class_found ^ 10'd1;\n  class_score #(.PI(PI)",
  },
]

let sources: readonly string[] = []
beforeAll(async () => {
  sources = await breakRtl(FAULTS)
})

const run = async (own: OwnOptions): Promise<SimResult> =>
  (await runSimulation(smallOptions({ sources, waveform: true, ...own }), silent)).result

/** What the files of a waveform hold. */
function look({ waveform }: SimResult) {
  const { file, save, fromCycle, cycle, toCycle } = waveform!
  const text = readFileSync(save, 'utf8')
  const { signals, times } = readFst(file)
  expect(text).toContain(`[dumpfile] "${basename(file)}"\n[savefile] "${basename(save)}"\n`)
  expect(Math.min(...times)).toBe(2 * fromCycle)
  expect(Math.max(...times)).toBeLessThanOrEqual(2 * toCycle)
  // The model is at the cycle that the save file points at, or has just failed there.
  expect(Math.max(...times)).toBeGreaterThanOrEqual(2 * cycle - 2)
  return { text, missing: namedSignals(text).filter((name) => !signals.has(name)) }
}

needs(['zlib.h', 'fst2vcd'], 'a waveform', () => {
  test('of a wrong element shows its accumulators', async () => {
    const result = await run({ choose: chooseNamed(['stem']) })
    const { channel, y, x, expected, actual } = result.layers[0]!.first!
    const { text, missing } = look(result)
    expect(text).toContain(`-c${channel} y${y} x${x}: expected ${expected}, got ${actual}, `)
    // Each accumulator has two names, by the version of Verilator.
    const { inputLanes, outputLanes, pixels } = result.run.engine
    const parts = inputLanes / (inputLanes % 4 === 0 ? 4 : 2)
    const own = namedSignals(text).filter((name) => name.includes('acc_q['))
    expect(own).toHaveLength(2 * parts)
    expect(missing).toHaveLength(parts)
    const first = ((x % pixels) * outputLanes + (channel % outputLanes)) * parts
    expect(own[0]).toBe(`TOP.detector.u_engine.u_mac.acc_q[${first}][31:0]`)
  })

  test('of a failed assertion ends there', async () => {
    const result = await run({ choose: chooseNamed(['shortcut']) })
    expect(result.layers[0]).toMatchObject({ first: null, error: expect.stringContaining('no sums today') })
    const { text, missing } = look(result)
    expect(missing).toEqual([])
    expect(text).toContain('no sums today')
    const { error, cycles } = result.layers[0]!
    expect(error).toContain(`cycle ${cycles + 1} of the run`)
    // The waveform counts from power-up: before the run the inputs are loaded.
    expect(result.waveform!.cycle).toBeGreaterThan(cycles)
  })

  test('of a wrong box ends where it was found', async () => {
    const result = await run({ choose: (names) => [names.length - 1] })
    expect(result.boxes).toMatchObject({ error: null, first: { field: 'classIndex' } })
    const { text, missing } = look(result)
    expect(missing).toEqual([])
    expect(text).toMatch(/-box \d+ classIndex: expected/)
    expect(result.waveform!.layer).toBe('boxes')
    expect(result.waveform!.cycle).toBeLessThan(result.boxes!.cycles)
  })

  test('that cannot be written leaves the verdict, and says why', async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'waves'), 'in the way')
    const result = await run({ choose: chooseNamed(['stem']), folder })
    expect(result).toMatchObject({ verdict: 'mismatch', waveform: null })
    expect(result.remarks).toEqual([expect.stringMatching(/^No waveform: .*waves/)])
    expect(renderSimResult(result, (_, line) => line).replaceAll('\n', ' ')).toMatch(
      /No waveform: .* Not proved: /,
    )
    expect(JSON.parse(readFileSync(join(folder, 'sim.json'), 'utf8')).verdict).toBe('mismatch')
  })
})

/** Tensors of different bits in the RTL: exact layer by layer, and red where it saturates at the datapath's top. */
import { describe, expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
import { writeIntegerGraph } from '../../../src/quantise/integer-file.ts'
import { isRed, type SimResult } from '../../../src/result/result.ts'
import { sha256 } from '../../../src/store/hash.ts'
import { randomImage } from '../../golden/random-graph.ts'
import { needs } from '../../witness.ts'
import { breakRtl } from '../broken-rtl.ts'
import { chooseNamed, layersOf, type OwnOptions, SMALL_ENGINE } from '../prepared.ts'
import { makeSmallGraph } from '../small-network.ts'

/** Both ends wider than the rest; `split`, `shortcut` and `neck` between, and class logits unlike box logits. */
const BITS: Readonly<Record<string, number>> = {
  ...{ images: 8, box0: 8, box1: 8, cls0: 6, cls1: 6 },
  ...{ split: 5, shortcut: 5, neck: 5 },
}
const graph = makeSmallGraph(SMALL_ENGINE.tableBits, {
  weightBits: 4,
  activationBits: 4,
  bitsOf: (name) => BITS[name] ?? 4,
})
const image = { path: 'small.png', bytes: Uint8Array.of(1), letterboxed: null, codes: randomImage(graph, 1) }
const engine = { ...SMALL_ENGINE, weightBits: 4 }

async function run(own: OwnOptions = {}): Promise<SimResult> {
  const model = { name: 'small.pt', hash: sha256(writeIntegerGraph(graph)), id: 0x1234abcd, graph }
  const options = layersOf(model, { imagePath: image.path, image }, { engine, ...own })
  return (await runSimulation(options, silent)).result
}
const reds = ({ layers }: SimResult): readonly string[] => layers.filter(isRed).map(({ name }) => name)

describe('in Verilator', () => {
  test('every layer, the boxes and all generated stimulus are exact', async () => {
    const result = await run({ stimulus: 'all' })
    expect([reds(result), result.verdict]).toEqual([[], 'exact'])
    expect(result.boxes?.expected).toBeGreaterThan(0)
  })

  test('a chain from the image on is exact', async () => {
    expect((await run({ mode: 'chained' })).verdict).toBe('exact')
  })

  // Stimulus reaches the top of every tensor; the image of random codes may not.
  test.each([
    {
      what: 'an addition',
      change: { file: 'conv_engine.sv', from: '.max_i(code_max_q[A-1:0])', to: ".max_i({A{1'b1}})" },
      red: ['shortcut'],
      top: 31,
    },
    {
      what: 'a convolution without table',
      change: {
        file: 'conv_engine.sv',
        from: '.max_i(code_max_q),',
        to: ".max_i(instr_i[assay_pkg::HasTable] ? code_max_q : TableBits'({A{1'b1}})),",
      },
      red: ['cls0', 'cls1'],
      top: 63,
    },
  ])('$what that saturates at the top of the datapath is red', async ({ change, red, top }) => {
    const result = await run({ sources: await breakRtl([change]), stimulus: 'all' })
    const wrong = result.stimulus!.red
    expect([...new Set(wrong.map(({ name }) => name.split(' ')[0]))]).toEqual(red)
    for (const { first, kind, histogram } of wrong) {
      expect(first!.actual).toBeGreaterThan(top)
      expect([kind?.name, kind?.evidence]).toEqual(['saturated', expect.stringContaining(`above ${top},`)])
      expect(histogram!.codes).toBeGreaterThan(top + 1)
    }
  })
})

needs(['iverilog'], 'in Icarus', () => {
  test('an addition, and convolutions with and without a table, are exact', async () => {
    const choose = chooseNamed(['stem', 'shortcut', 'cls1'])
    const result = await run({ simulator: 'icarus', choose })
    expect([result.layers.map(({ name }) => name), reds(result)]).toEqual([['stem', 'shortcut', 'cls1'], []])
  })
})

/** The detector under two simulators: the same codes in the same cycles, and no unknown bit on its way out. */
import { expect, test } from 'vitest'
import { DEFAULT_NMS } from '../../src/pipeline/engine-choice.ts'
import { silent } from '../../src/pipeline/progress.ts'
import { runSimulation } from '../../src/pipeline/simulation.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { needs } from '../witness.ts'
import { makeFolder, prepareDefault } from './prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from './shared-data.ts'

const { prepared } = await prepareDefault()

const simulate = async (simulator: 'verilator' | 'icarus', wanted: readonly string[]) =>
  (
    await runSimulation(
      {
        mode: 'isolated',
        modelName: 'shapes.pt',
        modelHash: prepared.hash,
        modelId: prepared.modelId,
        graph: prepared.integer,
        imagePath: DEFAULT_IMAGE,
        engine: { ...DEFAULT_ENGINE, inputLanes: 2, outputLanes: 2, pixels: 1, tableBits: 10 },
        nms: DEFAULT_NMS,
        folder: makeFolder(),
        cacheDir: VERILATOR_CACHE,
        simulator,
        choose: (names) =>
          wanted.length === 0 ? names.map((_, at) => at) : wanted.map((name) => names.indexOf(name)),
      },
      silent,
    )
  ).result

needs('iverilog', 'the detector under Icarus', () => {
  test('a convolution, a table, an add: as under Verilator, cycle for cycle', async () => {
    const wanted = ['model.8.m.0', 'model.22.cv3.2.1', 'model.22.cv3.2.2']
    const [verilator, icarus] = [await simulate('verilator', wanted), await simulate('icarus', wanted)]
    const facts = ({ layers }: typeof icarus) =>
      layers.map(({ name, op, elements, mismatches, stray, repeated, cycles, error }) => ({
        name,
        op,
        elements,
        mismatches,
        stray,
        repeated,
        cycles,
        error,
      }))
    expect(icarus.verdict).toBe('exact')
    expect(facts(icarus)).toEqual(facts(verilator))
    expect(icarus.layers.map(({ op }) => op)).toEqual(['add', 'conv', 'conv'])
  }, 300_000)

  test('more than it can do in a minute is refused, with layers to choose', async () => {
    await expect(simulate('icarus', [])).rejects.toThrow(/75 layers have 86\.5 MMAC.*--layers model\.22\.cv3/)
  })
})

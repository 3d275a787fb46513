/** The detector under two simulators: the same codes in the same cycles, and no unknown bit on its way out. */
import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
import { needs } from '../../witness.ts'
import { chooseNamed, optionsOf, prepareDefault, SMALL_ENGINE } from '../prepared.ts'

const model = await prepareDefault()
const engine = { ...SMALL_ENGINE, inputLanes: 2, outputLanes: 2, pixels: 1 }

const simulate = async (simulator: 'verilator' | 'icarus', wanted: readonly string[]) => {
  const choose = wanted.length === 0 ? {} : { choose: chooseNamed(wanted) }
  return (await runSimulation(optionsOf(model, { engine, simulator, ...choose }), silent)).result
}

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
  })

  test('more than it can do in a minute is refused, with layers to choose', async () => {
    await expect(simulate('icarus', [])).rejects.toThrow(/75 layers have 86\.5 MMAC.*--layers model\.22\.cv3/)
  })
})

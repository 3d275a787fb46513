import { expect, test } from 'vitest'
import { detectSpec } from '../../src/golden/head-spec.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeHeadVector } from '../golden/head-vectors.ts'
import { benchOptions, type HeadParameters, type HeadPorts, loadHead, runHead } from './detect-head-bench.ts'

const parameters: HeadParameters = { PI: 4, PX: 2, Capacity: 64, MaxDetections: 20 }

const makeVector = (seed: number) =>
  makeHeadVector({
    seed,
    levels: [[8, 3, 4], [16, 2, 2]],
    classes: 5,
    regMax: 7,
    options: { capacity: parameters.Capacity, maxDetections: parameters.MaxDetections },
  }) // biome-ignore format: a level an element

test('a reset at any moment leaves nothing of the run before', async () => {
  const [broken, vector] = [makeVector(3), makeVector(4)]
  const { geometry, head, boxCodes, classCodes, options } = vector
  const expected = detectSpec(geometry, head, boxCodes, classCodes, options)
  const loads = loadHead(broken, parameters)
  for (let cycles = 1; cycles < 1500; cycles += 37) {
    await using dut = await simulate<
      HeadPorts & { rst_ni: number; readonly busy_o: number; readonly done_o: number }
    >({
      ...benchOptions(parameters, 8),
      randomiseUnknowns: true,
      seed: cycles,
    })
    expect([dut.ports.busy_o, dut.ports.done_o], 'out of reset').toEqual([0, 0])
    dut.ports.start_i = 0
    await dut.stream('load').sendPacked(loads)
    await dut.stream('load').flush({ withinCycles: loads.length })
    dut.ports.start_i = 1
    dut.tick()
    dut.ports.start_i = 0
    dut.tick(cycles)
    dut.ports.rst_ni = 0
    dut.tick(2)
    expect([dut.ports.busy_o, dut.ports.done_o], 'in reset').toEqual([0, 0])
    dut.ports.rst_ni = 1
    const { result } = await runHead(dut, vector, parameters)
    expect(result, `after ${cycles} cycles`).toEqual(expected)
  }
})

/**
 * What Yosys makes of the RTL for an FPGA computes what the RTL does: the netlists of the engine and of the head, from primitives with Yosys' models
 * of them, under the benches of the RTL. Minutes: Yosys maps, and Verilator compiles thousands of primitives.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { detectSpec } from '../../src/golden/head-spec.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeHeadVector } from '../golden/head-vectors.ts'
import { needs } from '../witness.ts'
import { benchOptions, type HeadParameters, type HeadPorts, runHead } from './detect-head-bench.ts'
import { compareTaps, DEPTHS, openDetector, runProgram } from './detector-bench.ts'
import { everyOperator } from './every-operator.ts'
import { breakWhenSynthesised, mapToNetlist } from './netlist.ts'
import type { Engine } from './program-bench.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-netlist-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const scratch = () => mkdtemp(join(folder, 'map-'))

needs('yosys', 'the netlist of', () => {
  const engine: Engine = { PI: 2, PO: 4, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 8 }
  const { FeatureDepth, WeightDepth, ParamDepth } = DEPTHS
  const parameters = { ...engine, FeatureDepth, WeightDepth, ParamDepth }

  /** The first difference of each instruction, or null, over a program of every operator. */
  async function differ(sources: readonly string[]): Promise<readonly (string | null)[]> {
    const program = everyOperator(engine, 1)
    await using dut = await openDetector(program, program.words(), { sources })
    const { error, taps } = runProgram(dut, 0, program.instructions.length - 1)
    expect(error).toBe(0)
    return program.expected.map((words, pc) => compareTaps(taps[pc], words))
  }

  test('the engine writes every word of every operator', async () => {
    const sources = await mapToNetlist({ top: 'conv_engine', parameters }, await scratch())
    // Products are DSPs there: their mapping is part of what is tried.
    const models = sources.find((path) => path.endsWith('cells.v'))!
    expect(await readFile(models, 'utf8')).toContain('module DSP48E1')
    const found = await differ(sources)
    expect(found).toEqual(found.map(() => null))
  })

  test('an engine whose sums are wrong in hardware alone does not', async () => {
    const broken = await breakWhenSynthesised('mac_array', 'acc_o', await scratch())
    expect(await differ(broken)).not.toContainEqual(expect.any(String))
    const found = await differ(
      await mapToNetlist({ top: 'conv_engine', parameters, sources: broken }, await scratch()),
    )
    expect(found.filter((difference) => difference !== null)).not.toEqual([])
  })

  const head: HeadParameters = { PI: 4, PX: 2, Capacity: 40, MaxDetections: 12 }

  async function runOn(sources: readonly string[], multiLabel: boolean) {
    const vector = makeHeadVector({
      seed: 31,
      ...{ levels: [[8, 4, 5], [16, 2, 3]], classes: 11, regMax: 16, bits: 8 }, // biome-ignore format: a level an element
      options: { multiLabel, minCode: 140, capacity: 40, maxDetections: 12, iouThreshold: 500 },
    })
    const options = benchOptions(head, vector.bits)
    const bench = options.sources.filter((path) => path.startsWith('test/'))
    await using dut = await simulate<HeadPorts>({ ...options, sources: [...sources, ...bench] })
    const { result } = await runHead(dut, vector, head)
    const { geometry, head: tables, boxCodes, classCodes } = vector
    return { result, expected: detectSpec(geometry, tables, boxCodes, classCodes, vector.options) }
  }

  const mapHead = async (sources?: readonly string[]) =>
    mapToNetlist(
      { top: 'detect_head', parameters: { ...head, ActivationBits: 8 }, ...(sources && { sources }) },
      await scratch(),
    )

  test('the head keeps the boxes of detectSpec', async () => {
    const sources = await mapHead()
    for (const multiLabel of [false, true]) {
      const { result, expected } = await runOn(sources, multiLabel)
      expect(expected.boxes.length).toBeGreaterThan(3)
      expect(result).toEqual(expected)
    }
  })

  test('a head whose quotients are wrong in hardware alone does not', async () => {
    const broken = await breakWhenSynthesised('divider', 'quotient_o', await scratch())
    const { result, expected } = await runOn(await mapHead(broken), false)
    expect(result).not.toEqual(expected)
  })
})

/** A module of somebody else's with signed codes: what it is sent and what comes back is two's complement. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { runSpec } from '../../../src/golden/run.ts'
import type { IntegerConv, IntegerGraph } from '../../../src/golden/types.ts'
import { listLayers } from '../../../src/operator/layer-info.ts'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import { buildLayer, openLayer } from '../../../src/pipeline/own-rtl/open.ts'
import { runOperator } from '../../../src/pipeline/own-rtl/run.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import type { LayerResult } from '../../../src/result/result.ts'
import { createRandom } from '../../golden/random.ts'
import { makeFolder } from '../prepared.ts'
import { VERILATOR_CACHE } from '../shared-data.ts'
import { signedModule } from './signed-module.ts'

const floor = PROFILES.find(({ name }) => name === 'power-of-two-floor')!
const [INPUTS, OUTPUTS, HEIGHT, WIDTH] = [5, 4, 6, 7]
const quant = { scale: 0.25, zeroPoint: 128, bits: 8 }

/** Shifts of one channel go to the left. */
function makeGraph(table: boolean): IntegerGraph {
  const random = createRandom(11)
  const conv = {
    ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: [OUTPUTS, HEIGHT, WIDTH], quant },
    ...{ inChannels: INPUTS, kernel: 1, stride: 1, padding: 0, weightBits: 8, requantZeroPoint: 128 },
    ...{ requantBits: 8, requantScale: 0.25, weightScale: new Float64Array(OUTPUTS).fill(1) },
    weight: Int8Array.from({ length: OUTPUTS * INPUTS }, () => random.integer(-128, 127)),
    bias: Int32Array.of(-3000, 40, 7, 100_000),
    multiplier: new Uint16Array(OUTPUTS),
    shift: Int8Array.of(8, 7, 9, -1),
    table: table ? Uint8Array.from({ length: 256 }, (_, index) => (index * 77 + 5) % 256) : null,
  } as unknown as IntegerConv
  return {
    ...{ weightBits: 8, activationBits: 8, aliases: new Map(), head: null, profile: floor },
    nodes: [{ op: 'input', name: 'images', shape: [INPUTS, HEIGHT, WIDTH], quant }, conv],
    detect: { name: 'detect', regMax: 1, classes: ['one'], levels: [] },
  }
}

const image = (() => {
  const random = createRandom(5)
  return Uint8Array.from({ length: INPUTS * HEIGHT * WIDTH }, () => random.integer(0, 255))
})()

async function run(table: boolean, parameters: OperatorConfig['parameters'] = {}): Promise<LayerResult> {
  const graph = makeGraph(table)
  const golden = runSpec(graph, image)
  const [layer] = listLayers(graph)
  const loaded = signedModule({ HasTable: '$hasTable', ...parameters })
  const at = {
    ...{ folder: makeFolder(), cacheDir: VERILATOR_CACHE, simulator: 'verilator' as const },
    environment: readEnvironment({}),
  }
  const built = await buildLayer(loaded, layer!, at)
  await using open = await openLayer(built, golden, at)
  return (await runOperator(open.dut, built.own, layer!, golden)).result
}

describe('a module with signed codes', () => {
  test.each([false, true])('is exact (with a table: %s)', async (table) => {
    const result = await run(table)
    expect(result).toMatchObject({
      ...{ mismatches: 0, first: null, stray: 0, repeated: 0, error: null, kind: null },
      histogram: { codes: 256, least: -128, actual: null },
    })
    const codes = runSpec(makeGraph(table), image).get('conv')!
    expect(new Set(codes).size, 'codes of many values, or nothing is shown').toBeGreaterThan(40)
  })

  test('that rounds half up instead of down is red, and the arithmetic is named', async () => {
    const result = await run(true, { HalfUp: 1 })
    expect(result.mismatches).toBeGreaterThan(20)
    expect(result.kind?.name).toBe('arithmetic')
    expect(result.kind?.evidence).toContain(
      'all 168 elements are explained completely by: power-of-two-floor with rounding half-up instead of floor',
    )
  })

  test('whose codes are not sign-extended to their lane is red at negative ones, as they came', async () => {
    const result = await run(false, { ZeroAbove: 1 })
    const codes = runSpec(makeGraph(false), image).get('conv')!
    expect(result.mismatches).toBe(codes.filter((code) => code < 128).length)
    const { expected, actual } = result.first!
    expect(expected).toBeLessThan(0)
    expect(actual).toBe(expected + 256)
  })
})

test('a layer of signed codes is told with their own values', () => {
  const [layer] = listLayers(makeGraph(true))
  expect(layer).toMatchObject({
    ...{ padCode: 0, zeroPoint: 0, inputZeroPoint: 0, outputZeroPoint: 0, requantMin: -128, requantMax: 127 },
    ...{ signedCodes: 1, accumulatorBits: 32, biasBits: 32, multiplierBits: 0, shiftBits: 7, hasTable: 1 },
    inputs: [{ name: 'images', scale: 0.25, zeroPoint: 0, bits: 8 }],
  })
})

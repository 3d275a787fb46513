import { describe, expect, test } from 'vitest'
import { runSpec } from '../../src/golden/run.ts'
import { chooseObservers } from '../../src/quantise/auto-observer.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import { buildIntegerGraph, type QuantiseOptions, type Scope } from '../../src/quantise/integer-graph.ts'
import { OBSERVERS, type Observer, type Range } from '../../src/quantise/observers.ts'
import { listOutputTensors, outputError } from '../../src/quantise/output-error.ts'
import { histogramsOf, listSlots, selectRange } from '../../src/quantise/ranges.ts'
import { sampledFrom } from './sample-of.ts'
import { runSmall, smallGraph, smallImage } from './small-network.ts'

const bits = 3
const codesOf = (pixels: Uint8Array) => pixels.map((pixel) => Math.round((pixel * (2 ** bits - 1)) / 255))
const real = (pixels: Uint8Array) => Float32Array.from(pixels, (pixel) => pixel / 255)
const images = [1, 2, 3, 4].map(smallImage)
const calibration = await calibrate(
  smallGraph,
  sampledFrom(smallGraph, (image) => runSmall(smallGraph, image)),
  images.map((image) => ({ real: real(image) })),
)
const probes = images
  .slice(0, 2)
  .map((pixels) => ({ codes: codesOf(pixels), real: runSmall(smallGraph, real(pixels)) }))
const optionsOf = (scope: Scope): QuantiseOptions => ({
  weightBits: 6,
  activationBits: bits,
  tableBits: 4,
  scope,
})

/** The mean error of the output with these observers, by the reference. */
function errorOf(observers: ReadonlyMap<string, Observer>, scope: Scope): number {
  const options = optionsOf(scope)
  const slots = listSlots(smallGraph)
  const ranges = new Map<string, Range>(
    slots.map((slot) => [
      slot.key,
      selectRange(slot, histogramsOf(slot, calibration), observers.get(slot.key)!, options),
    ]),
  )
  const integer = buildIntegerGraph(smallGraph, ranges, options)
  const wanted = new Set(listOutputTensors(smallGraph, scope === 'all' ? 'integer' : 'float'))
  const errors = probes.map(({ codes, real: truth }) => {
    const made = [...runSpec(integer, codes)].filter(([name]) => wanted.has(name))
    return outputError(integer, new Map(made), truth)
  })
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}

/** Layer by layer the best observer, with what was chosen before; a layer is an index and the tensor behind it. */
function chooseGreedily(scope: Scope, fixed: ReadonlyMap<string, Observer>) {
  const observers = new Map(listSlots(smallGraph).map(({ key }) => [key, fixed.get(key) ?? 'mse'] as const))
  let error = errorOf(observers, scope)
  for (const layer of [['a.conv', 'a'], ['b.conv', 'b'], ['sum']]) {
    const open = layer.filter((key) => !fixed.has(key))
    for (const observer of OBSERVERS.filter((one) => one !== 'mse' && open.length > 0)) {
      const other = new Map([...observers, ...open.map((key) => [key, observer] as const)])
      const own = errorOf(other, scope)
      if (own >= error) continue
      error = own
      for (const key of open) observers.set(key, observer)
    }
  }
  return { observers, error }
}

describe.each(['all', 'no-last'] as const)('chooseObservers, scope %s', (scope) => {
  test.each([
    { because: 'all are open', fixed: new Map<string, Observer>() },
    {
      because: 'some are decided',
      fixed: new Map<string, Observer>([
        ['a', 'max'],
        ['sum', 'entropy'],
      ]),
    },
    {
      because: 'a whole layer is',
      fixed: new Map<string, Observer>([
        ['b.conv', 'mse'],
        ['b', 'percentile'],
      ]),
    },
  ])('gives each layer what harms the output least, where $because', async ({ fixed }) => {
    const choice = await chooseObservers({ graph: smallGraph, calibration, probes, fixed }, optionsOf(scope))
    const expected = chooseGreedily(scope, fixed)
    expect([...choice.observers]).toEqual([...expected.observers])
    expect(choice.error).toBeCloseTo(expected.error, 12)
    expect(choice.error).toBeLessThanOrEqual(
      errorOf(new Map([...expected.observers.keys()].map((key) => [key, fixed.get(key) ?? 'mse'])), scope),
    )
    // Costs are of what was tried: every open slot of a layer has the layer's, and the first is that of where the choice stands.
    const open = ['a.conv', 'a', 'b.conv', 'b', 'sum'].filter((key) => !fixed.has(key))
    expect([...choice.costs.keys()].toSorted()).toEqual(open.toSorted())
  })
})

test('the costs of the first layer are the errors of what was tried there', async () => {
  const { costs } = await chooseObservers(
    { graph: smallGraph, calibration, probes, fixed: new Map() },
    optionsOf('all'),
  )
  const start = listSlots(smallGraph).map(({ key }) => [key, 'mse'] as const)
  const tried = [...costs.get('a.conv')!]
  expect(tried.length).toBeGreaterThan(2)
  for (const [observer, cost] of tried) {
    const trial = new Map<string, Observer>([...start, ['a.conv', observer], ['a', observer]])
    expect(cost).toBeCloseTo(errorOf(trial, 'all'), 12)
  }
  expect(costs.get('a')).toEqual(costs.get('a.conv'))
})

test('progress is told by layer', async () => {
  const told: string[] = []
  await chooseObservers(
    { graph: smallGraph, calibration, probes, fixed: new Map() },
    optionsOf('all'),
    (done, of) => told.push(`${done} of ${of}`),
  )
  expect(told).toEqual(['1 of 3', '2 of 3', '3 of 3'])
})

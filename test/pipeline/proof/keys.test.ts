/** Keys of proofs: whatever decides an outcome must change the key of it, each of its parts alone. */

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Codes } from '../../../src/golden/types.ts'
import type { SimulationBench } from '../../../src/pipeline/bench/bench.ts'
import { keyLayers } from '../../../src/pipeline/proof/keys.ts'
import { keyMade, keyStimulus } from '../../../src/pipeline/stimulus/stimulus.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { ROM_NAMES, type RomName, type Step } from '../../../src/rom/emit.ts'
import { changeOptions, type OwnOptions } from '../prepared.ts'
import { makeBench } from '../small-network.ts'

const bench = makeBench()
const store = { folder: '', programHash: 'p' }
const names = bench.roms.steps.map(({ name }) => name)

const withSimulation = (own: Partial<SimulationBench['simulation']>): SimulationBench => ({
  ...bench,
  simulation: { ...bench.simulation, ...own },
})
const withEngine = (own: Partial<SimulationBench['roms']['engine']>): SimulationBench => ({
  ...bench,
  roms: { ...bench.roms, engine: { ...bench.roms.engine, ...own } },
})
/** One step changed, by name. */
const withStep = (name: string, own: Partial<Step>): SimulationBench => ({
  ...bench,
  roms: {
    ...bench.roms,
    steps: bench.roms.steps.map((step) => (step.name === name ? { ...step, ...own } : step)),
  },
})
const stepOf = (name: string): Step => bench.roms.steps[names.indexOf(name)]!
const flip = (name: RomName, at: number): SimulationBench => {
  const bytes = bench.roms[name].bytes.slice()
  bytes.set([bytes.at(at)! ^ 1], at < 0 ? bytes.length + at : at)
  return { ...bench, roms: { ...bench.roms, [name]: { ...bench.roms[name], bytes } } }
}
const withGolden = (name: string, codes: Codes): SimulationBench => ({
  ...bench,
  golden: new Map(bench.golden).set(name, codes),
})

/** What decides every simulation of a run. */
const SURROUNDINGS: readonly { because: string; change: () => SimulationBench }[] = [
  { because: 'the RTL or a tool', change: () => ({ ...bench, buildKey: 'other' }) },
  { because: 'a seed', change: () => withSimulation({ seed: 9 }) },
  { because: 'stalls', change: () => withSimulation({ stalls: { probability: 0.1 } }) },
  { because: 'random power-ups', change: () => withSimulation({ randomiseUnknowns: true }) },
  { because: 'the simulator', change: () => withSimulation({ simulator: 'icarus' }) },
  {
    because: 'a plusarg',
    change: () => withSimulation({ plusargs: { ...bench.simulation.plusargs, fault: 1 } }),
  },
  { because: 'the number of boxes', change: () => withEngine({ maxDetections: 5 }) },
  { because: 'the array', change: () => withEngine({ inputLanes: 4 }) },
]
const ENVIRONMENT = [
  ['ASSAY_SEED', '7'],
  ['ASSAY_SIMULATOR', 'icarus'],
  ['ASSAY_COVERAGE', '/counts'],
  ['ASSAY_MUTANT', '3'],
  ['CXX', 'clang++'],
  ['VERILATOR_ROOT', '/v'],
] as const

describe('the key of a layer', () => {
  const keysOf = (changed: SimulationBench, own = store) => keyLayers(own, changed, changed.chosen)
  const before = keysOf(bench)
  /** Names of layers whose key is not that of the unchanged run. */
  const changedBy = (changed: SimulationBench, own = store): readonly string[] =>
    keysOf(changed, own).flatMap((key, at) => (key === before[at] ? [] : [names[at]!]))

  test('is the same for the same inputs, and its own for every layer', () => {
    expect(changedBy(makeBench())).toEqual([])
    expect(new Set(before).size).toBe(names.length)
  })

  test('is the same wherever sources, models and ROM files lie', () => {
    const moved = Object.fromEntries(ROM_NAMES.map((name) => [name, `/elsewhere/${name}.mem`]))
    expect(
      changedBy(withSimulation({ plusargs: moved, sources: ['/x.sv'], cacheDir: '/c', fresh: true })),
    ).toEqual([])
  })

  test.each([
    ...SURROUNDINGS,
    {
      because: 'the mode',
      change: () => ({ ...bench, ...changeOptions(bench, { mode: 'chained' }) }),
    },
  ])('$because changes every key', ({ change }) => {
    expect(changedBy(change())).toEqual(names)
  })

  test.each(ENVIRONMENT)('%s changes every key', (name, value) => {
    vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const options = changeOptions(bench, { environment: readEnvironment() })
    expect(changedBy({ ...bench, ...options })).toEqual(names)
  })

  test('another version of this program changes every key', () => {
    expect(changedBy(bench, { folder: '', programHash: 'q' })).toEqual(names)
  })

  test.each(ROM_NAMES)(
    'one bit of the %s changes every key: wrong RTL may read beyond its own words',
    (name) => {
      expect(changedBy(flip(name, 0))).toEqual(names)
      expect(changedBy(flip(name, -1))).toEqual(names)
    },
  )

  test('the expected boxes change the boxes alone', () => {
    const expectedBoxes = { ...bench.expectedBoxes!, candidates: bench.expectedBoxes!.candidates + 1 }
    expect(changedBy({ ...bench, expectedBoxes })).toEqual(['detect'])
  })

  test.each([
    { name: 'stem', layers: ['stem', 'split'] },
    // The copy reads and writes it.
    { name: 'split', layers: ['split', 'split>route'] },
    { name: 'cls1', layers: ['cls1', 'detect'] },
  ])('one golden code of $name changes the layers that write and read it: $layers', ({ name, layers }) => {
    const codes = bench.golden.get(name)!.slice() as Codes
    codes[codes.length - 1]! ^= 1
    expect(changedBy(withGolden(name, codes))).toEqual(layers)
  })

  test('golden codes of another type with the same bytes are others', () => {
    const { buffer, byteOffset, byteLength } = bench.golden.get('split')!.slice()
    const codes = new Uint16Array(buffer, byteOffset, byteLength / 2)
    expect(changedBy(withGolden('split', codes))).toContain('split')
  })

  test.each([
    {
      what: 'an instruction',
      change: () => {
        const { instruction } = stepOf('deep')
        return withStep('deep', { instruction: { ...instruction, padCode: 77 } as Step['instruction'] })
      },
    },
    { what: 'where a layer writes', change: () => withStep('deep', { place: stepOf('stem').place }) },
    { what: 'what it reads', change: () => withStep('deep', { reads: ['split'] }) },
    { what: 'what it writes', change: () => withStep('deep', { writes: 'stem' }) },
  ])('$what changes its layer alone', ({ change }) => {
    expect(changedBy(change())).toEqual(['deep'])
  })

  test('where a tensor lies changes the layers that read it', () => {
    const place = { ...bench.roms.placements.get('deep')!, base: 4000 }
    const placements = new Map(bench.roms.placements).set('deep', place)
    const readers = bench.roms.steps.filter(({ reads }) => reads.includes('deep'))
    expect(readers.length).toBeGreaterThan(0)
    expect(changedBy({ ...bench, roms: { ...bench.roms, placements } })).toEqual(
      readers.map(({ name }) => name),
    )
  })

  test('its name, and its place in the program, are part of it', () => {
    expect(changedBy(withStep('deep', { name: 'other' }))).toEqual(['deep'])
    const later = { ...bench, roms: { ...bench.roms, steps: [stepOf('stem'), ...bench.roms.steps] } }
    // The same step, one further on.
    expect(keyLayers(store, later, [1])).not.toEqual(keyLayers(store, bench, [0]))
  })
})

describe('the key of generated stimulus', () => {
  const key = (changed: SimulationBench) => keyStimulus(changed, 'corners', store)
  const withOptions = (own: OwnOptions): SimulationBench => ({
    ...bench,
    ...changeOptions(bench, own),
  })

  test.each([
    ...SURROUNDINGS,
    { because: 'the model', change: () => withOptions({ modelHash: 'x' }) },
    {
      because: 'a setting of q_NMS',
      change: () => withOptions({ nms: { ...bench.rtl.nms, iou: 0.5 } }),
    },
    { because: 'the choice of layers', change: () => ({ ...bench, chosen: bench.chosen.slice(1) }) },
    ...ROM_NAMES.map((name) => ({ because: `one bit of the ${name}`, change: () => flip(name, -1) })),
  ])('$because changes it', ({ change }) => {
    expect(key(makeBench())).toBe(key(bench))
    expect(key(change())).not.toBe(key(bench))
  })

  test('the image does not: stimuli come from the model', () => {
    const { codes } = bench.image
    const image = Object.assign({}, bench.image, { codes: codes.with(5, codes[5]! ^ 1) })
    expect(key({ ...bench, image })).toBe(key(bench))
  })

  test('so do what is chosen, and another version of this program', () => {
    expect(keyStimulus(bench, 'random', store)).not.toBe(key(bench))
    expect(keyStimulus(bench, 'corners', { folder: '', programHash: 'q' })).not.toBe(key(bench))
  })

  test('what was made is known by model, engine, settings, layers, choice and program, and is the same for every RTL', () => {
    const nms = { minCode: 1, iouThreshold: 2, capacity: 3, maxDetections: 4, multiLabel: false }
    const own = keyMade(bench, 'corners', nms)
    for (const same of [{ ...bench, buildKey: 'other' }, withSimulation({ seed: 9 })])
      expect(keyMade(same, 'corners', nms)).toBe(own)
    const others = [
      keyMade(withOptions({ modelHash: 'x' }), 'corners', nms),
      keyMade(withEngine({ outputLanes: 16 }), 'corners', nms),
      keyMade({ ...bench, chosen: [0] }, 'corners', nms),
      keyMade(withOptions({ evidence: store }), 'corners', nms),
      keyMade(withOptions({ evidence: { ...store, programHash: 'q' } }), 'corners', nms),
      keyMade(bench, 'all', nms),
      keyMade(bench, 'corners', null),
      keyMade(bench, 'corners', { ...nms, iouThreshold: 5 }),
    ]
    expect(new Set([own, ...others]).size).toBe(9)
  })
})

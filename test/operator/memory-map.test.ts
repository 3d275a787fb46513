/** Addresses of a whole network: each layer finds at them what the layers before it computed. */
import { describe, expect, test } from 'vitest'
import { hardwareCodes } from '../../src/golden/code-range.ts'
import { runSpec } from '../../src/golden/run.ts'
import { layWords } from '../../src/operator/beats.ts'
import { listLayers } from '../../src/operator/layer-info.ts'
import { layoutIndices } from '../../src/operator/layout.ts'
import type { OperatorConfig } from '../../src/operator/operator-config.ts'
import { settleConfig } from '../../src/operator/settle-config.ts'
import type { LayerInfo } from '../../src/operator/types.ts'
import { randomImage } from '../golden/random-graph.ts'
import { prepareDefault } from '../pipeline/prepared.ts'

const { prepared } = await prepareDefault()
const GRAPH = prepared.integer
const LAYERS = listLayers(GRAPH)
const GOLDEN = runSpec(GRAPH, randomImage(GRAPH, 3))

const CONFIG: OperatorConfig = {
  top: 't',
  sources: [],
  layers: () => true,
  buses: {
    control: { kind: 'axi-lite' },
    ddr: { kind: 'axi-memory', base: 0x8000_0000 },
  },
  regions: [
    { tensor: 'input', order: 'i/8 y x i%8' },
    { name: 'scratch', bytes: ({ macs }) => 16 * (macs % 7) },
  ],
  inputs: [],
  output: { tensor: 'output', order: 'o/8 y x o%8' },
  program: (run) => [{ write: 0, value: run.length }],
}
const withSecond: OperatorConfig = {
  ...CONFIG,
  regions: [{ tensor: 'input', order: 'i/8 y x i%8' }],
}

/** Places of all layers, as `words` hears them. */
function place(config: OperatorConfig, run: readonly LayerInfo[]) {
  const seen: Parameters<Extract<OperatorConfig['program'], (...args: never[]) => unknown>>[0][] = []
  const settled = settleConfig(
    {
      ...config,
      program: (placed) => {
        seen.push(placed)
        return []
      },
    },
    run,
    'c',
  )
  return { regions: settled.regions, placed: seen[0]! }
}

/** The memory when all layers have run. */
function fill(regions: ReturnType<typeof place>['regions'], run: readonly LayerInfo[]): Uint8Array {
  const memory = new Uint8Array(Math.max(...regions.map(({ at, bytes }) => at + bytes)) - 0x8000_0000)
  for (const region of regions) {
    const layer = run.find(({ name }) => name === region.layer)
    if (layer === undefined) continue
    const isOutput = region.tensor === 'output'
    const codes = hardwareCodes(layer.profile, GOLDEN.get(isOutput ? layer.name : region.source!)!, 8)
    const own = isOutput ? layer : { ...layer, inputChannels: region.channels! }
    memory.set(layWords(region.tensor!, codes, region, own, 'c').bytes, region.at - 0x8000_0000)
  }
  return memory
}

describe('a network in one memory', () => {
  test.each([
    ['planes of 8', 'i/8 y x i%8'],
    ['planes', 'i y x'],
  ])('%s: each layer reads its whole input at one address', (_, order) => {
    const config: OperatorConfig = {
      ...withSecond,
      regions: [{ tensor: 'input', order }],
      output: { tensor: 'output', order: order.replaceAll('i', 'o') },
    }
    const { regions, placed } = place(config, LAYERS)
    const memory = fill(regions, LAYERS)
    const wrong = placed.filter(({ layer, at }) => {
      const input = GOLDEN.get(layer.inputs[0]!.name)!
      const from = at.input! - 0x8000_0000
      return [...layoutIndices('input', order, layer, 'c')].some(
        (index, byte) => index >= 0 && memory[from + byte] !== input[index],
      )
    })
    expect(placed).toHaveLength(LAYERS.length)
    expect(wrong.map(({ layer }) => layer.name)).toEqual([])
    // Slices and concats have no place of their own.
    expect(regions.length).toBeLessThan(LAYERS.length + 3)
  })

  test('where channels are the fastest axis, a concat has no address, and its parts have theirs', () => {
    const { regions, placed } = place(
      {
        ...withSecond,
        regions: [{ tensor: 'input', order: 'y x i' }],
        output: { tensor: 'output', order: 'y x o' },
      },
      LAYERS,
    )
    const concat = placed.find(({ layer }) => layer.name === 'model.12.cv1')!
    expect('input' in concat.at).toBe(false)
    const [ranges] = concat.inputs
    const addressOf = (name: string) =>
      regions.find(({ layer, tensor }) => layer === name && tensor === 'output')!.at
    expect(ranges).toEqual([
      { tensor: 'model.10', first: 0, channels: 128, of: 128, at: addressOf('model.10') },
      { tensor: 'model.6.cv2', first: 0, channels: 64, of: 64, at: addressOf('model.6.cv2') },
    ])
    // A slice of channels begins at the place of its first.
    const slice = placed.find(({ layer }) => layer.name === 'model.2.m.0.cv1')!
    expect(slice.inputs[0]).toEqual([
      { tensor: 'model.2.cv1', first: 8, channels: 8, of: 16, at: addressOf('model.2.cv1') + 8 },
    ])
  })

  test('room is as large as the layer that needs most, and there once', () => {
    const { regions } = place(CONFIG, LAYERS)
    const most = Math.max(...LAYERS.map(({ macs }) => 16 * (macs % 7)))
    expect(regions.filter(({ name }) => name === 'scratch').map(({ bytes }) => bytes)).toEqual([most])
  })

  test('no two regions overlap, and each begins where it is aligned', () => {
    const { regions } = place(CONFIG, LAYERS)
    const spans = regions.map(({ at, bytes }) => [at, at + bytes] as const).sort(([a], [b]) => a - b)
    expect(spans.every(([at], index) => index === 0 || at >= spans[index - 1]![1])).toBe(true)
    expect(regions.filter(({ at }) => at % 4096 !== 0).every(({ tensor }) => tensor === 'output')).toBe(true)
  })

  test('what has an address of its own is passed by', () => {
    const fixed = (layer: LayerInfo) =>
      0x8000_0000 + (layer.name === 'model.1' ? 0 : 0x100_0000 + 0x2_0000 * LAYERS.indexOf(layer))
    const { regions } = place(
      { ...CONFIG, output: { tensor: 'output', order: 'o/8 y x o%8', at: fixed } },
      LAYERS,
    )
    const one = regions.find(({ layer, tensor }) => layer === 'model.1' && tensor === 'output')!
    const input = regions.find(({ source }) => source === 'images')!
    expect(one.at).toBe(0x8000_0000)
    expect(input.at).toBe(Math.ceil((one.at + one.bytes) / 4096) * 4096)
  })
})

describe('a place that cannot be', () => {
  const run = LAYERS.slice(0, 3)
  test.each<[string, Partial<OperatorConfig>, RegExp]>([
    [
      'within a word',
      {
        regions: [{ tensor: 'input', order: 'y x i', lanes: 16 }],
        output: { tensor: 'output', order: 'y x o', lanes: 16 },
      },
      /model\.2\.m\.0\.cv1 reads model\.2\.cv1 from channel 8, which begins within a word of 16 lanes/,
    ],
    [
      'another than that of the tensor',
      { regions: [{ tensor: 'input', order: 'i/8 y x i%8', at: 0x8000_0000 }] },
      /regions: input of model\.1: at is 0x80000000, and model\.0 lies at 0x80/,
    ],
  ])('%s', (_, own, says) => {
    const wanted = own.regions![0]!.at === undefined ? LAYERS.slice(0, 5) : run
    expect(() => place({ ...CONFIG, ...own }, wanted)).toThrow(says)
  })
})

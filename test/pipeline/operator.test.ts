/** Somebody else's convolution against the golden data: green as it is, red at the right place when it is broken. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { OperatorConfig } from '../../src/operator/types.ts'
import { type LoadedConfig, loadConfig } from '../../src/pipeline/operator-config.ts'
import { runOperatorSimulation } from '../../src/pipeline/operator-simulation.ts'
import { silent } from '../../src/pipeline/progress.ts'
import { makeFolder, prepareDefault } from './prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from './shared-data.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/streaming-conv/', import.meta.url))
const { prepared } = await prepareDefault()

const run = (loaded: LoadedConfig, own: Partial<OperatorConfig> = {}, wanted = ['model.4.m.0.cv1']) =>
  runOperatorSimulation(
    {
      loaded: { ...loaded, config: { ...loaded.config, ...own } },
      modelName: 'shapes.pt',
      modelHash: prepared.hash,
      graph: prepared.integer,
      imagePath: DEFAULT_IMAGE,
      folder: makeFolder(),
      cacheDir: VERILATOR_CACHE,
      choose: (names) => wanted.map((name) => names.indexOf(name)),
    },
    silent,
  )

async function copyExample(file: string, from: string, to: string): Promise<LoadedConfig> {
  const folder = makeFolder()
  await cp(EXAMPLE, folder, { recursive: true })
  const text = await readFile(join(folder, file), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(join(folder, file), text.replace(from, to))
  return loadConfig(join(folder, 'assay.config.ts'))
}

const UPSAMPLER: LoadedConfig = {
  path: 'upsampler',
  folder: fileURLToPath(new URL('fixtures/', import.meta.url)),
  config: {
    top: 'served_upsample',
    sources: ['served_upsample.sv'],
    layers: { op: 'upsample' },
    ports: { channels_i: '$inputChannels', height_i: '$inputHeight', width_i: '$inputWidth' },
    memories: [
      {
        tensor: 'input',
        order: 'i y x',
        ports: { addr: 'read_addr_o', enable: 'read_o', data: 'read_data_i' },
      },
    ],
    start: 'start_i',
    inputs: [],
    output: { tensor: 'output', stream: 'write', order: 'y x o', address: 'addr' },
  },
}

describe('a module of memories instead of streams', () => {
  test('reads a memory that is served at its ports, and writes by address', async () => {
    const result = await run(UPSAMPLER, {}, ['model.10', 'model.13'])
    expect(
      result.layers.map(({ name, op, elements, mismatches }) => [name, op, elements, mismatches]),
    ).toEqual([
      ['model.10', 'upsample', 12800, 0],
      ['model.13', 'upsample', 25600, 0],
    ])
    expect(result.verdict).toBe('exact')
    const output = { ...UPSAMPLER.config.output, order: 'x y o' }
    expect(await run(UPSAMPLER, { output }, ['model.10'])).toMatchObject({ verdict: 'mismatch' })
    const ports = { ...UPSAMPLER.config.ports, channels_i: 127 }
    const short = await run(UPSAMPLER, { ports, withinCycles: () => 20_000 }, ['model.10'])
    expect(short.layers[0]!.error).toMatch(/12800 beats of write within 20000 cycles/)
  }, 120_000)
})

describe('the streaming convolution of examples/', () => {
  test('is exact on layers of two frames, and with stalls of every stream', async () => {
    const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const result = await run(loaded, {}, ['model.4.m.0.cv1', 'model.15.m.0.cv2'])
    expect(result.verdict).toBe('exact')
    expect(result.layers.map(({ name, elements, mismatches }) => [name, elements, mismatches])).toEqual([
      ['model.4.m.0.cv1', 6400, 0],
      ['model.15.m.0.cv2', 6400, 0],
    ])
    const stalled = await run(loaded, { stalls: { probability: 0.4, seed: 3 } })
    expect(stalled).toMatchObject({ verdict: 'exact', totals: { elements: 6400, mismatches: 0 } })
    expect(stalled.layers[0]!.cycles).toBeGreaterThan(result.layers[0]!.cycles)
  }, 240_000)

  test('a wrong order of weights, a wrong port and a stream too few are red or refused', async () => {
    const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const [, parameters, table] = loaded.config.load!
    const weights = { tensor: 'weights', stream: 's_weights', order: 'o i ky kx' } as const
    const swapped = await run(loaded, { load: [weights, parameters!, table!] })
    expect(swapped.verdict).toBe('mismatch')
    const starved = await run(loaded, { inputs: [], withinCycles: () => 5_000 })
    expect(starved.layers[0]).toMatchObject({ mismatches: 6400 })
    expect(starved.layers[0]!.error).toMatch(/expected 6400 beats of m within 5000 cycles, 0 came/)
    await expect(run(loaded, { ports: { cfg_size_i: 1 } })).rejects.toThrow(/cfg_size_i/)
    const unknown = { tensor: 'output', stream: 'result', order: 'y x o' } as const
    await expect(run(loaded, { output: unknown })).rejects.toThrow(
      /assay\.config\.ts: .*result.*streams are/s,
    )
  }, 240_000)

  test('no rounding: off by one, at a cycle', async () => {
    const broken = await copyExample('rtl/streaming_conv.sv', '<< shift2_q) >> 1', '<< shift2_q) >> 49')
    const { layers } = await run(broken)
    expect(layers[0]!.mismatches).toBeGreaterThan(0)
    expect(layers[0]!.first!.cycle).toBeGreaterThan(0)
  }, 240_000)

  test('a border that is not padded: red in the border only', async () => {
    const broken = await copyExample(
      'rtl/line_window.sv',
      'in_image ? in_pixel_i : pad_i',
      "in_image ? in_pixel_i : '1",
    )
    const { layers } = await run(broken)
    expect(layers[0]!.first).toMatchObject({ y: 0, x: 0 })
    expect(layers[0]!.errorMap).not.toBeNull()
    expect(layers[0]!.mismatches).toBeLessThan(16 * 4 * 20)
  }, 240_000)
})

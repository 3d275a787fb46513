/** The layer diff end to end on the embedded model: green on our RTL, red at the right place on broken RTL. */
import { execFileSync } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DEFAULT_NMS } from '../../src/pipeline/engine-choice.ts'
import { silent } from '../../src/pipeline/progress.ts'
import { readSourceList } from '../../src/pipeline/rtl-sources.ts'
import { runSimulation, type SimulationOptions } from '../../src/pipeline/simulation.ts'
import { isRed } from '../../src/report/result.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { testWith } from '../witness.ts'
import { makeFolder, prepareDefault } from './prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from './shared-data.ts'

const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))
const { prepared } = await prepareDefault()
/** A small array builds in seconds. */
const engine = { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8, pixels: 2, tableBits: 10 }

const simulate = async (own: Partial<SimulationOptions> = {}) =>
  (
    await runSimulation(
      {
        mode: 'isolated',
        modelName: 'shapes.pt',
        modelHash: prepared.hash,
        modelId: prepared.modelId,
        graph: prepared.integer,
        imagePath: DEFAULT_IMAGE,
        engine,
        nms: DEFAULT_NMS,
        folder: makeFolder(),
        cacheDir: VERILATOR_CACHE,
        choose: (names) => names.map((_, index) => index),
        ...own,
      },
      silent,
    )
  ).result

/** A copy of rtl/ with one change; the change must apply exactly once. */
async function breakRtl(file: string, from: string, to: string): Promise<readonly string[]> {
  const folder = makeFolder()
  await cp(RTL, folder, { recursive: true })
  const text = await readFile(join(folder, file), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(join(folder, file), text.replace(from, to))
  return readSourceList(join(folder, 'rtl.f'))
}

/** Full names of a VCD's signals, ranges attached. */
function listSignals(vcd: string): ReadonlySet<string> {
  const scopes: string[] = []
  const names = new Set<string>()
  for (const line of vcd.slice(0, vcd.indexOf('$enddefinitions')).split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '$scope') scopes.push(words[2]!)
    else if (words[0] === '$upscope') scopes.pop()
    else if (words[0] === '$var')
      names.add(`${scopes.join('.')}.${words[4]}${words[5] === '$end' ? '' : words[5]}`)
  }
  return names
}

const some = (wanted: readonly string[]) => (names: readonly string[]) =>
  wanted.map((name) => names.indexOf(name))

describe('the layer diff on the embedded model', () => {
  test('isolated: every layer and the boxes are exact', async () => {
    const result = await simulate()
    expect(result.verdict).toBe('exact')
    expect(result.layers.filter((layer) => layer.op === 'conv')).toHaveLength(63)
    expect(result.layers.every((layer) => layer.elements > 0 && layer.cycles > 0)).toBe(true)
    expect(result.boxes).toMatchObject({ expected: 6, actual: 6, mismatches: 0 })
    const text = renderSimResult(result, (_, line) => line)
    const lines = text.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text.replaceAll('\n', ' ')).toMatch(
      /Proved: .* 74 layers and 6 boxes of shapes\.pt \(W8A8\) bit for bit/,
    )
  })

  test('chained: the same from the image alone', async () => {
    const result = await simulate({ mode: 'chained' })
    expect(result.verdict).toBe('exact')
    expect(result.layers).toHaveLength(74)
    expect(result.boxes).toMatchObject({ expected: 6, mismatches: 0 })
  })
})

describe('broken RTL goes red at the right place', () => {
  const roundDown = async () => {
    const sources = await breakRtl('requantise.sv', "$signed((49'd1 << param[53:48]) >> 1)", "49'sd0")
    return simulate({ sources, choose: some(['model.0', 'model.9.m@1', 'model.22.cv2.0.2']) })
  }

  testWith('zlib.h', 'a requantiser that rounds down: every convolution, off by one', async () => {
    const result = await roundDown()
    expect(result.verdict).toBe('mismatch')
    expect(result.layers.map((layer) => [layer.name, isRed(layer)])).toEqual([
      ['model.0', true],
      ['model.9.m@1', false],
      ['model.22.cv2.0.2', true],
    ])
    const { first } = result.layers[2]!
    // No table hides the rounding here: the code is one too small.
    expect(first!.actual).toBe(first!.expected - 1)
    expect(first!.cycle).toBeGreaterThan(0)
    // The waveform holds the window around the write, and its save file names signals that are in it.
    const { file, save, fromCycle, cycle, toCycle, layer } = result.waveform!
    expect(layer).toBe('model.0')
    expect([cycle - fromCycle, toCycle - cycle]).toEqual([300, 50])
    expect((await readFile(file)).length).toBeGreaterThan(1000)
    const text = await readFile(save, 'utf8')
    expect(text).toContain(`[dumpfile] "${file}"`)
  })

  testWith(
    ['zlib.h', 'fst2vcd'],
    'its waveform ends at the write, and has every signal that its save file names',
    async () => {
      const { file, save, fromCycle, toCycle } = (await roundDown()).waveform!
      const text = await readFile(save, 'utf8')
      const vcd = execFileSync('fst2vcd', [file], { maxBuffer: 2 ** 28 }).toString()
      const signals = listSignals(vcd)
      const named = text.split('\n').filter((line) => line.startsWith('TOP.'))
      expect(named.length).toBeGreaterThan(8)
      for (const signal of named) expect(signals).toContain(signal)
      const times = [...vcd.matchAll(/^#(\d+)$/gm)].map((match) => Number(match[1]))
      expect(Math.min(...times)).toBeGreaterThanOrEqual(2 * fromCycle)
      expect(Math.max(...times)).toBeLessThanOrEqual(2 * toCycle + 1)
    },
  )

  test('chained, a max-pool that takes the smaller code: the pool is named, alone too', async () => {
    const sources = await breakRtl('code_array.sv', '+:A] > a_q', '+:A] < a_q')
    const result = await simulate({ sources, mode: 'chained', waveform: false })
    expect(result.waveform).toBeNull()
    expect(result.layers.find(isRed)!.name).toBe('model.9.m@1')
    expect(result.replay).toMatchObject({ layer: 'model.9.m@1', alone: true })
  })
})

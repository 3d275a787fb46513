/** Layers of an accelerator in one start: what one leaves in memory the next reads, and each is compared. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { PlacedLayer } from '../../../src/operator/memory-types.ts'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import type { LayerInfo } from '../../../src/operator/types.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { loadConfig } from '../../../src/pipeline/own-rtl/config.ts'
import type { OperatorSimulationOptions } from '../../../src/pipeline/own-rtl/prepare.ts'
import { runOperatorSimulation } from '../../../src/pipeline/own-rtl/simulation.ts'
import { closingLine } from '../../../src/report/conclusion.ts'
import { renderRun } from '../../../src/report/html/sections.ts'
import { needs } from '../../witness.ts'
import { chooseNamed, makeFolder, prepareDefault } from '../prepared.ts'
import { ownOptions } from './upsampler.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/axi-conv/', import.meta.url))
const { prepared } = await prepareDefault()
const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
/** One after the other. */
const HEAD = ['model.22.cv3.2.0', 'model.22.cv3.2.1', 'model.22.cv3.2.2']
/** A slice, and a concat of what is sliced, of a layer of this run, and of an addition that is not claimed. */
const BLOCK = ['model.8.cv1', 'model.8.m.0.cv1', 'model.8.m.0.cv2', 'model.8.cv2']

const run = (
  own: Partial<OperatorConfig> = {},
  wanted = HEAD,
  options: Partial<OperatorSimulationOptions> = {},
) =>
  runOperatorSimulation(
    ownOptions(
      { prepared },
      { ...loaded, config: { ...loaded.config, ...own } },
      { waveform: false, choose: chooseNamed(wanted), ...options },
    ),
    silent,
  )

/** The configuration with other places, or another program, for the layers of a run. */
const withRun = (
  change: (run: readonly PlacedLayer[]) => readonly PlacedLayer[],
): Partial<OperatorConfig> => ({
  regions: loaded.config.regions!.map((region) =>
    'words' in region ? { ...region, words: (placed) => region.words(change(placed)) } : region,
  ),
})

const programOf = (placed: readonly PlacedLayer[]) => {
  const { program } = loaded.config
  return typeof program === 'function' ? program(placed) : []
}

const moved = (name: string, key: string, by: number) =>
  withRun((placed) =>
    placed.map((one) =>
      one.layer.name === name ? { ...one, at: { ...one.at, [key]: one.at[key]! + by } } : one,
    ),
  )

describe('a run of layers', () => {
  test('is exact, each layer from what the one before left', async () => {
    const result = await run()
    expect(result).toMatchObject({ verdict: 'exact', mode: 'chained', replay: null })
    expect(closingLine(result)).toContain('each layer from what those before it left in memory')
    expect(String(renderRun(result))).toContain('all layers in one run')
    expect(result.layers.map(({ name, mismatches }) => [name, mismatches])).toEqual(
      HEAD.map((name) => [name, 0]),
    )
    // Each has the cycles from the last write of the one before, and all come to those of the run.
    const alone = await run({}, HEAD, { mode: 'isolated' })
    expect(alone.mode).toBe('isolated')
    const ratio = (index: number): number => result.layers[index]!.cycles / alone.layers[index]!.cycles
    expect(HEAD.map((_, index) => Math.abs(ratio(index) - 1) < 0.1)).toEqual([true, true, true])
  })

  test('reads slices and concats where their parts lie', async () => {
    const result = await run({}, BLOCK)
    expect(result.layers.map(({ name, mismatches }) => [name, mismatches])).toEqual(
      BLOCK.map((name) => [name, 0]),
    )
  })

  test('may take the place of what nobody reads any more, which is then not compared', async () => {
    const base = 0x4010_0000
    const place = { 'model.22.cv3.2.0': base, 'model.22.cv3.2.1': base + 4096, 'model.22.cv3.2.2': base }
    const output = {
      ...loaded.config.output,
      at: ({ name }: { name: string }) => place[name as keyof typeof place],
    }
    const result = await run({ output } as Partial<OperatorConfig>)
    expect(result.verdict).toBe('exact')
    expect(result.layers.map(({ name }) => name)).toEqual(HEAD.slice(1))
    expect(result.remarks?.join(' ')).toContain(
      'Not compared: model.22.cv3.2.0, whose place in memory a later layer takes.',
    )
    // Whatever is not compared, a run that fails is red, at a layer that is.
    const program: OperatorConfig['program'] = (placed) => [
      ...programOf(placed),
      { poll: 0x04, mask: 0, equals: 1, withinCycles: 100 },
    ]
    const failed = await run({ output, program } as Partial<OperatorConfig>)
    expect(failed.verdict).toBe('mismatch')
    expect(failed.layers.map(({ error }) => error !== null)).toEqual([false, true])
    expect(failed.layers[1]!.error).toMatch(/never came to 0x1/)
    expect(failed.remarks?.join(' ')).not.toContain('wrote nothing more')
    // And where all that is compared was whole by then, the last one is.
    const late = await run({ program })
    expect(late.layers.map(({ error }) => error !== null)).toEqual([false, false, true])
  })

  test('is kept as any other, wherever its outputs lie', async () => {
    const store = { folder: join(makeFolder(), 'evidence'), programHash: 'p' }
    const output = {
      ...loaded.config.output,
      at: ({ outputChannels }: LayerInfo) => 0x4010_0000 + 4096 * outputChannels,
    }
    const own = { output, mode: 'isolated' } as unknown as Partial<OperatorConfig>
    const folder = makeFolder()
    const kept = await run(own, HEAD.slice(2), { evidence: store, folder })
    expect(kept.layers[0]).toMatchObject({ mismatches: 0, evidence: { before: false } })
    expect((await run(own, HEAD.slice(2), { evidence: store, folder })).layers[0]!.evidence).toMatchObject({
      before: true,
    })
  })
})

describe('broken', () => {
  test('a layer that reads at a wrong address: it alone is exact', async () => {
    const result = await run(moved('model.22.cv3.2.1', 'input', 64), HEAD)
    expect(result.layers.map(({ mismatches }) => mismatches > 0)).toEqual([false, true, true])
    // The same program alone reads at that wrong address, too.
    expect(result.replay).toMatchObject({ layer: 'model.22.cv3.2.1', alone: true })
    // With a program that is right alone, the chain is at fault.
    const chained = withRun((placed) =>
      placed.map((one, index) =>
        index === 1 ? { ...one, at: { ...one.at, input: one.at.input! + 64 } } : one,
      ),
    )
    const other = await run(chained, HEAD, { waveform: true })
    expect(other.replay).toMatchObject({ layer: 'model.22.cv3.2.1', alone: false, result: { mismatches: 0 } })
    const { first } = other.layers[1]!
    expect(first!.cycle).toBeGreaterThan(other.layers[0]!.cycles)
    expect(other.waveform).toMatchObject({ layer: 'model.22.cv3.2.1', cycle: first!.cycle })
  })

  test('a write into the weights is the fault of the layer that makes it', async () => {
    const into = withRun((placed) =>
      placed.map((one, index) =>
        index === 1 ? { ...one, at: { ...one.at, output: placed[2]!.at.weights! } } : one,
      ),
    )
    const { layers } = await run(into)
    expect(layers[0]).toMatchObject({ mismatches: 0, error: null })
    expect(layers[1]!.error).toMatch(/^the module wrote into weights at 0x4001\w+ in cycle \d+$/)
    expect(layers[2]!.error).toBeNull()
  })

  test('a layer that never ran, although the module is done: every element is red', async () => {
    const own: OperatorConfig['program'] = (placed) =>
      programOf(placed).map((step) =>
        'write' in step && step.write === 0x0c ? { ...step, value: placed.length - 1 } : step,
      )
    const { layers } = await run({ program: own })
    expect(layers.map(({ elements, mismatches }) => mismatches / elements)).toEqual([0, 0, 1])
    expect(layers[2]).toMatchObject({ first: { cycle: null }, error: null })
  })

  test('a module that stops: what was whole is compared, and what comes later is said not to have run', async () => {
    const folder = makeFolder()
    await cp(EXAMPLE, folder, { recursive: true })
    const path = join(folder, 'rtl', 'axi_conv.sv')
    const text = await readFile(path, 'utf8')
    const [from, to] = ['Drain:\n        if (stored_q', "Drain:\n        if (layer_q != 16'd1 && stored_q"]
    expect(text.split(from)).toHaveLength(2)
    await writeFile(path, text.replace(from, to))
    const broken = await loadConfig(join(folder, 'assay.config.ts'))
    const options = { waveform: false, choose: chooseNamed(HEAD) }
    const limited = { ...broken, config: { ...broken.config, withinCycles: 400_000 } }
    const { layers, verdict } = await runOperatorSimulation(
      ownOptions({ prepared }, limited, options),
      silent,
    )
    expect(verdict).toBe('mismatch')
    expect(layers[0]).toMatchObject({ mismatches: 0, error: null })
    expect(layers[1]!.error).toMatch(/s_axi: 0x4 never came to 0x0 in the bits 0x1 within \d+ cycles/)
    expect(layers[2]).toMatchObject({
      notRun: true,
      error: expect.stringMatching(/^not run: the run stopped/),
    })
  })
})

test('what stands in the way of the first layer alone is said, and the run is told all the same', async () => {
  const own: Partial<OperatorConfig> = {
    program: (placed) => {
      if (placed.length === 1) throw new Error('one')
      return programOf(placed)
    },
    ...moved('model.22.cv3.2.1', 'input', 64),
  }
  const result = await run(own)
  expect(result).toMatchObject({ verdict: 'mismatch', replay: null })
  expect(result.remarks?.join(' ')).toMatch(/model\.22\.cv3\.2\.1 could not run alone.*: one/)
})

needs('iverilog', 'Icarus', () => {
  test('what is unknown on a bus is red, with its signal', async () => {
    const folder = makeFolder()
    await cp(EXAMPLE, folder, { recursive: true })
    const path = join(folder, 'rtl', 'axi_writer.sv')
    const text = await readFile(path, 'utf8')
    const from = 'assign wdata_o   = data_i;'
    expect(text.split(from)).toHaveLength(2)
    await writeFile(path, text.replace(from, "assign wdata_o   = beat_q == 8'd2 ? 64'bx : data_i;"))
    const unknown = await loadConfig(join(folder, 'assay.config.ts'))
    const options = { simulator: 'icarus', waveform: false, choose: chooseNamed(HEAD.slice(2)) } as const
    const { layers } = await runOperatorSimulation(ownOptions({ prepared }, unknown, options), silent)
    expect(layers[0]!.error).toMatch(/m_axi: m_axi_wdata is unknown \(x\) in byte 0 while m_axi_wvalid is 1/)
  })
})

describe('a run that cannot be', () => {
  const { regions = [], output } = loaded.config
  const planes = { order: 'y o x' }
  test.each<[string, Partial<OperatorConfig>, RegExp, Partial<OperatorSimulationOptions>?]>([
    [
      'writes one order and reads another',
      { output: { ...output, ...planes } as OperatorConfig['output'] },
      /model\.22\.cv3\.2\.0 writes its output as 'y o x' in lanes of 8 bits, and model\.22\.cv3\.2\.1 reads it as 'i\/8 y x i%8'/,
    ],
    [
      'writes over what is still read',
      { output: { ...output, at: 0x4010_0000 } as OperatorConfig['output'] },
      /output of model\.22\.cv3\.2\.1: bytes .* overlap output of model\.22\.cv3\.2\.0/,
    ],
    [
      'has parameters of one layer',
      { parameters: { WeightBeats: '$inputChannels' } },
      /parameters\.WeightBeats: is 128 for model\.22\.cv3\.2\.0 and 32 for model\.22\.cv3\.2\.1/,
    ],
    [
      'has a program for one layer',
      { program: [{ write: 8, value: '$at.weights' }] },
      /program\[0\]\.value: is \d+ for model\.22\.cv3\.2\.0 and \d+ for model\.22\.cv3\.2\.1/,
    ],
    [
      'has a word that is too wide',
      { regions: [...regions, { name: 'mask', bits: 8, words: () => [1, 256] }] },
      /regions: mask: word 1: expected 8 bits, got 256/,
    ],
    [
      'has a function that fails',
      {
        regions: [
          ...regions,
          {
            name: 'mask',
            words: () => {
              throw new Error('no idea')
            },
          },
        ],
      },
      /mask: words: the function failed on model\.22\.cv3\.2\.0 to model\.22\.cv3\.2\.2: no idea/,
    ],
    [
      'sends by streams',
      { inputs: [{ tensor: 'input', stream: 'in', order: 'y x i' }] },
      /a chained run works in the memory of a bus, and this configuration has inputs at ports/,
    ],
    [
      'has a tensor in two memories',
      {
        buses: { ...loaded.config.buses, other: { kind: 'axi-memory', prefix: 'm_axi2' } },
        output: { ...output, bus: 'other' } as OperatorConfig['output'],
      },
      /model\.22\.cv3\.2\.0 is written to other, and model\.22\.cv3\.2\.1 reads it from ddr/,
    ],
    [
      'has no list of steps',
      { program: (() => 5) as unknown as OperatorConfig['program'] },
      /program: expected a list of steps, got Number/,
    ],
    [
      'changes the run',
      {
        program: ((placed: PlacedLayer[]) => {
          placed.length = 0
          return []
        }) as unknown as OperatorConfig['program'],
      },
      /program: the function failed on .*Cannot assign to read only property/,
    ],
    [
      'writes more than a register has',
      { program: [{ write: 8, value: 2 ** 40 }] },
      /s_axi: expected a value of 32 bits, got 1099511627776/,
    ],
    ['is seeded', {}, /a chained run has no --shard and no --seeds/, { seeds: [1] }],
  ])('%s', async (_, own, says, options = {}) => {
    await expect(run(own, HEAD, options)).rejects.toThrow(says)
  })
})

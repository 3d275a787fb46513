/** `assay probe --module`: a whole layer on somebody's module, as it is and broken on purpose. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { AS_GIVEN } from '../../../src/arithmetic/fit-profiles.ts'
import { runStages } from '../../../src/arithmetic/run-stages.ts'
import { computeLayer } from '../../../src/diff/hypotheses/convolve-changed.ts'
import { codeOffset } from '../../../src/golden/code-range.ts'
import type { IntegerConv } from '../../../src/golden/types.ts'
import { InputError } from '../../../src/input/input-error.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { loadImage, runGolden } from '../../../src/pipeline/model/golden-run.ts'
import { type LoadedConfig, loadConfig } from '../../../src/pipeline/own-rtl/config.ts'
import { probeLayer } from '../../../src/pipeline/probe/layer.ts'
import { codesUnder } from '../../../src/pipeline/probe/layer-check.ts'
import { makeInputs } from '../../../src/pipeline/probe/layer-inputs.ts'
import { revealRounding } from '../../../src/pipeline/probe/layer-parameters.ts'
import { listSamples, settingsOf, sightOf } from '../../../src/pipeline/probe/layer-samples.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { renderProbe } from '../../../src/report/probe.ts'
import { isFit, type ProbeResult } from '../../../src/result/probe.ts'
import { signedModule } from '../own-rtl/signed-module.ts'
import { makeFolder, prepareDefault, type TestModel } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url))
const profileOf = (wanted: string) => PROFILES.find(({ name }) => name === wanted)!
const whole = await prepareDefault()

const probe = (loaded: LoadedConfig, layer?: string, { prepared }: TestModel = whole): Promise<ProbeResult> =>
  probeLayer(
    {
      ...{
        loaded,
        graph: prepared.integer,
        modelName: 'shapes.pt',
        imagePath: DEFAULT_IMAGE,
        layer,
        own: [],
      },
      ...{ seed: 1, folder: makeFolder(), cacheDir: VERILATOR_CACHE, environment: readEnvironment({}) },
    },
    silent,
  )

/** An example with one text of one file replaced. */
async function broken(name: string, file: string, from: string, to: string): Promise<LoadedConfig> {
  const folder = makeFolder()
  await cp(example(name), folder, { recursive: true })
  const text = await readFile(join(folder, file), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(join(folder, file), text.replace(from, to))
  return loadConfig(join(folder, 'assay.config.ts'))
}
const bram = (from: string, to: string) => broken('bram-conv', 'rtl/bram_conv.v', from, to)
const names = ({ ranking }: ProbeResult) => ranking.exact.map(({ candidate }) => candidate.name)

describe('a module that is right', () => {
  test.each(['streaming-conv', 'bram-conv'])(
    '%s computes its profile, and no variation of it',
    async (name) => {
      const result = await probe(await loadConfig(join(example(name), 'assay.config.ts')))
      expect(names(result)).toEqual(['assay'])
      expect(result.layer!.inputs.slice(0, 3)).toEqual(['corners', 'random', 'image'])
      expect(renderProbe(result)).toMatch(/^fits exactly: assay \((\d+,\d{3}) of \1\)$/m)
    },
  )
})

describe('a module that is broken', () => {
  test('truncates: its rounding is named', async () => {
    const result = await probe(await bram('multiplier + half;', 'multiplier;'))
    expect(names(result)).toEqual(['·M (16 bits), >>s floor, +Z, saturate to unsigned code'])
  })

  test('rounds ties down: only a search tells it from one that rounds them away', async () => {
    const result = await probe(await bram('multiplier + half;', 'multiplier + half - 1;'))
    expect(names(result)).toEqual(['·M (16 bits), >>s half-down, +Z, saturate to unsigned code'])
  })

  test('pads with code 0: no stages fit, and the padding is named', async () => {
    const result = await probe(
      await broken('streaming-conv', 'assay.config.ts', "cfg_pad_i: '$padCode'", 'cfg_pad_i: 0'),
    )
    expect(names(result)).toEqual([])
    expect(result.layer!.other).toMatchObject({
      name: 'assay with code 0 as padding instead of the zero point',
      profile: { codes: { padding: 'zero-code' } },
    })
    expect(isFit(result)).toBe(true)
    expect(renderProbe(result)).toContain(
      'Every code of the layer is exact under it: the RTL pads with code 0.',
    )
  })

  test('is wrong at some accumulators: the first of them, with its place, under the profile of the model', async () => {
    const wrong = "(scaled >>> shift) + $signed({49'd0, sum[7:0] == 8'd100})"
    const result = await probe(await bram('(scaled >>> shift)', wrong))
    expect(isFit(result)).toBe(false)
    const [{ candidate, agreed, first }] = result.ranking.nearest as [ProbeResult['ranking']['nearest'][0]]
    expect(candidate.name).toBe('assay')
    expect(result.ranking.samples - agreed).toBeGreaterThan(3)
    expect(BigInt.asUintN(8, first!.sample.acc)).toBe(100n)
    expect(first!.sample.code).toBe(BigInt.asUintN(8, first!.expected + 1n))
    const { input, channel, y, x } = first!.sample.at!
    const text = renderProbe(result)
    expect(text.replaceAll(/\n +/g, ' ')).toContain(`channel ${channel}, y ${y}, x ${x} of ${input}: yours`)
    expect(text).toContain('Is every accumulator that of the layer?')
  })

  test('reads its table without the upper bits: the index fits, the table does not', async () => {
    const short = "{{(TABLE_ADDRESS_BITS-8){1'b0}}, index[7:0]}"
    const result = await probe(await bram('index[TABLE_ADDRESS_BITS-1:0]', short))
    expect(isFit(result)).toBe(false)
    expect(result.layer!.wrongReal!.wrong).toBeGreaterThan(100)
    const text = renderProbe(result).replaceAll('\n', ' ')
    expect(text).toMatch(
      /fits assay by the lowest bits .* with the layer's own table \d+ of 1,600 codes differ/,
    )
  })

  test('wraps where an image shows it nowhere: the accumulator is named', async () => {
    const narrow = '$signed({{18{sum[19]}}, {12{sum[19]}}, sum[19:0]})'
    const result = await probe(await bram('$signed({{18{sum[31]}}, sum})', narrow))
    expect(renderProbe(result)).toContain('fits exactly: assay with an accumulator of 20 bits that wraps')
  })

  test('never answers: the layer, what it was given, and the cycles waited', async () => {
    const silenced = await bram('done <= last_filter', "done <= 1'b0 && last_filter")
    const loaded = { ...silenced, config: { ...silenced.config, withinCycles: 5000 } }
    const refused = probe(loaded, 'model.16')
    await expect(refused).rejects.toThrow(InputError)
    await expect(refused).rejects.toThrow(
      /bram_conv does not answer model\.16 \(corners\): .*expected done within 5000 cycles.*withinCycles gives it more time/s,
    )
  })

  test('says too early that it is done: no code is taken for one that never came', async () => {
    const early = await bram('done <= last_filter && last_x && last_y', 'done <= last_x')
    await expect(probe(early)).rejects.toThrow(/does not answer .*: done is 1 in cycle \d+, when \d+ of/)
  })
})

describe('a module of signed codes that shifts', async () => {
  const model = await prepareDefault({ profile: profileOf('power-of-two-floor'), tableBits: 8 })

  test.each([
    { parameters: { HalfUp: 0 }, fits: 'power-of-two-floor' },
    { parameters: { HalfUp: 1 }, fits: 'power-of-two-round' },
  ])('$parameters fits $fits', async ({ parameters, fits }) => {
    const result = await probe(signedModule({ HasTable: '$hasTable', ...parameters }), undefined, model)
    expect(names(result)).toEqual([fits])
  })

  test('a lane that is not sign-extended fits nothing', async () => {
    const result = await probe(signedModule({ ZeroAbove: 1 }), 'model.22.cv2.0.2', model)
    expect(names(result)).toEqual([])
    expect(result.ranking.nearest[0]!.candidate.name).toBe('power-of-two-floor')
  })
})

test('a layer that is not there, or not claimed, is refused by name', async () => {
  const loaded = await loadConfig(join(example('bram-conv'), 'assay.config.ts'))
  await expect(probe(loaded, 'model.0')).rejects.toThrow(
    /--layer: model\.0 is no convolution that .* claims\. It claims model\./,
  )
})

describe.each(['assay', 'tflite', 'power-of-two-floor', 'nvdla', 'onnx-qlinear'])(
  'inputs under %s',
  (name) => {
    const profile = profileOf(name)

    test('reach both clamps and both signs, and the specification gives the codes of the engine', async () => {
      const { prepared } = await prepareDefault({ profile })
      const graph = prepared.integer
      const own = graph.nodes.find((node): node is IntegerConv => node.op === 'conv' && node.kernel === 3)!
      const sent = ['parameters', 'table'] as const
      const { node, table } = revealRounding(own, {
        inputs: sent.map((tensor) => ({ tensor, stream: 's', order: 'o' })),
      })
      const { shape, quant } = graph.nodes.find((each) => each.name === node.inputs[0])!
      const golden = await runGolden(graph, (await loadImage(DEFAULT_IMAGE, graph)).codes, silent)
      const inputs = makeInputs(profile, node, { codes: golden.get(node.inputs[0])!, shape, quant }, 1)
      expect(inputs.map((input) => input.name)).toEqual(['corners', 'random', 'image'])
      const sight = sightOf(profile, node, table)
      const settings = settingsOf(profile, node)
      const all = inputs.flatMap((input) => {
        const codes = computeLayer(node, input.tensor, profile)!
        return listSamples(profile, node, input, Int32Array.from(codes), sight, settings)
      })
      const offset = codeOffset(profile, node.requantBits)
      const seen = new Set<bigint>()
      for (const { acc, by, code } of all) {
        const expected = runStages(profile.requantise, acc, by)
        if (BigInt.asUintN(sight.bits, expected) !== BigInt.asUintN(sight.bits, code))
          expect.fail(`acc ${acc}: spec ${expected}, engine ${code}`)
        seen.add(expected + BigInt(offset))
      }
      expect([seen.has(0n), seen.has(2n ** BigInt(node.requantBits) - 1n)]).toEqual([true, true])
      expect(seen.size).toBeGreaterThan(100)
      expect(new Set(all.map(({ acc }) => acc < 0n)).size).toBe(2)
    })
  },
)

test('a candidate with a ReLU is compared as it rectifies, in a layer that has none', async () => {
  const graph = whole.prepared.integer
  const node = graph.nodes.find(
    (one): one is IntegerConv => one.name === 'model.22.cv3.2.2' && one.op === 'conv',
  )!
  const { shape, quant } = graph.nodes.find((one) => one.name === node.inputs[0])!
  const golden = await runGolden(graph, (await loadImage(DEFAULT_IMAGE, graph)).codes, silent)
  const tensor = { codes: golden.get(node.inputs[0])!, shape, quant }
  const assay = profileOf('assay')
  const stages = [{ stage: 'rectify' } as const, ...assay.requantise]
  const codes = codesUnder({ name: 'ReLU', stages, reading: AS_GIVEN }, assay, node, tensor)!
  const settings = settingsOf(assay, node)
  const all = Array.from(codes, (_, index) => index)
  const input = { name: 'image', tensor } as const
  const samples = listSamples(
    assay,
    node,
    input,
    Int32Array.from(codes),
    sightOf(assay, node, null),
    settings,
    all,
  )
  const wanted = samples.map(({ acc, by }) => runStages(stages, acc, { ...by, rectified: true }))
  expect(samples.some(({ acc }) => acc < 0n)).toBe(true)
  expect(Array.from(codes, BigInt)).toEqual(wanted)
})

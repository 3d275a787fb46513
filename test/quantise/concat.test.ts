/** The quantiser where a profile requantises at a concat: scales, ranges, files, and onnxruntime as a witness of float32. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { quantisedTensors } from '../../src/artefacts/weight-tensors.ts'
import { dequantise } from '../../src/golden/codes.ts'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerConcat, IntegerGraph } from '../../src/golden/types.ts'
import { countStored } from '../../src/quantise/activation-bits.ts'
import { readIntegerGraph, writeIntegerGraph } from '../../src/quantise/integer-file.ts'
import { buildIntegerGraph } from '../../src/quantise/integer-graph.ts'
import { isQlinear, writeQlinearOnnx } from '../../src/quantise/onnx-qlinear.ts'
import { loadOnnxruntime, openSession } from '../../src/quantise/onnxruntime.ts'
import { listSlots } from '../../src/quantise/ranges.ts'
import { resolveOverrides } from '../../src/quantise/resolve-overrides.ts'
import { runQlinear } from '../../src/quantise/run-qlinear.ts'
import { emitPlainRoms } from '../../src/rom/plain.ts'
import { withConcat } from './concat-profiles.ts'
import { quantisedSmall, tensorsOf } from './quantised-small.ts'
import { concatGraph } from './small-network.ts'

const profileOf = (name: string): Profile => withConcat(PROFILES.find((profile) => profile.name === name)!)
const tflite = profileOf('tflite')
const onnx = profileOf('onnx-qlinear')
const catOf = (graph: IntegerGraph): IntegerConcat =>
  graph.nodes.find((node): node is IntegerConcat => node.op === 'concat')!

describe.each(PROFILES.map(({ name }) => name))('%s', (name) => {
  const profile = profileOf(name)
  const { graph, image } = quantisedSmall(profile, 10, concatGraph)

  test('what meets keeps its scale, and the concat is near the float one', () => {
    const quants = new Map(graph.nodes.map((node) => [node.name, node.quant]))
    const scales = ['a', 'sum', 'cat'].map((tensor) => quants.get(tensor)!.scale)
    expect(scales[0]).toBeLessThan(scales[1]!)
    const codes = runSpec(graph, image).get('cat')!
    const truth = tensorsOf(concatGraph).get('cat')!
    const steps = [...dequantise(codes, quants.get('cat')!)].map((value, i) =>
      Math.abs((value - truth[i]!) / quants.get('cat')!.scale),
    )
    expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeLessThan(1.5)
  })

  test('reads back from its file as it is', () => {
    expect(readIntegerGraph(writeIntegerGraph(graph), 'here')).toEqual(graph)
  })
})

describe('the quantiser', () => {
  test('takes the range of a concat from all that meets in it', () => {
    const slots = listSlots(concatGraph, tflite)
    expect(slots.filter(({ kind }) => kind === 'tensor').map(({ key, members }) => [key, members])).toEqual([
      ['a', ['a']],
      ['b', ['b']],
      ['sum', ['sum']],
      ['cat', ['a', 'sum']],
    ])
    const shared = listSlots(concatGraph).filter(({ kind }) => kind === 'tensor')
    expect(shared.map(({ key, members }) => [key, members])).toEqual([
      ['a', ['a', 'sum']],
      ['b', ['b']],
    ])
  })

  test('counts what a concat stores, and gives it bits of its own', () => {
    expect([...countStored(concatGraph, concatGraph.nodes, tflite)].find(([key]) => key === 'cat')).toEqual([
      'cat',
      12 * 256,
    ])
    expect(countStored(concatGraph, concatGraph.nodes, undefined).has('cat')).toBe(false)
    const overrides = { cat: { activationBits: 6 } } as const
    expect(resolveOverrides(concatGraph, overrides, 'o.json', { profile: tflite }).groupBits).toEqual(
      new Map([['cat', 6]]),
    )
    expect(() => resolveOverrides(concatGraph, overrides, 'o.json', {})).toThrow('passes the codes of a on')
  })

  test('refuses scales that the stages cannot have, with the concat', () => {
    const wide = { low: 0, high: 100 }
    const ranges = new Map(
      ['a', 'b', 'sum', 'cat', 'box', 'cls', 'a.conv', 'b.conv'].map((key) => [
        key,
        key === 'cat' ? { low: 0, high: 1 } : wide,
      ]),
    )
    const floor = profileOf('power-of-two-floor')
    const input = floor.concat!.form === 'stages' ? floor.concat!.input.slice(1) : []
    const profile: Profile = { ...floor, name: 'no-left', concat: { form: 'stages', input } }
    const options = { weightBits: 8, activationBits: 8, tableBits: 8, scope: 'all', profile } as const
    expect(() => buildIntegerGraph(concatGraph, ranges, options)).toThrow(
      /^cat: cannot be requantised .* shift of \d bits to the left, the stages have 0/,
    )
  })

  test('writes M, s and factors of each input', () => {
    const { graph } = quantisedSmall(tflite, 10, concatGraph)
    const { multipliers, shifts } = catOf(graph).stages!
    const tensors = quantisedTensors(graph)
    expect([...tensors.get('cat.multiplier')!.data]).toEqual(multipliers)
    expect([...tensors.get('cat.shift')!.data]).toEqual(shifts)
    const roms = emitPlainRoms(graph).filter((rom) => rom.name.startsWith('cat.'))
    expect(roms.map(({ name, width, depth }) => [name, width, depth])).toEqual([
      ['cat.multiplier', 32, 3],
      ['cat.shift', 8, 3],
      ['cat.factor', 32, 3],
    ])
  })
})

describe('a file is refused', () => {
  const { graph } = quantisedSmall(tflite, 10, concatGraph)
  const changed = (part: Partial<IntegerConcat>): IntegerGraph => ({
    ...graph,
    nodes: graph.nodes.map((node) => (node.op === 'concat' ? { ...node, ...part } : node)),
  })
  const read = (own: IntegerGraph) => () => readIntegerGraph(writeIntegerGraph(own), 'here')
  const { stages, ...plain } = catOf(graph)

  test.each([
    [
      'without stages',
      changed({ stages: undefined } as unknown as Partial<IntegerConcat>),
      /stages.* a value with profile tflite-concat/,
    ],
    [
      'with those of two inputs',
      changed({ stages: { ...stages!, shifts: [1, 2] } }),
      /stages.shifts.* 3 elements, one an input/,
    ],
    [
      'with stages that no profile has',
      { ...changed({}), profile: { ...tflite, name: 'none', concat: undefined } },
      /quant.scale.* as its input a has/,
    ],
  ])('%s', (_what, own, message) => {
    expect(plain.inputs).toHaveLength(3)
    expect(read(own as IntegerGraph)).toThrow(message)
  })
})

describe('float32 is what onnxruntime computes', () => {
  const { graph, image } = quantisedSmall(onnx, 8, concatGraph)

  test('by its operators one by one, on every element', async () => {
    expect(isQlinear(graph)).toBe(true)
    const theirs = await runQlinear(graph, image)
    const engine = Engine.create(graph).run(image)
    for (const [name, codes] of runSpec(graph, image)) {
      expect(theirs.get(name), name).toEqual(codes)
      expect(engine.get(name), name).toEqual(codes)
    }
    expect(new Set(theirs.get('cat')).size).toBeGreaterThan(50)
  })

  test('and by its QLinearConcat, which it makes of them, on every code', async () => {
    const { Tensor } = await loadOnnxruntime()
    const folder = mkdtempSync(join(tmpdir(), 'assay-concat-'))
    try {
      const image = Uint8Array.from({ length: 256 }, (_, code) => code)
      for (const [i, scale] of [1 / 255, 1 / 128, 0.75 / 255, 1.9 / 100, 2.5 / 255].entries()) {
        const shape = [1, 16, 16] as const
        const input = {
          op: 'input',
          name: 'images',
          shape,
          quant: { scale: 1 / 255, zeroPoint: 37, bits: 8 },
        } as const
        const cat = {
          op: 'concat',
          name: 'cat',
          inputs: ['images', 'images'],
          shape: [2, 16, 16],
          quant: { scale, zeroPoint: 40 * i, bits: 8 },
        } as const
        const own: IntegerGraph = { ...graph, nodes: [input, cat] }
        const optimizedModelFilePath = join(folder, `${i}.onnx`)
        const session = await openSession(writeQlinearOnnx(own), 1, {
          graphOptimizationLevel: 'extended',
          optimizedModelFilePath,
        })
        const outputs = await session.run({ images: new Tensor('uint8', image, [1, ...shape]) })
        await session.release()
        expect(readFileSync(optimizedModelFilePath, 'latin1')).toContain('QLinearConcat')
        const spec = runSpec(own, image).get('cat')!
        expect(outputs.cat!.data).toEqual(spec)
        expect(Engine.create(own).run(image).get('cat')).toEqual(spec)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('stages are not, and are refused by their field', () => {
    const concat = profileOf('gemmini').concat!
    const own = quantisedSmall({ ...onnx, name: 'staged', concat }, 8, concatGraph).graph
    expect(isQlinear(own)).toBe(false)
    expect(() => writeQlinearOnnx(own)).toThrow(
      'profile staged is not what ONNX computes: its concat is another',
    )
  })
})

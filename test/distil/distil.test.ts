import { describe, expect, test } from 'vitest'
import { distil } from '../../src/distil/distil.ts'
import { openLearning } from '../../src/distil/learning.ts'
import { LOSSES } from '../../src/distil/losses.ts'
import type { Arrays } from '../../src/distil/parameters.ts'
import { addStudent, studentNames } from '../../src/distil/student.ts'
import { Engine } from '../../src/golden/engine.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import { toNchwCodes, toNchwFloat } from '../../src/image/planes.ts'
import type { RgbImage } from '../../src/image/rgb-image.ts'
import { imageQuant } from '../../src/quantise/code-ranges.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'
import { writeIntegerGraph } from '../../src/quantise/integer-file.ts'
import { buildFloatOnnx } from '../../src/quantise/onnx-float.ts'
import { loadOnnxruntime } from '../../src/quantise/onnxruntime.ts'
import { quantiseBranched } from './quantise-branched.ts'

const BITS = { weightBits: 3, activationBits: 6, tableBits: 14 }
const OPTIONS = { crop: 16, rates: { scale: 2e-3, bias: 4e-3 }, seed: 1 }
const LOGITS = ['box0', 'cls0', 'box1', 'cls1']

/** The student's codes of some tensors, by onnxruntime. */
async function runStudent(
  { graph, integer }: Awaited<ReturnType<typeof quantiseBranched>>,
  image: RgbImage,
): Promise<Map<string, Float32Array>> {
  const learning = openLearning(graph, integer)
  const onnx = buildFloatOnnx(graph)
  addStudent(onnx, learning.student(graph))
  for (const name of LOGITS) onnx.output(studentNames(name).value, 'float', [])
  const inputs: Arrays = new Map([['images', toNchwFloat(image)]])
  for (const one of learning.parameters) one.feed(inputs)
  const dims = new Map(onnx.model().inputs.map(({ name, dims: of }) => [name, of.map(Number)]))
  const { InferenceSession, Tensor } = await loadOnnxruntime()
  const session = await InferenceSession.create(onnx.encode(), { logSeverityLevel: 3 })
  const feeds = [...inputs].map(([name, values]) => [name, new Tensor('float32', values, dims.get(name)!)])
  const results = await session.run(Object.fromEntries(feeds))
  await session.release()
  return new Map(LOGITS.map((name) => [name, results[studentNames(name).value]!.data as Float32Array]))
}

describe('the student computes what the integer network does', async () => {
  // Ranges that cut nothing off before the activation: the student does not, either.
  const made = await quantiseBranched(BITS, { observer: 'max' })
  const { graph, integer, images } = made
  const engine = Engine.create(integer)
  const network = await FloatNetwork.create(graph)

  test.each(images.map((_, i) => i))('image %i: it is far nearer than the float network is', async (i) => {
    const codes = engine.run(toNchwCodes(images[i]!, imageQuant(BITS.activationBits)), {
      only: new Set(LOGITS),
    })
    const [student, float] = [await runStudent(made, images[i]!), await network.run(toNchwFloat(images[i]!))]
    for (const name of LOGITS) {
      const { scale, zeroPoint } = integer.nodes.find((node) => node.name === name)!.quant
      const wanted = Float32Array.from(codes.get(name)!, (code) => scale * (code - zeroPoint))
      const distance = (values: Float32Array): number =>
        Math.hypot(...values.map((value, k) => value - wanted[k]!))
      expect(distance(student.get(name)!)).toBeLessThan(0.25 * distance(float.get(name)!))
    }
  })
})

describe('learning', () => {
  const run = async (steps: number, seed = 1) => {
    const made = await quantiseBranched(BITS)
    const losses: number[] = []
    const { integer } = await distil(made, made.options, { ...OPTIONS, steps, seed }, (_done, results) => {
      losses.push(results.get(LOSSES[2])![0]!)
    })
    return { ...made, losses, learned: integer }
  }

  test('the tensors between modules come nearer', async () => {
    const { losses } = await run(200)
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, one) => sum + one, 0) / values.length
    expect(losses).toHaveLength(200)
    expect(mean(losses.slice(-40))).toBeLessThan(0.9 * mean(losses.slice(0, 40)))
  })

  test('no step changes nothing but the rounding of float32', async () => {
    const { integer, learned } = await run(0)
    expect(learned.nodes.map(({ quant }) => quant.zeroPoint)).toEqual(
      integer.nodes.map(({ quant }) => quant.zeroPoint),
    )
    for (const [i, { quant }] of integer.nodes.entries())
      expect(learned.nodes[i]!.quant.scale).toBeCloseTo(quant.scale, 6)
    const [before, after] = [integer, learned].map(({ nodes }) =>
      nodes.filter((node): node is IntegerConv => node.op === 'conv'),
    ) as [IntegerConv[], IntegerConv[]]
    expect(before).toHaveLength(9)
    for (const [i, { weight, bias }] of before.entries()) {
      expect(after[i]!.weight).toEqual(weight)
      expect(Math.max(...after[i]!.bias.map((own, c) => Math.abs(own - bias[c]!)))).toBeLessThanOrEqual(1)
    }
  })

  test('the same seed gives the same network, another seed another', async () => {
    const [first, again, other] = [await run(20), await run(20), await run(20, 2)]
    expect(writeIntegerGraph(again.learned)).toEqual(writeIntegerGraph(first.learned))
    expect(writeIntegerGraph(other.learned)).not.toEqual(writeIntegerGraph(first.learned))
  })

  test('convolutions that stay in float are compared behind them', async () => {
    const made = await quantiseBranched(BITS, { scope: 'no-last' })
    const { integer: learned } = await distil(made, made.options, { ...OPTIONS, steps: 20 })
    expect(learned.nodes.map(({ name }) => name)).toEqual(made.integer.nodes.map(({ name }) => name))
    expect(learned.head).toBeNull()
    expect(writeIntegerGraph(learned)).not.toEqual(writeIntegerGraph(made.integer))
  })
})

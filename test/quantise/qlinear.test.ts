/** The profile `onnx-qlinear` beside the operators of onnxruntime: convolutions, an addition and tables. `make bench ARGS=qlinear` has real networks. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import { isQlinear, writeQlinearOnnx } from '../../src/quantise/onnx-qlinear.ts'
import { runQlinear } from '../../src/quantise/run-qlinear.ts'
import { quantisedSmall } from './quantised-small.ts'

const profileOf = (name: string) => PROFILES.find((profile) => profile.name === name)!

test('every element is what onnxruntime computes', async () => {
  const { graph, image } = quantisedSmall(profileOf('onnx-qlinear'), 8)
  const theirs = await runQlinear(graph, image)
  const engine = Engine.create(graph).run(image)
  for (const [name, codes] of runSpec(graph, image)) {
    expect(theirs.get(name)).toEqual(codes)
    expect(engine.get(name)).toEqual(codes)
  }
  expect(new Set(theirs.get('sum')).size).toBeGreaterThan(50)
})

test('another profile, or another width, has no such file', () => {
  const signed = quantisedSmall(profileOf('tflite'), 8).graph
  expect(isQlinear(signed)).toBe(false)
  expect(() => writeQlinearOnnx(signed)).toThrow('profile tflite is not what ONNX computes')
  const wide = quantisedSmall(profileOf('onnx-qlinear'), 10).graph
  expect(isQlinear(wide)).toBe(false)
  expect(() => writeQlinearOnnx(wide)).toThrow("a table's index has others")
})

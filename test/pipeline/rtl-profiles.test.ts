/** A network with every operator on the RTL, built for the arithmetic of a profile: every tensor as the specification says. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { runSpec } from '../../src/golden/run.ts'
import { arithmeticOf } from '../../src/rom/graph-arithmetic.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { withProfile } from '../golden/with-profile.ts'
import { runProgram } from './run-program.ts'

const named = (name: string): Profile => PROFILES.find((profile) => profile.name === name)!
const ENGINE = { ...DEFAULT_ENGINE, inputLanes: 3, outputLanes: 6, pixels: 2, tableBits: 10 }
const graph = randomGraph({ seed: 31, shape: [3, 18, 22], tableBits: 10 })
const image = randomImage(graph, 31)

// `cmsis-nn` and `tosa-single` are the hardware of `tflite` and of `tflite-single`.
test.each([
  'tflite',
  'tflite-single',
  'cmsis-nn',
  'tosa-single',
  'tosa-double',
  'nvdla',
  'power-of-two-floor',
  'power-of-two-round',
])('%s', async (name) => {
  const own = withProfile(graph, named(name))
  const { red, layers } = await runProgram(own, ENGINE, image)
  expect(red).toEqual([])
  expect(layers).toBeGreaterThan(12)
  const tensors = runSpec(own, image)
  for (const tensor of ['shortcut', 'logits']) expect(new Set(tensors.get(tensor)).size).toBeGreaterThan(60)
})

test('hardware of one profile is that of another only where their stages are', () => {
  const words = (name: string) => JSON.stringify(arithmeticOf(withProfile(graph, named(name))).words)
  expect(words('cmsis-nn')).toBe(words('tflite'))
  expect(words('tosa-single')).toBe(words('tflite-single'))
  const others = ['assay', 'tflite', 'tflite-single', 'tosa-double', 'nvdla', 'power-of-two-floor']
  expect(new Set(others.map(words)).size).toBe(others.length)
})

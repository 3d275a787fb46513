/** What learning begins with: the real biases of the integer network, whatever codes its hardware has. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { ConvParameter } from '../../src/distil/parameters.ts'
import { convNames } from '../../src/distil/student.ts'
import { quantisedSmall } from '../quantise/quantised-small.ts'
import { smallGraph } from '../quantise/small-network.ts'

test.each(['assay', 'tflite', 'tosa-double'])('under %s', (name) => {
  const profile = PROFILES.find((one) => one.name === name)!
  const { graph } = quantisedSmall(profile)
  const distances = smallGraph.nodes.flatMap((float) => {
    const node = graph.nodes.find((one) => one.name === float.name)!
    if (float.op !== 'conv' || node.op !== 'conv') return []
    const { quant } = graph.nodes.find((one) => one.name === node.inputs[0])!
    const arrays = new Map<string, Float32Array>()
    new ConvParameter(node, quant, profile).feed(arrays)
    const steps = node.weightScale.map((scale) => scale * quant.scale)
    return [...arrays.get(convNames(node.name).bias)!].map(
      (real, o) => Math.abs(real - float.bias![o]!) / steps[o]!,
    )
  })
  // A bias is the nearest code.
  expect(Math.max(...distances)).toBeLessThan(0.51)
  expect(distances.length).toBeGreaterThan(10)
})

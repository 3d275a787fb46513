/** Counts and names what is odd about a calibration. Nothing here ends the run. */
import type { FloatGraph } from '../graph/types.ts'
import type { Calibration } from './calibrate.ts'
import { preActivationKey } from './integer-graph.ts'

/** The most names in one sentence. */
const NAMED = 4

const list = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`

/** One sentence per kind of oddity: constant activations, dead channels, channels that never change. */
export function describeOddities(graph: FloatGraph, calibration: Calibration): readonly string[] {
  const constant: string[] = []
  const dead: string[] = []
  const still: string[] = []
  for (const node of graph.nodes) {
    if (node.op !== 'conv' && node.op !== 'add') continue
    const own = calibration.get(node.name)
    if (own === undefined) continue
    if (own.histogram.min === own.histogram.max) {
      constant.push(`${node.name} (always ${Number(own.histogram.min.toPrecision(4))})`)
      continue
    }
    if (node.op !== 'conv') continue
    const before = calibration.get(preActivationKey(node.name)) ?? own
    const size = node.weight.length / node.shape[0]
    for (let channel = 0; channel < node.shape[0]; channel++) {
      const name = `${node.name} channel ${channel}`
      if (node.weight.subarray(channel * size, (channel + 1) * size).every((weight) => weight === 0))
        dead.push(name)
      else if (before.channelMin[channel] === before.channelMax[channel]) still.push(name)
    }
  }
  const sentences: string[] = []
  if (constant.length > 0)
    sentences.push(`constant on every calibration image, so the range means nothing: ${list(constant)}`)
  if (dead.length > 0)
    sentences.push(
      `dead: all weights of ${dead.length === 1 ? 'a channel' : `${dead.length} channels`} are zero: ${list(dead)}`,
    )
  if (still.length > 0)
    sentences.push(`never changed on the calibration images: ${list(still)}. Calibrate on more of them.`)
  return sentences
}

/** All stimuli of a run. */
import { detectGeometry } from '../golden/head-geometry.ts'
import { createRandom } from '../golden/random.ts'
import type { IntegerGraph, NmsOptions } from '../golden/types.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { makeDetectCorners, makeDetectRandom } from './detect-sets.ts'
import { makeCorners, makeRandom, type StimulusLayer } from './layers.ts'
import type { Stimulus, StimulusChoice } from './types.ts'

export interface StimulusRequest {
  readonly choice: StimulusChoice
  /** Of the random sets. */
  readonly seeds: readonly number[]
  /** Layers by name, in order. */
  readonly layers: ReadonlyMap<string, StimulusLayer>
  readonly graph: IntegerGraph
  readonly engine: EngineParameters
  /** Null where DETECT is not to be run. */
  readonly nms: NmsOptions | null
}

/** Lots of one layer do not depend on which other layers there are. */
const lotsOf = (name: string, seed: number) => {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return createRandom(hash)
}

export function makeStimuli({ choice, seeds, layers, graph, engine, nms }: StimulusRequest): Stimulus[] {
  const corners = choice === 'corners' || choice === 'all'
  const randoms = choice === 'random' || choice === 'all' ? seeds : []
  const stimuli: Stimulus[] = []
  for (const [layer, own] of layers) {
    if (corners)
      stimuli.push({
        kind: 'layer',
        layer,
        name: 'corners',
        ...makeCorners(own, engine, lotsOf(layer, 0)),
      })
    for (const seed of randoms)
      stimuli.push({
        kind: 'layer',
        layer,
        name: `random ${seed}`,
        ...makeRandom(own, engine, lotsOf(layer, seed)),
      })
  }
  if (nms === null || graph.head === null) return stimuli
  const target = { geometry: detectGeometry(graph), head: graph.head, bits: graph.activationBits, nms }
  if (corners) stimuli.push(...makeDetectCorners(target))
  for (const seed of randoms) stimuli.push(...makeDetectRandom(target, lotsOf(graph.detect.name, seed)))
  return stimuli
}

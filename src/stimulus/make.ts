/** All stimuli of a run. */
import { profileOf } from '../golden/code-range.ts'
import { countAnchors, detectGeometry } from '../golden/head-geometry.ts'
import { createRandom } from '../golden/random.ts'
import type { IntegerGraph, NmsOptions } from '../golden/types.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { makeDetectCorners, makeDetectRandom } from './detect-sets.ts'
import { type LayerTensors, makeCorners, makeRandom, type StimulusLayer } from './layers.ts'
import { AGAIN, afterName, resetName } from './names.ts'
import { logitBits } from './scene.ts'
import type { DetectStimulus, LayerStimulus, Stimulus, StimulusChoice } from './types.ts'

export interface StimulusRequest {
  readonly choice: StimulusChoice
  /** Seeds of the random sets. */
  readonly seeds: readonly number[]
  /** Layers by name, in order. */
  readonly layers: ReadonlyMap<string, StimulusLayer>
  readonly graph: IntegerGraph
  readonly engine: EngineParameters
  /** Null if DETECT is not to be run. */
  readonly nms: NmsOptions | null
}

/** The random values of one layer do not depend on the other layers. */
const lotsOf = (name: string, seed: number) => {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return createRandom(hash)
}

/** Cycles after which work is under way: an instruction is read in 36, and a table loads one entry per cycle. */
const READ_CYCLES = 36
const RESETS = [60, 71] as const
/** Boxes that are read back after a reset: each costs three calls to the model. */
const RESET_BOXES = 40
/** Into the suppression: while the first box is decoded, and while boxes meet. */
const SUPPRESS_CYCLES = [90, 2_001] as const

export function makeStimuli(request: StimulusRequest): Stimulus[] {
  const stimuli = makeAll(request)
  const names = new Set<string>()
  for (const stimulus of stimuli) {
    const name = JSON.stringify([stimulus.kind === 'layer' ? stimulus.layer : null, stimulus.name])
    // What a run gives is kept and compared by name.
    if (names.has(name)) throw new RangeError(`Expected one stimulus of the name ${name}, got two`)
    names.add(name)
  }
  return stimuli
}

function makeAll({ choice, seeds, layers, graph, engine, nms }: StimulusRequest): Stimulus[] {
  const corners = choice === 'corners' || choice === 'all'
  const randoms = choice === 'random' || choice === 'all' ? seeds : []
  const stimuli: Stimulus[] = []
  // The corners of the first layer of each.
  const kinds = new Map<string, LayerStimulus>()
  for (const [layer, own] of layers) {
    if (corners) {
      const made = makeCorners(own, engine, lotsOf(layer, 0), profileOf(graph))
      const base: LayerStimulus = { kind: 'layer', layer, name: 'corners', ...made }
      stimuli.push(base)
      const kind = kindOf(own)
      if (!kinds.has(kind)) kinds.set(kind, base)
      if (isFirst(layers, layer))
        stimuli.push(...makeResets(layer, own, made), { ...base, name: AGAIN, after: base })
    }
    for (const seed of randoms) {
      const made = makeRandom(own, engine, lotsOf(layer, seed))
      stimuli.push({ kind: 'layer', layer, name: `random ${seed}`, ...made })
    }
  }
  for (const first of kinds.values())
    for (const then of kinds.values())
      if (then !== first) stimuli.push({ ...then, name: afterName(first.layer), after: first })
  if (nms === null || graph.head === null) return stimuli
  const bits = logitBits(graph.head)
  const target = { geometry: detectGeometry(graph), head: graph.head, bits, nms }
  if (corners) {
    const sets = makeDetectCorners(target)
    const busy = sets.find(({ name }) => name === 'every score')!
    const resets = detectResets(busy, engine).map((resetAfter, i) => ({
      ...busy,
      name: resetName(i + 1),
      resetAfter,
      after: busy,
      nms: { ...busy.nms, maxDetections: Math.min(busy.nms.maxDetections, RESET_BOXES) },
    }))
    const others = sets.filter(({ name }) => FOLLOWING.includes(name))
    // It ends while the next box is under way.
    const full = sets.filter(({ name }) => name === 'max_det +1')
    const again = full.map((set) => ({ ...set, name: `${set.name}, ${AGAIN}`, after: set }))
    stimuli.push(...sets, ...resets, ...again, ...inTurn(others))
  }
  for (const seed of randoms) {
    const sets = makeDetectRandom(target, lotsOf(graph.detect.name, seed))
    stimuli.push(...sets, ...inTurn(sets))
  }
  return stimuli
}

/** Sets that differ in candidates, boxes, grids and settings: none may see anything of the one before. */
const FOLLOWING = [
  'one candidate',
  'max_det +1',
  'several labels of an anchor',
  'every score',
  'capacity by far',
]

/** Each behind the one before it, the first behind the last. */
const inTurn = (sets: readonly DetectStimulus[]): readonly DetectStimulus[] =>
  sets.length < 2
    ? []
    : sets.map((set, index) => {
        const after = sets.at(index - 1)!
        return { ...set, name: `${set.name}, ${afterName(after.name)}`, after }
      })

/** Layers of one kind set the engine up alike. */
function kindOf({ node, even }: StimulusLayer): string {
  if (node.op !== 'conv') return JSON.stringify([node.op, even])
  const { kernel, stride, table } = node
  return JSON.stringify([node.op, even, kernel, stride, table !== null])
}

/** Cycles in the midst of each of the head's stages: clear, count, rank, place, suppress. */
function detectResets({ geometry }: DetectStimulus, engine: EngineParameters): readonly number[] {
  const walk = 2 ** engine.activationBits
  const scan = countAnchors(geometry) * Math.ceil(geometry.classes / engine.inputLanes)
  const counted = READ_CYCLES + walk + scan
  const placed = counted + walk + scan
  return [
    READ_CYCLES + walk / 2,
    READ_CYCLES + walk + Math.floor(scan / 2),
    counted + walk / 2,
    counted + walk + Math.floor(scan / 2),
    ...SUPPRESS_CYCLES.map((cycles) => placed + cycles),
  ]
}

/** The first layer of its operator. */
function isFirst(layers: ReadonlyMap<string, StimulusLayer>, layer: string): boolean {
  const { op } = layers.get(layer)!.node
  return [...layers].find(([, { node }]) => node.op === op)?.[0] === layer
}

function makeResets(layer: string, { node }: StimulusLayer, made: LayerTensors): readonly Stimulus[] {
  const table = node.op === 'conv' && node.table !== null ? node.table.length : 0
  return RESETS.map((cycles, index) => ({
    kind: 'layer',
    layer,
    name: resetName(index + 1),
    resetAfter: READ_CYCLES + table + cycles,
    ...made,
  }))
}

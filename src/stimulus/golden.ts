/** The golden data of stimuli and of an image: tensors, boxes, and the coverage of meaning. */
import type { Profile } from '../arithmetic/profile.ts'
import { profileOf } from '../golden/code-range.ts'
import { Engine, type OnTally, type Tally } from '../golden/engine.ts'
import { detectFast } from '../golden/head-fast.ts'
import { detectGeometry } from '../golden/head-geometry.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode, NmsOptions, NmsResult } from '../golden/types.ts'
import { countDetect } from './count-detect.ts'
import { countAdd, countConv, countOverflow } from './count-layers.ts'
import { type LayerMeaning, type MeaningCoverage, mergeCoverage, NO_COVERAGE } from './coverage.ts'
import type { StimulusProgram } from './program.ts'
import type { DetectStimulus } from './types.ts'

export interface StimulusGolden {
  /** Outputs by name of the step. */
  readonly outputs: ReadonlyMap<string, Codes>
  /** Boxes of each set of logits, by name of the step. */
  readonly boxes: ReadonlyMap<string, NmsResult>
  readonly coverage: MeaningCoverage
}

/** Every stimulus of a program on the engine, each from its own inputs. */
export function runStimuli({ graph, stimuli, roms, tensors }: StimulusProgram): StimulusGolden {
  const outputs = new Map<string, Codes>()
  const boxes = new Map<string, NmsResult>()
  let coverage = NO_COVERAGE
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  // The same inputs give the same, whatever ran before, and exercise nothing more.
  const known = new Map<unknown, Codes>()
  for (const [pc, stimulus] of stimuli.entries()) {
    const step = roms.steps[pc]!
    if (stimulus.kind === 'detect') {
      const { geometry, boxes: logits, classes, nms } = stimulus
      boxes.set(step.name, detectFast(geometry, graph.head!, logits, classes, nms))
      coverage = mergeCoverage(coverage, coverDetect(graph, stimulus))
      continue
    }
    const before = known.get(stimulus.inputs)
    if (before !== undefined) {
      outputs.set(step.name, before)
      continue
    }
    const inputs = step.reads.map((name) => nodes.get(name)!)
    const node = nodes.get(step.writes!)!
    const engine = Engine.create({ ...graph, nodes: [...inputs, node] }, { tallies: node.op === 'conv' })
    const codes = step.reads.map((name) => tensors.get(name)!)
    const meaning: LayerMeaning[] = []
    const onTally: OnTally = (own, tally) => {
      meaning.push(coverConv(own, inputs[0]!, codes[0]!, tally, profileOf(graph)))
    }
    const output = engine.runLayer(node.name, codes, node.op === 'conv' ? onTally : undefined)
    outputs.set(node.name, output)
    known.set(stimulus.inputs, output)
    if (node.op === 'add')
      meaning.push(countAdd(node, quantsOf(inputs), codes[0]!, codes[1]!, profileOf(graph)))
    const layers = new Map(meaning.map((own) => [stimulus.layer, own]))
    coverage = mergeCoverage(coverage, { layers, detect: null })
  }
  return { outputs, boxes, coverage }
}

export const mergeGolden = (parts: readonly StimulusGolden[]): StimulusGolden => ({
  outputs: new Map(parts.flatMap(({ outputs }) => [...outputs])),
  boxes: new Map(parts.flatMap(({ boxes }) => [...boxes])),
  coverage: parts.reduce((sum, { coverage }) => mergeCoverage(sum, coverage), NO_COVERAGE),
})

const quantsOf = ([a, b]: readonly IntegerNode[]) => [a!.quant, b!.quant] as const

function coverConv(
  node: IntegerConv,
  input: IntegerNode,
  codes: Codes,
  tally: Tally,
  profile: Profile,
): LayerMeaning {
  const overflow = countOverflow(node, input, codes, profile)
  const own = countConv(node, input.shape, input.quant.bits, tally, profile)
  return overflow === undefined ? own : { ...own, overflow }
}

const coverDetect = (
  graph: IntegerGraph,
  { geometry, boxes, classes, nms }: DetectStimulus,
): MeaningCoverage => ({
  layers: new Map(),
  detect: countDetect(geometry, graph.head!, boxes, classes, nms),
})

/**
 * The coverage of an image.
 *
 * @param tallies of the run that computed the golden data
 * @param layers names of the layers that count; DETECT counts where `nms` is given
 */
export function coverImage(
  graph: IntegerGraph,
  golden: ReadonlyMap<string, Codes>,
  tallies: ReadonlyMap<string, Tally>,
  layers: ReadonlySet<string>,
  nms: NmsOptions | null,
): MeaningCoverage {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const meaning = new Map<string, LayerMeaning>()
  for (const node of graph.nodes) {
    if (node.op !== 'conv' || !layers.has(node.name)) continue
    const tally = tallies.get(node.name)
    if (tally === undefined) throw new Error(`Expected a tally of ${node.name}`)
    const [name] = node.inputs
    meaning.set(node.name, coverConv(node, nodes.get(name)!, golden.get(name)!, tally, profileOf(graph)))
  }
  for (const node of graph.nodes) {
    if (node.op !== 'add' || !layers.has(node.name)) continue
    const [a, b] = node.inputs
    const quants = quantsOf([nodes.get(a)!, nodes.get(b)!])
    meaning.set(node.name, countAdd(node, quants, golden.get(a)!, golden.get(b)!, profileOf(graph)))
  }
  const { levels } = graph.detect
  const detect =
    nms === null || graph.head === null
      ? null
      : countDetect(
          detectGeometry(graph),
          graph.head,
          levels.map(({ box }) => golden.get(box)!),
          levels.map(({ cls }) => golden.get(cls)!),
          nms,
        )
  return { layers: meaning, detect }
}

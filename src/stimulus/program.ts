/**
 * A program that runs stimuli on the model as it was built: the layers' own instructions with other operands and sizes. Weights,
 * parameters, tables and the head's ROM are those of the model; only the program ROM differs.
 */
import type { Codes, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { RomSet, Step } from '../rom/emit.ts'
import { makeWalk } from '../rom/instructions.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { type Placement, pitchOf } from '../rom/placement.ts'
import { encodeProgram, INSTRUCTION_WORDS, type Instruction } from '../rom/program.ts'
import type { StimulusLayer } from './layers.ts'
import type { DetectStimulus, LayerStimulus, Stimulus } from './types.ts'

/** What the built model has room for. */
export interface ProgramRoom {
  /** Words of the program ROM. */
  readonly programDepth: number
  /** Rows of a feature bank. */
  readonly featureDepth: number
}

export interface StimulusProgram {
  /** Of each step, in order. */
  readonly stimuli: readonly Stimulus[]
  /** With a node of its own for each tensor of each stimulus, so that a step can be run and compared as one of the network's. */
  readonly graph: IntegerGraph
  readonly roms: RomSet
  /** Input tensors by name. */
  readonly tensors: ReadonlyMap<string, Codes>
}

/** `model.0 [corners]`: the step of a stimulus. */
export const stimulusName = (layer: string, stimulus: string): string => `${layer} [${stimulus}]`

/** Where tensors begin: not at 0, where an address that is lost would be right. */
const FIRST_ROW = 5

/** The layers that can be given stimuli: every step but DETECT. */
export function stimulusLayers(graph: IntegerGraph, roms: RomSet): ReadonlyMap<string, StimulusLayer> {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const layers = new Map<string, StimulusLayer>()
  for (const step of roms.steps) {
    if (step.writes === null) continue
    const inputs = step.reads.map((name) => nodes.get(name)!)
    const node = nodeOf(step, nodes)
    layers.set(step.name, {
      node,
      quants: inputs.map(({ quant }) => quant),
      inputChannels: inputs.map(({ shape }) => shape[0]),
      even: roms.placements.get(inputs[0]!.name)!.spaceToDepth,
    })
  }
  return layers
}

/** A copy passes its tensor on, as a slice of all channels does. */
function nodeOf(step: Step, nodes: ReadonlyMap<string, IntegerNode>): StimulusLayer['node'] {
  const node = nodes.get(step.writes!)!
  if (step.name === step.writes && node.op !== 'input' && node.op !== 'concat') return node
  const { name, shape, quant } = node
  return { op: 'slice', name, shape, quant, inputs: [name], begin: 0 }
}

/** Those that the feature memory has room for: with few lanes and many classes the largest grids may not fit. */
export function keepFitting(
  graph: IntegerGraph,
  roms: RomSet,
  stimuli: readonly Stimulus[],
  room: ProgramRoom,
): readonly Stimulus[] {
  return stimuli.filter(
    (stimulus) => layProgram(graph, roms, [stimulus]).roms.featureRows <= room.featureDepth,
  )
}

/**
 * Stimuli in several programs, which can run side by side.
 *
 * @param parts at least so many, where there are as many stimuli; the ROM's depth may ask for more
 */
export function makePrograms(
  graph: IntegerGraph,
  roms: RomSet,
  stimuli: readonly Stimulus[],
  room: ProgramRoom,
  parts = 1,
): readonly StimulusProgram[] {
  const most = Math.max(1, Math.floor(room.programDepth / INSTRUCTION_WORDS) - 1)
  const count = Math.min(stimuli.length, Math.max(parts, Math.ceil(stimuli.length / most)))
  // Neighbours are of one layer or of one kind, and cost about the same.
  return Array.from({ length: count }, (_, part) =>
    layProgram(
      graph,
      roms,
      stimuli.filter((_stimulus, i) => i % count === (part + Math.floor(i / count)) % count),
    ),
  )
}

function layProgram(graph: IntegerGraph, roms: RomSet, stimuli: readonly Stimulus[]): StimulusProgram {
  const { engine } = roms
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const own: IntegerNode[] = []
  const tensors = new Map<string, Codes>()
  const placements = new Map<string, Placement>()
  let peak = 0
  const steps = stimuli.map((stimulus): Step => {
    let row = FIRST_ROW
    const put = (name: string, like: Placement, [, height, width]: Shape): Placement => {
      const place = placeLike(like, height, width, row, engine)
      row = place.base + place.blocks * place.plane
      placements.set(name, place)
      return place
    }
    const addInput = (name: string, like: IntegerNode, shape: Shape, codes: Codes): Placement => {
      own.push({ op: 'input', name, shape, quant: like.quant })
      tensors.set(name, codes)
      return put(name, roms.placements.get(like.name)!, shape)
    }
    const step =
      stimulus.kind === 'detect'
        ? detectStep(stimulus, graph, nodes, addInput)
        : layerStep(stimulus, roms, nodes, own, addInput, put)
    peak = Math.max(peak, row)
    return step
  })
  const header = {
    engine,
    modelId: roms.modelId,
    featureRows: peak,
    weightWords: roms.weights.depth,
    paramWords: roms.params.depth,
    tableEntries: roms.tables.depth,
  }
  const words = encodeProgram(
    header,
    steps.map(({ instruction }) => instruction),
  )
  const program = {
    name: 'program' as const,
    width: 32,
    depth: words.length,
    bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
  }
  return {
    stimuli,
    graph: { ...graph, nodes: own },
    roms: { ...roms, steps, placements, featureRows: peak, program },
    tensors,
  }
}

function placeLike(
  like: Placement,
  height: number,
  width: number,
  base: number,
  engine: EngineParameters,
): Placement {
  const halve = like.spaceToDepth ? 2 : 1
  const [rows, columns] = [height / halve, width / halve]
  const pitch = pitchOf(columns, engine)
  return { ...like, base, pitch, plane: rows * pitch, width: columns, height: rows }
}

type AddInput = (name: string, like: IntegerNode, shape: Shape, codes: Codes) => Placement

function layerStep(
  stimulus: LayerStimulus,
  roms: RomSet,
  nodes: ReadonlyMap<string, IntegerNode>,
  own: IntegerNode[],
  addInput: AddInput,
  put: (name: string, like: Placement, shape: Shape) => Placement,
): Step {
  const step = roms.steps.find(({ name }) => name === stimulus.layer)!
  const name = stimulusName(stimulus.layer, stimulus.name)
  const sources = step.reads
  const reads = sources.map((_, index) => `${name} input ${index + 1}`)
  const [first, second] = stimulus.inputs.map(({ shape, codes }, index) =>
    addInput(reads[index]!, nodes.get(sources[index]!)!, shape, codes),
  )
  const place = put(name, step.place!, stimulus.output)
  // As many inputs as before, by other names.
  own.push({ ...nodeOf(step, nodes), name, inputs: reads, shape: stimulus.output } as unknown as IntegerNode)
  const walk = makeWalk(first!, place)
  const instruction = { ...step.instruction, ...walk } as Instruction
  const added =
    second === undefined ? {} : { second: { base: second.base, plane: second.plane, pitch: second.pitch } }
  const [, height, width] = stimulus.output
  const before = nodes.get(step.writes!)!.shape
  const macs = (step.macs / (before[1] * before[2])) * height * width
  return { name, instruction: { ...instruction, ...added } as Instruction, reads, writes: name, place, macs }
}

function detectStep(
  stimulus: DetectStimulus,
  graph: IntegerGraph,
  nodes: ReadonlyMap<string, IntegerNode>,
  addInput: AddInput,
): Step {
  const { geometry, boxes, classes, nms } = stimulus
  const name = stimulusName(graph.detect.name, stimulus.name)
  const reads: string[] = []
  const levels = geometry.levels.map(({ stride, width, height }, index) => {
    const level = graph.detect.levels[index]!
    const [box, cls] = [`${name} boxes ${index}`, `${name} classes ${index}`]
    reads.push(box, cls)
    const boxPlace = addInput(box, nodes.get(level.box)!, [4 * geometry.regMax, height, width], boxes[index]!)
    const classPlace = addInput(
      cls,
      nodes.get(level.cls)!,
      [geometry.classes, height, width],
      classes[index]!,
    )
    return {
      boxBase: boxPlace.base,
      classBase: classPlace.base,
      plane: boxPlace.plane,
      pitch: boxPlace.pitch,
      width,
      height,
      log2Stride: Math.log2(stride),
    }
  })
  const instruction: Instruction = {
    op: 'detect',
    minCode: nms.minCode,
    iouThreshold: nms.iouThreshold,
    classes: geometry.classes,
    regMax: geometry.regMax,
    multiLabel: nms.multiLabel,
    maxDetections: nms.maxDetections,
    levels,
  }
  return { name, instruction, reads, writes: null, place: null, macs: 0 }
}

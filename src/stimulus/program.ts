/**
 * A program that runs stimuli on the model as it was built: the layers' own instructions with other operands and sizes. Weights,
 * parameters, tables and the head's ROM are those of the model; only the program ROM differs.
 */
import type { Codes, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { makeProgramRom, type RomSet, type Step } from '../rom/emit.ts'
import { makeWalk, operandOf } from '../rom/instructions.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { type Placement, pitchOf } from '../rom/placement.ts'
import { INSTRUCTION_WORDS, type Instruction } from '../rom/program.ts'
import type { StimulusLayer } from './layers.ts'
import { stimulusName } from './names.ts'
import type { DetectStimulus, LayerStimulus, Stimulus, TensorInput } from './types.ts'

/** What the built model has room for. */
export interface ProgramRoom {
  /** Words of the program ROM. */
  readonly programDepth: number
  /** Rows of a feature bank. */
  readonly featureDepth: number
}

export interface StimulusProgram {
  /** The stimulus of each step, in order; behind them come steps that only run before others. */
  readonly stimuli: readonly Stimulus[]
  /** For each stimulus the step that runs before it, if one does. */
  readonly before: readonly (number | null)[]
  /** With a node of its own for each tensor of each stimulus, so that a step can be run and compared as one of the network's. */
  readonly graph: IntegerGraph
  readonly roms: RomSet
  /** Input tensors by name. */
  readonly tensors: ReadonlyMap<string, Codes>
}

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
  for (let count = Math.min(stimuli.length, parts); ; count++) {
    // Neighbours are of one layer or of one kind, and cost about the same.
    const shares = Array.from({ length: count }, (_, part) =>
      stimuli.filter((_stimulus, i) => i % count === (part + Math.floor(i / count)) % count),
    )
    const fit = shares.every((share) => share.length < 2 || withBefore(graph, share).length <= most)
    if (fit) return shares.map((share) => layProgram(graph, roms, share))
  }
}

const nameOf = ({ detect }: IntegerGraph, stimulus: Stimulus): string =>
  stimulusName(stimulus.kind === 'detect' ? detect.name : stimulus.layer, stimulus.name)

/** Stimuli, and behind them what runs before one and is not among them. */
function withBefore(graph: IntegerGraph, stimuli: readonly Stimulus[]): readonly Stimulus[] {
  const before = stimuli.flatMap(({ after }) => (after === undefined ? [] : [after]))
  return [...new Map([...stimuli, ...before].map((one) => [nameOf(graph, one), one])).values()]
}

/** A program that is being laid out, with the memory of the step at hand. */
interface Layout {
  /** The network's graph. */
  readonly graph: IntegerGraph
  readonly roms: RomSet
  readonly nodes: ReadonlyMap<string, IntegerNode>
  /** The program's nodes, one for each tensor of each stimulus. */
  readonly own: IntegerNode[]
  /** Codes of the inputs. */
  readonly tensors: Map<string, Codes>
  readonly placements: Map<string, Placement>
  /** The first free row. */
  row: number
}

function layProgram(graph: IntegerGraph, roms: RomSet, stimuli: readonly Stimulus[]): StimulusProgram {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const layout: Layout = {
    graph,
    roms,
    nodes,
    own: [],
    tensors: new Map(),
    placements: new Map(),
    row: FIRST_ROW,
  }
  let peak = 0
  const all = withBefore(graph, stimuli)
  const steps = all.map((stimulus): Step => {
    layout.row = FIRST_ROW
    const step = stimulus.kind === 'detect' ? detectStep(layout, stimulus) : layerStep(layout, stimulus)
    peak = Math.max(peak, layout.row)
    return step
  })
  const set = { ...roms, steps, placements: layout.placements, featureRows: peak }
  const placeOf = (wanted: Stimulus) => steps.findIndex(({ name }) => name === nameOf(graph, wanted))
  return {
    stimuli,
    before: stimuli.map(({ after }) => (after === undefined ? null : placeOf(after))),
    graph: { ...graph, nodes: layout.own },
    roms: { ...set, program: makeProgramRom(set) },
    tensors: layout.tensors,
  }
}

/** Gives a tensor the next rows, laid out like another of the same channels. */
function place(layout: Layout, name: string, like: Placement, [, height, width]: Shape): Placement {
  const placed = placeLike(like, { height, width }, layout.row, layout.roms.engine)
  layout.row = placed.base + placed.blocks * placed.plane
  layout.placements.set(name, placed)
  return placed
}

/** Adds an input of the network's layer: of the same channels and scale as the tensor `like`. */
function addInput(layout: Layout, name: string, like: string, { shape, codes }: TensorInput): Placement {
  layout.own.push({ op: 'input', name, shape, quant: layout.nodes.get(like)!.quant })
  layout.tensors.set(name, codes)
  return place(layout, name, layout.roms.placements.get(like)!, shape)
}

function placeLike(
  like: Placement,
  { height, width }: { readonly height: number; readonly width: number },
  base: number,
  engine: EngineParameters,
): Placement {
  const halve = like.spaceToDepth ? 2 : 1
  const [rows, columns] = [height / halve, width / halve]
  const pitch = pitchOf(columns, engine)
  return { ...like, base, pitch, plane: rows * pitch, width: columns, height: rows }
}

function layerStep(layout: Layout, stimulus: LayerStimulus): Step {
  const { roms, nodes } = layout
  const step = roms.steps.find(({ name }) => name === stimulus.layer)!
  const name = nameOf(layout.graph, stimulus)
  const sources = step.reads
  const reads = sources.map((_, index) => `${name} input ${index + 1}`)
  const [first, second] = stimulus.inputs.map((input, index) =>
    addInput(layout, reads[index]!, sources[index]!, input),
  )
  const output = place(layout, name, step.place!, stimulus.output)
  // As many inputs as before, by other names.
  layout.own.push({
    ...nodeOf(step, nodes),
    name,
    inputs: reads,
    shape: stimulus.output,
  } as unknown as IntegerNode)
  const walked = { ...step.instruction, ...makeWalk(first!, output) } as Instruction
  const instruction = walked.op === 'add' ? { ...walked, second: operandOf(second!) } : walked
  const [, height, width] = stimulus.output
  const before = nodes.get(step.writes!)!.shape
  const macs = (step.macs / (before[1] * before[2])) * height * width
  return { name, instruction, reads, writes: name, place: output, macs }
}

function detectStep(layout: Layout, stimulus: DetectStimulus): Step {
  const { detect } = layout.graph
  const { geometry, boxes, classes, nms } = stimulus
  const name = nameOf(layout.graph, stimulus)
  const reads: string[] = []
  const levels = geometry.levels.map(({ stride, width, height }, index) => {
    const level = detect.levels[index]!
    const [box, cls] = [`${name} boxes ${index}`, `${name} classes ${index}`]
    reads.push(box, cls)
    const tensor = (channels: number, codes: Codes): TensorInput => ({
      shape: [channels, height, width],
      codes,
    })
    const boxPlace = addInput(layout, box, level.box, tensor(4 * geometry.regMax, boxes[index]!))
    const classPlace = addInput(layout, cls, level.cls, tensor(geometry.classes, classes[index]!))
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

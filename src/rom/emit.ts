/** The ROM generator: an integer graph becomes program, weights, parameters and tables for one set of engine parameters. */
import { profileName } from '../golden/code-range.ts'
import { checkGeometry, detectGeometry } from '../golden/head-geometry.ts'
import type { IntegerGraph, IntegerNode, NmsOptions } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { allocate, refuseOverlaps } from './allocate.ts'
import type { ArithmeticWords } from './arithmetic-words.ts'
import type { RomImage } from './formats/types.ts'
import { arithmeticOf } from './graph-arithmetic.ts'
import { makeDetectInstruction, makeInstruction, makeWalk } from './instructions.ts'
import { layConvolutions, makeHeadRom } from './lay-roms.ts'
import { findLifetimes, type Item, orderInstructions } from './lifetimes.ts'
import { checkEngine, checkInputSize, type EngineParameters } from './parameters.ts'
import { type Placement, placeView, planViews, readsOf } from './placement.ts'
import { encodeProgram, type Instruction } from './program.ts'

/** One instruction with the tensors it touches. */
export interface Step {
  /** The layer's name; a copy has its source's name and the concat it is for. */
  readonly name: string
  readonly instruction: Instruction
  /** Tensors read, by name. */
  readonly reads: readonly string[]
  /** Tensor written; null for DETECT. */
  readonly writes: string | null
  /** Where it writes; null for DETECT. */
  readonly place: Placement | null
  /** Multiplications with real operands: what the layer needs, not what the array spends. */
  readonly macs: number
}

export interface RomSet {
  readonly engine: EngineParameters
  readonly modelId: number
  /** Name of the graph's profile of arithmetic; absent for `assay`. */
  readonly profile?: string | undefined
  /** Header words 11 and 12. */
  readonly arithmetic: ArithmeticWords
  readonly steps: readonly Step[]
  readonly placements: ReadonlyMap<string, Placement>
  /** Depth that the feature memory must have, in rows of all banks. */
  readonly featureRows: number
  readonly program: RomImage
  readonly weights: RomImage
  readonly params: RomImage
  readonly tables: RomImage
  readonly head: RomImage
}

export const ROM_NAMES = ['program', 'weights', 'params', 'tables', 'head'] as const
export type RomName = (typeof ROM_NAMES)[number]

/** Without the words, for a process whose model reads them from files. */
export function withoutContents(roms: RomSet): RomSet {
  const emptied = ROM_NAMES.map((name) => [name, { ...roms[name], bytes: new Uint8Array(0) }])
  return { ...roms, ...Object.fromEntries(emptied) }
}

/**
 * @param nms settings of the DETECT instruction, or of several, one after the other on the same logits; without effect where the graph
 * has no integer head.
 * @throws InputError if the network does not fit the engine (bits, sizes).
 */
export function emitRoms(
  graph: IntegerGraph,
  engine: EngineParameters,
  modelId: number,
  nms: NmsOptions | readonly NmsOptions[],
): RomSet {
  checkEngine(engine)
  checkGraph(graph, engine)
  const arithmetic = arithmeticOf(graph)
  const plan = planViews(graph, engine)
  const order = orderInstructions(graph, plan.copies, 'minCode' in nms ? [nms] : nms)
  const lifetimes = findLifetimes(graph, order, plan, engine)
  const { rows, peak } = allocate(lifetimes)
  refuseOverlaps(lifetimes, rows)

  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const placements = new Map<string, Placement>()
  for (const [name, view] of plan.views)
    placements.set(name, placeView(view, plan, rows, engine, nodes.get(name)!.op === 'input'))

  const laid = layConvolutions(graph, placements, engine, modelId, arithmetic)
  const steps = order.map((item): Step => {
    if (item.kind === 'detect') return detectStep(graph, placements, item.nms, engine)
    if (item.kind === 'copy')
      return copyStep(item.copy, placements, placeView(item.copy.view, plan, rows, engine, false))
    return nodeStep(item.node, makeInstruction(item.node, placements, nodes, laid), placements)
  })
  const { weights, params, tables } = laid
  const head = makeHeadRom(graph, engine)
  const sizes = {
    engine,
    modelId,
    profile: profileName(graph),
    arithmetic: arithmetic.words,
    featureRows: peak,
  }
  const set = { ...sizes, steps, placements, weights, params, tables, head }
  return { ...set, program: makeProgramRom(set) }
}

function detectStep(
  graph: IntegerGraph,
  placements: ReadonlyMap<string, Placement>,
  nms: NmsOptions,
  engine: EngineParameters,
): Step {
  const { name, levels } = graph.detect
  const instruction = makeDetectInstruction(graph, placements, nms, engine)
  const reads = levels.flatMap((level) => [level.box, level.cls])
  return { name, instruction, reads, writes: null, place: null, macs: 0 }
}

function copyStep(
  { from, into }: Extract<Item, { kind: 'copy' }>['copy'],
  placements: ReadonlyMap<string, Placement>,
  place: Placement,
): Step {
  const walk = makeWalk(placements.get(from)!, place)
  const instruction = { op: 'upsample', factor: 1, ...walk } as const
  return { name: `${from}>${into}`, instruction, reads: [from], writes: from, place, macs: 0 }
}

function nodeStep(
  node: IntegerNode,
  instruction: Instruction,
  placements: ReadonlyMap<string, Placement>,
): Step {
  const { name } = node
  const macs = node.op === 'conv' ? (node.weight.length / node.shape[0]) * product(node.shape) : 0
  return { name, instruction, reads: readsOf(node), writes: name, place: placements.get(name)!, macs }
}

/** The program of these steps, whose header names the sizes of the other memories. */
export function makeProgramRom(set: Omit<RomSet, 'program'>): RomImage {
  const header = {
    engine: set.engine,
    modelId: set.modelId,
    featureRows: set.featureRows,
    weightWords: set.weights.depth,
    paramWords: set.params.depth,
    tableEntries: set.tables.depth,
    arithmetic: set.arithmetic,
  }
  const words = encodeProgram(
    header,
    set.steps.map(({ instruction }) => instruction),
  )
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  return { name: 'program', width: 32, depth: words.length, bytes }
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

function checkGraph(graph: IntegerGraph, engine: EngineParameters): void {
  const refuse = (what: string): never => {
    throw new InputError(what, 'the RTL cannot run this network')
  }
  for (const node of graph.nodes) {
    if (node.quant.bits > engine.activationBits)
      refuse(`${node.name} has activations of ${node.quant.bits} bits, the engine ${engine.activationBits}`)
    if (node.op === 'input') checkInputSize(node.shape[1], node.shape[2])
    if (node.op !== 'conv') continue
    if (node.weightBits > engine.weightBits)
      refuse(`${node.name} has weights of ${node.weightBits} bits, the engine ${engine.weightBits}`)
    if (node.table !== null && node.requantBits !== engine.tableBits)
      refuse(`${node.name} has a table index of ${node.requantBits} bits, the engine ${engine.tableBits}`)
    if (node.stride > 2) refuse(`${node.name} has stride ${node.stride}, the engine takes 1 and 2`)
  }
  if (graph.head !== null) checkGeometry(detectGeometry(graph), graph.detect.name)
}

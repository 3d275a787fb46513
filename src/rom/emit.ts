/** The ROM generator: an integer graph becomes program, weights, parameters and tables for one set of engine parameters. */
import { InputError } from '../checkpoint/input-error.ts'
import type { IntegerConv, IntegerGraph, IntegerNode, NmsOptions } from '../golden/types.ts'
import { allocate, findOverlaps, type Lifetime } from './allocate.ts'
import type { RomImage } from './formats/types.ts'
import { wordBytes } from './formats/types.ts'
import { checkEngine, type EngineParameters } from './parameters.ts'
import { bufferRows, type Placement, placeView, planViews, readsOf } from './placement.ts'
import { type DetectInstruction, encodeProgram, type Instruction, type Operand } from './program.ts'
import {
  type ConvLanes,
  groupsOf,
  layParams,
  layWeights,
  planLanes,
  planSpaceToDepthLanes,
  weightWords,
} from './weights.ts'

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

/**
 * @param nms settings of the DETECT instruction, or of several, one after the other on the same logits; without effect where the graph
 * has no integer head.
 * @throws InputError where the network does not fit the engine (bits, sizes).
 */
export function emitRoms(
  graph: IntegerGraph,
  engine: EngineParameters,
  modelId: number,
  nms: NmsOptions | readonly NmsOptions[],
): RomSet {
  checkEngine(engine)
  checkGraph(graph, engine)
  const plan = planViews(graph, engine)
  const order = instructionOrder(graph, plan.copies, 'minCode' in nms ? [nms] : nms)
  const lifetimes = findLifetimes(graph, order, plan, engine)
  const { rows, peak } = allocate(lifetimes)
  const [overlap] = findOverlaps(lifetimes, rows)
  if (overlap !== undefined) throw new Error(`feature memory: buffers ${overlap.join(' and ')} overlap`)

  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const placements = new Map<string, Placement>()
  for (const [name, view] of plan.views)
    placements.set(name, placeView(view, plan, rows, engine, nodes.get(name)!.op === 'input'))

  const convs = layConvolutions(graph, placements, engine, modelId)
  const steps = order.map((item): Step => {
    if (item.kind === 'detect') {
      const instruction = detectInstruction(graph, placements, item.nms, engine)
      const reads = graph.detect.levels.flatMap((level) => [level.box, level.cls])
      return { name: graph.detect.name, instruction, reads, writes: null, place: null, macs: 0 }
    }
    if (item.kind === 'copy') {
      const source = placements.get(item.copy.from)!
      const place = placeView(item.copy.view, plan, rows, engine, false)
      const instruction = { op: 'upsample' as const, factor: 1 as const, ...walk(source, place) }
      const name = `${item.copy.from}>${item.copy.into}`
      return { name, instruction, reads: [item.copy.from], writes: item.copy.from, place, macs: 0 }
    }
    const place = placements.get(item.node.name)!
    const instruction = instructionOf(item.node, placements, nodes, convs)
    return {
      name: item.node.name,
      instruction,
      reads: readsOf(item.node),
      writes: item.node.name,
      place,
      macs:
        item.node.op === 'conv'
          ? (item.node.weight.length / item.node.shape[0]) * product(item.node.shape)
          : 0,
    }
  })
  const program = encodeProgram(
    {
      engine,
      modelId,
      featureRows: peak,
      weightWords: convs.weights.depth,
      paramWords: convs.params.depth,
      tableEntries: convs.tables.depth,
    },
    steps.map((step) => step.instruction),
  )
  return {
    engine,
    modelId,
    steps,
    placements,
    featureRows: peak,
    program: {
      name: 'program',
      width: 32,
      depth: program.length,
      bytes: new Uint8Array(program.buffer, program.byteOffset, program.byteLength),
    },
    weights: convs.weights,
    params: convs.params,
    tables: convs.tables,
    head: headRom(graph, engine),
  }
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

function checkGraph(graph: IntegerGraph, engine: EngineParameters): void {
  const refuse = (what: string): never => {
    throw new InputError(what, 'the RTL cannot run this network')
  }
  if (graph.activationBits !== engine.activationBits)
    refuse(`activations have ${graph.activationBits} bits, the engine ${engine.activationBits}`)
  for (const node of graph.nodes) {
    if (node.op === 'input' && Math.max(node.shape[1], node.shape[2]) > 1280)
      refuse(`the input is ${node.shape[2]}x${node.shape[1]}, box corners hold at most 1280 pixels`)
    if (node.op !== 'conv') continue
    if (node.weightBits > engine.weightBits)
      refuse(`${node.name} has weights of ${node.weightBits} bits, the engine ${engine.weightBits}`)
    if (node.table !== null && node.requantBits !== engine.tableBits)
      refuse(`${node.name} has a table index of ${node.requantBits} bits, the engine ${engine.tableBits}`)
    if (node.stride > 2) refuse(`${node.name} has stride ${node.stride}, the engine takes 1 and 2`)
  }
}

type Item =
  | { readonly kind: 'node'; readonly node: IntegerNode }
  | { readonly kind: 'copy'; readonly copy: ReturnType<typeof planViews>['copies'][number] }
  | { readonly kind: 'detect'; readonly nms: NmsOptions }

/** Nodes that need an instruction, in graph order, each copy just before the concat it is for, DETECT last. */
function instructionOrder(
  graph: IntegerGraph,
  copies: ReturnType<typeof planViews>['copies'],
  detections: readonly NmsOptions[],
): readonly Item[] {
  const items: Item[] = []
  for (const node of graph.nodes) {
    for (const copy of copies) if (copy.into === node.name) items.push({ kind: 'copy', copy })
    if (node.op === 'conv' || node.op === 'add' || node.op === 'max-pool' || node.op === 'upsample')
      items.push({ kind: 'node', node })
  }
  if (graph.head !== null) for (const nms of detections) items.push({ kind: 'detect', nms })
  return items
}

function findLifetimes(
  graph: IntegerGraph,
  order: readonly Item[],
  plan: ReturnType<typeof planViews>,
  engine: EngineParameters,
): readonly Lifetime[] {
  const first = plan.buffers.map(() => Number.POSITIVE_INFINITY)
  const last = plan.buffers.map(() => -1)
  const touch = (buffer: number, index: number): void => {
    first[buffer] = Math.min(first[buffer]!, index)
    last[buffer] = Math.max(last[buffer]!, index)
  }
  const touchTensor = (name: string, index: number): void => touch(plan.views.get(name)!.buffer, index)
  touchTensor(graph.nodes.find((node) => node.op === 'input')!.name, -1)
  order.forEach((item, index) => {
    switch (item.kind) {
      case 'node':
        touchTensor(item.node.name, index)
        for (const name of readsOf(item.node)) touchTensor(name, index)
        break
      case 'copy':
        touchTensor(item.copy.from, index)
        touch(item.copy.view.buffer, index)
        break
      case 'detect':
        for (const level of graph.detect.levels)
          for (const name of [level.box, level.cls]) touchTensor(name, index)
        break
    }
  })
  // Outputs of a network without an integer head are read by the host, after the last instruction.
  if (graph.head === null) {
    const read = new Set(graph.nodes.flatMap((node) => readsOf(node)))
    for (const node of graph.nodes) if (!read.has(node.name)) touchTensor(node.name, order.length)
  }
  return plan.buffers.map((buffer, index) => ({
    rows: bufferRows(buffer, engine),
    first: first[index]!,
    last: last[index]!,
  }))
}

interface LaidConvolution {
  readonly lanes: ConvLanes
  readonly weightBase: number
  readonly paramBase: number
  readonly tableBase: number
}

interface Laid {
  readonly convs: ReadonlyMap<string, LaidConvolution>
  readonly weights: RomImage
  readonly params: RomImage
  readonly tables: RomImage
}

function layConvolutions(
  graph: IntegerGraph,
  placements: ReadonlyMap<string, Placement>,
  engine: EngineParameters,
  modelId: number,
): Laid {
  const convs = new Map<string, LaidConvolution>()
  let weightBase = 0
  let paramBase = 1
  let tableBase = 0
  const nodes = graph.nodes.filter((node): node is IntegerConv => node.op === 'conv')
  for (const node of nodes) {
    const input = placements.get(node.inputs[0])!
    const outputs = placements.get(node.name)!.channels
    const lanes = input.spaceToDepth
      ? planSpaceToDepthLanes(node, outputs, engine)
      : planLanes(node, input.channels, outputs, engine)
    convs.set(node.name, { lanes, weightBase, paramBase, tableBase })
    weightBase += weightWords(lanes, engine)
    paramBase += groupsOf(lanes, engine)
    if (node.table !== null) tableBase += node.table.length
  }
  const weightWidth = engine.outputLanes * engine.inputLanes * engine.weightBits
  const weightBytes = new Uint8Array(Math.max(1, weightBase) * wordBytes(weightWidth))
  const paramBytes = new Uint8Array(paramBase * engine.outputLanes * 8)
  new DataView(paramBytes.buffer).setUint32(0, modelId, true)
  const tableBytes = new Uint8Array(Math.max(1, tableBase))
  for (const node of nodes) {
    const laid = convs.get(node.name)!
    layWeights(weightBytes, laid.weightBase, wordBytes(weightWidth), node, laid.lanes, engine)
    layParams(paramBytes, laid.paramBase, node, laid.lanes, engine)
    if (node.table !== null) tableBytes.set(node.table, laid.tableBase)
  }
  return {
    convs,
    weights: { name: 'weights', width: weightWidth, depth: Math.max(1, weightBase), bytes: weightBytes },
    params: { name: 'params', width: engine.outputLanes * 64, depth: paramBase, bytes: paramBytes },
    tables: { name: 'tables', width: engine.activationBits, depth: tableBytes.length, bytes: tableBytes },
  }
}

function headRom(graph: IntegerGraph, engine: EngineParameters): RomImage {
  const entries = 2 ** engine.activationBits
  const words = new Uint16Array(2 * entries)
  if (graph.head !== null) {
    words.set(graph.head.expTable, 0)
    words.set(graph.head.sigmoidTable, entries)
  }
  return { name: 'head', width: 16, depth: words.length, bytes: new Uint8Array(words.buffer) }
}

const operandOf = ({ base, plane, pitch }: Placement): Operand => ({ base, plane, pitch })

function walk(input: Placement, output: Placement) {
  return {
    input: operandOf(input),
    inputWidth: input.width,
    inputHeight: input.height,
    inputBlocks: input.blocks,
    output: operandOf(output),
    outputWidth: output.width,
    outputHeight: output.height,
    outputBlocks: output.blocks,
  }
}

function instructionOf(
  node: IntegerNode,
  placements: ReadonlyMap<string, Placement>,
  nodes: ReadonlyMap<string, IntegerNode>,
  laid: Laid,
): Instruction {
  const output = placements.get(node.name)!
  switch (node.op) {
    case 'conv': {
      const input = placements.get(node.inputs[0])!
      const { lanes, weightBase, paramBase, tableBase } = laid.convs.get(node.name)!
      return {
        op: 'conv',
        ...walk(input, output),
        kernel: lanes.kernel,
        stride: input.spaceToDepth ? 1 : node.stride,
        padding: node.padding,
        padCode: nodes.get(node.inputs[0])!.quant.zeroPoint,
        zeroPoint: node.requantZeroPoint,
        weightBase,
        paramBase,
        tableBase,
        hasTable: node.table !== null,
        requantBits: node.requantBits,
      }
    }
    case 'add': {
      const [a, b] = node.inputs
      return {
        op: 'add',
        ...walk(placements.get(a)!, output),
        second: operandOf(placements.get(b)!),
        multipliers: node.multipliers,
        shift: node.shift,
        inputZeroPoints: [nodes.get(a)!.quant.zeroPoint, nodes.get(b)!.quant.zeroPoint],
        outputZeroPoint: node.quant.zeroPoint,
      }
    }
    case 'max-pool':
      return {
        op: 'max-pool',
        ...walk(placements.get(node.inputs[0])!, output),
        kernel: node.kernel,
        stride: 1,
        padding: node.kernel >> 1,
      }
    case 'upsample':
      return { op: 'upsample', factor: 2, ...walk(placements.get(node.inputs[0])!, output) }
    case 'input':
    case 'slice':
    case 'concat':
      throw new Error(`${node.op} has no instruction`)
  }
}

function detectInstruction(
  graph: IntegerGraph,
  placements: ReadonlyMap<string, Placement>,
  nms: NmsOptions,
  engine: EngineParameters,
): DetectInstruction {
  if (nms.capacity !== engine.capacity)
    throw new InputError(
      `q_NMS has capacity ${nms.capacity}, the engine ${engine.capacity}`,
      'engine parameters',
    )
  return {
    op: 'detect',
    minCode: nms.minCode,
    iouThreshold: nms.iouThreshold,
    classes: graph.detect.classes.length,
    regMax: graph.detect.regMax,
    multiLabel: nms.multiLabel,
    maxDetections: nms.maxDetections,
    levels: graph.detect.levels.map((level) => {
      const box = placements.get(level.box)!
      const cls = placements.get(level.cls)!
      const { plane, pitch, width, height } = box
      return {
        boxBase: box.base,
        classBase: cls.base,
        plane,
        pitch,
        width,
        height,
        log2Stride: Math.log2(level.stride),
      }
    }),
  }
}

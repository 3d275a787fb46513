/** Builds the float graph of a YOLOv8 detector from the module tree of its checkpoint. */

import type { CheckpointModule } from '../checkpoint/module-tree.ts'
import { isTensor } from '../checkpoint/pickle-value.ts'
import type { Checkpoint } from '../checkpoint/read-checkpoint.ts'
import { toFloat32 } from '../checkpoint/tensor.ts'
import { InputError } from '../input/input-error.ts'
import { addBottleneck, addC2f, addConcat, addConv, addPlainConv, addSppf, addUpsample } from './blocks.ts'
import { createGraphBuilder, type GraphBuilder } from './graph-builder.ts'
import {
  checkHooks,
  describeModule,
  forwardOf,
  getChild,
  getInteger,
  getSquare,
  shortClass,
} from './module-attributes.ts'
import { type DetectHead, type FloatGraph, type HeadLevel, IMAGES } from './types.ts'

export interface InputSize {
  /** Pixels, a multiple of the largest stride (32, or 64 with P6). */
  readonly height: number
  readonly width: number
}

const MAX_SIDE = 8192
/** What `--size` takes at most (cli/options/parse.ts). */
const LARGEST_OPTION = 4096

/**
 * The unfused graph, batch norms still in it, for one input size. Throws InputError if the checkpoint has a layer that YOLOv8 has
 * not, a weight of the wrong shape or not finite, or the size does not suit the network.
 */
export function buildGraph(checkpoint: Checkpoint, size: InputSize): FloatGraph {
  const { fileName } = checkpoint
  try {
    return buildLayers(checkpoint, size)
  } catch (error) {
    if (!(error instanceof InputError) || error.where.startsWith(fileName)) throw error
    throw new InputError(error.message, fileName, '', { cause: error })
  }
}

function buildLayers(checkpoint: Checkpoint, { height, width }: InputSize): FloatGraph {
  checkForwards(checkpoint.root)
  checkSize(height, width, coarsestStride(checkpoint))
  const graph = createGraphBuilder()
  const outputs: string[] = []
  let head: DetectHead | null = null
  let last = graph.add({ op: 'input', name: IMAGES, shape: [3, height, width] })
  for (const layer of getChild(checkpoint.root, 'model').children.values()) {
    if (head) throw new InputError('a layer follows the detect head.', layer.path)
    const inputs = readSources(checkpoint, layer, outputs.length).map((from) => {
      if (from === -1) return last
      const source = outputs[from < 0 ? outputs.length + from : from]
      if (source === undefined)
        throw new InputError(`the layer reads layer ${from}, which is not before it.`, layer.path)
      return source
    })
    if (shortClass(layer) === 'Detect')
      head = addDetect(graph, layer, inputs, checkpoint.names, { height, width })
    else last = addLayer(graph, layer, inputs)
    outputs.push(last)
  }
  if (!head) throw new InputError('the model has no detect head.', checkpoint.fileName)
  return { nodes: graph.nodes, head, aliases: graph.aliases }
}

/** @param step what the sides must be multiples of */
function checkSize(height: number, width: number, step: number): void {
  const sides = [height, width]
  if (sides.every((side) => Number.isInteger(side) && side >= step && side % step === 0 && side <= MAX_SIDE))
    return
  const sizeBy = (round: (value: number) => number): string => {
    const [down, across] = sides.map(
      (side) => step * Math.min(Math.max(round(side / step), 1), LARGEST_OPTION / step),
    )
    return down === across ? `${down}` : `${down}x${across}`
  }
  const near = [...new Set([sizeBy(Math.floor), sizeBy(Math.ceil)])]
  throw new InputError(
    `got ${height}x${width} (height x width), and this network needs multiples of ${step}, from ${step} to ${MAX_SIDE}.`,
    'input size',
    sides.every(Number.isFinite) ? `Take ${near.map((size) => `--size ${size}`).join(' or ')}.` : '',
  )
}

/** Pixels of the image a pixel of the coarsest layer, as the strides of its convolutions say: at least 32. */
function coarsestStride(checkpoint: Checkpoint): number {
  const strides: number[] = []
  for (const layer of getChild(checkpoint.root, 'model').children.values()) {
    const [from = -1] = readSources(checkpoint, layer, strides.length)
    const before = strides.at(from) ?? 1
    const conv = shortClass(layer) === 'Conv' ? layer.children.get('conv') : undefined
    const own = shortClass(layer) === 'Upsample' ? 1 / 2 : conv ? getSquare(conv, 'stride') : 1
    strides.push(before * own)
  }
  return Math.max(32, ...strides)
}

/** @throws InputError for a module that computes something else than its class does. */
function checkForwards(module: CheckpointModule): void {
  forwardOf(module)
  checkHooks(module)
  for (const child of module.children.values()) checkForwards(child)
}

/** The layer's own `f`; where a tool dropped it, the `from` column of the yaml. -1 is the layer before. */
function readSources(checkpoint: Checkpoint, layer: CheckpointModule, index: number): number[] {
  const { backbone, head } = checkpoint.yaml ?? {}
  const rows = [...(Array.isArray(backbone) ? backbone : []), ...(Array.isArray(head) ? head : [])]
  const row = rows[index]
  const from = layer.attributes.get('f') ?? (Array.isArray(row) ? row[0] : undefined)
  const list: readonly unknown[] = Array.isArray(from) ? from : [from]
  const numbers = list.filter((item) => typeof item === 'number' && Number.isInteger(item))
  if (numbers.length !== list.length || list.length === 0) {
    throw new InputError('neither the module nor the yaml says which layers it reads.', layer.path)
  }
  return numbers.map(Number)
}

function addLayer(graph: GraphBuilder, layer: CheckpointModule, inputs: readonly string[]): string {
  const kind = shortClass(layer)
  switch (kind) {
    case 'Concat':
      return addConcat(graph, layer, inputs)
    case 'Conv':
      return addConv(graph, layer, onlyInput(layer, inputs))
    case 'C2f':
      return addC2f(graph, layer, onlyInput(layer, inputs))
    case 'SPPF':
      return addSppf(graph, layer, onlyInput(layer, inputs))
    case 'Bottleneck':
      return addBottleneck(graph, layer, onlyInput(layer, inputs))
    case 'Upsample':
      return addUpsample(graph, layer, onlyInput(layer, inputs))
    case 'v10Detect':
      throw endToEnd(layer)
    default:
      throw new InputError(
        `${kind} is not a layer of YOLOv8.`,
        layer.path,
        'Supported: Conv, C2f, Bottleneck, SPPF, Upsample, Concat, Detect.',
      )
  }
}

function onlyInput(layer: CheckpointModule, inputs: readonly string[]): string {
  const [input] = inputs
  if (input === undefined || inputs.length !== 1)
    throw new InputError(`expected one input for ${describeModule(layer)}, got ${inputs.length}.`, layer.path)
  return input
}

const endToEnd = ({ path }: CheckpointModule): InputError =>
  new InputError(
    'this is an end-to-end head, as that of YOLOv10, which chooses boxes without suppression; it is not supported.',
    path,
    'Give a YOLOv8 detection model, whose head is Detect.',
  )

function addDetect(
  graph: GraphBuilder,
  module: CheckpointModule,
  inputs: readonly string[],
  names: readonly string[],
  { height, width }: InputSize,
): DetectHead {
  const { path } = module
  if (module.children.has('one2one_cv2')) throw endToEnd(module)
  const classCount = getInteger(module, 'nc')
  const regMax = getInteger(module, 'reg_max', 16)
  if (classCount < 1 || regMax < 2)
    throw new InputError(`it has ${classCount} classes and ${regMax} bins.`, path)
  const stated = module.attributes.get('stride')
  const strides = isTensor(stated) ? toFloat32(stated, `${path}.stride`) : new Float32Array(0)
  const levels = inputs.map((input, i): HeadLevel => {
    const box = addBranch(graph, getChild(getChild(module, 'cv2'), String(i)), input, 4 * regMax)
    const cls = addBranch(graph, getChild(getChild(module, 'cv3'), String(i)), input, classCount)
    const stride = height / graph.shapeOf(box)[1]
    for (const [, rows, columns] of [box, cls].map(graph.shapeOf)) {
      if (!Number.isInteger(stride) || height / rows !== stride || width / columns !== stride)
        throw new InputError(
          `level ${i} has ${rows}x${columns} cells for an input of ${height}x${width}.`,
          path,
        )
    }
    // Zero: a model that was saved before its first forward pass.
    if (strides[i] && strides[i] !== stride) {
      throw new InputError(`level ${i} has stride ${stride}, but the checkpoint says ${strides[i]}.`, path)
    }
    return { stride, box, cls }
  })
  if (levels.length === 0) throw new InputError('the detect head reads no layer.', path)
  const classes = Array.from({ length: classCount }, (_, index) => names[index] ?? String(index))
  return { name: path, levels, regMax, classes }
}

/** Two `Conv` blocks and a plain convolution. */
function addBranch(graph: GraphBuilder, branch: CheckpointModule, input: string, channels: number): string {
  let output = input
  for (const layer of branch.children.values()) {
    output =
      shortClass(layer) === 'Conv2d' ? addPlainConv(graph, layer, output) : addConv(graph, layer, output)
  }
  if (graph.shapeOf(output)[0] !== channels) {
    throw new InputError(`expected ${channels} channels, got ${graph.shapeOf(output)[0]}.`, branch.path)
  }
  graph.alias(branch.path, output)
  return output
}

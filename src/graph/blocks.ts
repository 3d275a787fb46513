/** One function for each kind of block in a YOLOv8 checkpoint: it adds the block's nodes and returns the name of its output. */

import type { CheckpointModule } from '../checkpoint/module-tree.ts'
import { InputError } from '../input/input-error.ts'
import type { Activated, Activation } from './activation.ts'
import type { GraphBuilder } from './graph-builder.ts'
import {
  describeModule,
  forwardOf,
  getChild,
  getInteger,
  getOptionalTensor,
  getSquare,
  getTensor,
  shortClass,
} from './module-attributes.ts'
import { type BatchNorm, type ConvNode, IMAGES } from './types.ts'

/** `Conv`: convolution, batch norm (absent from a fused checkpoint), an activation or nothing. */
export function addConv(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  expectClass(module, 'Conv')
  const conv = getChild(module, 'conv')
  const bn = module.children.get('bn')
  const channels = getInteger(conv, 'out_channels')
  const isFused = forwardOf(module) === 'forward_fuse'
  const batchNorm = !isFused && bn && shortClass(bn) !== 'Identity' ? readBatchNorm(bn, channels) : null
  return addConvolution(graph, conv, {
    name: module.path,
    input,
    batchNorm,
    activated: readActivation(module),
  })
}

/** A bare `Conv2d` with bias: the last layers of the head. */
export function addPlainConv(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  return addConvolution(graph, module, {
    name: module.path,
    input,
    batchNorm: null,
    activated: { activation: 'none' },
  })
}

/** Two convolutions, and the input added to their result where there is a shortcut. */
export function addBottleneck(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  expectClass(module, 'Bottleneck')
  const first = addConv(graph, getChild(module, 'cv1'), input)
  const second = addConv(graph, getChild(module, 'cv2'), first)
  if (module.attributes.get('add') === true) return graph.sum(module.path, input, second)
  graph.alias(module.path, second)
  return second
}

/** cv1, its second half through the bottlenecks, all of it concatenated, cv2. */
export function addC2f(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  const { path } = module
  const whole = addConv(graph, getChild(module, 'cv1'), input)
  const half = graph.shapeOf(whole)[0] / 2
  if (!Number.isInteger(half)) {
    throw new InputError(`expected cv1 to have an even number of channels, got ${half * 2}.`, path)
  }
  let last = graph.slice(`${path}.chunk`, whole, half, half)
  const parts = [whole]
  for (const bottleneck of getChild(module, 'm').children.values()) {
    last = addBottleneck(graph, bottleneck, last)
    parts.push(last)
  }
  const output = addConv(graph, getChild(module, 'cv2'), graph.concat(`${path}.concat`, parts))
  graph.alias(path, output)
  return output
}

/** cv1, one max-pool applied again and again, all of it concatenated, cv2. */
export function addSppf(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  const { path } = module
  const pool = getChild(module, 'm')
  const kernel = getSquare(pool, 'kernel_size')
  if (getSquare(pool, 'stride') !== 1 || getSquare(pool, 'padding') !== kernel >> 1 || kernel % 2 === 0) {
    throw new InputError(
      'expected a max-pool of odd kernel, stride 1 and half the kernel as padding.',
      pool.path,
    )
  }
  if (module.attributes.get('add') === true)
    throw new InputError('a shortcut around SPPF is not supported.', path)
  const times = getInteger(module, 'n', 3)
  const parts = [addConv(graph, getChild(module, 'cv1'), input)]
  for (let i = 1; i <= times; i++) parts.push(graph.maxPool(`${path}.m@${i}`, parts[i - 1] ?? input, kernel))
  const output = addConv(graph, getChild(module, 'cv2'), graph.concat(`${path}.concat`, parts))
  graph.alias(`${path}.m`, parts.at(-1) ?? output)
  graph.alias(path, output)
  return output
}

/** Nearest neighbour, factor 2. */
export function addUpsample(graph: GraphBuilder, module: CheckpointModule, input: string): string {
  const factor = getSquare(module, 'scale_factor')
  const mode = module.attributes.get('mode')
  if (factor !== 2 || mode !== 'nearest') {
    throw new InputError(`expected nearest-neighbour upsampling by 2, got ${mode} by ${factor}.`, module.path)
  }
  return graph.upsample(module.path, input)
}

/** Concatenation along the channels. */
export function addConcat(graph: GraphBuilder, module: CheckpointModule, inputs: readonly string[]): string {
  const axis = getInteger(module, 'd', 1)
  if (axis !== 1) throw new InputError(`expected concatenation along axis 1, got ${axis}.`, module.path)
  return graph.concat(module.path, inputs)
}

interface Surroundings {
  /** Name of the block. */
  readonly name: string
  readonly input: string
  readonly batchNorm: BatchNorm | null
  readonly activated: Activated
}

/** The node of a `Conv2d` with what its block does before and after it. */
function addConvolution(
  graph: GraphBuilder,
  conv: CheckpointModule,
  { name, input, batchNorm, activated }: Surroundings,
): string {
  expectClass(conv, 'Conv2d')
  const [inChannels, height, width] = graph.shapeOf(input)
  const outChannels = getInteger(conv, 'out_channels')
  const kernel = getSquare(conv, 'kernel_size')
  const stride = getSquare(conv, 'stride')
  const padding = getSquare(conv, 'padding')
  if (getInteger(conv, 'groups', 1) !== 1 || getSquare(conv, 'dilation') !== 1) {
    throw new InputError('grouped and dilated convolutions are not supported.', conv.path)
  }
  if ((conv.attributes.get('padding_mode') ?? 'zeros') !== 'zeros') {
    throw new InputError('expected padding with zeros.', conv.path)
  }
  const needed = getInteger(conv, 'in_channels')
  if (needed !== inChannels && input === IMAGES) {
    throw new InputError(
      `the network takes pictures of ${needed} ${needed === 1 ? 'channel' : 'channels'}; Assay feeds red, green and blue.`,
      conv.path,
      'Train it on pictures of 3 channels.',
    )
  }
  if (needed !== inChannels)
    throw new InputError(`expected ${needed} input channels, got ${inChannels}.`, conv.path)
  if (kernel < 1 || stride < 1 || padding < 0) throw new InputError('a size is not positive.', conv.path)
  const outHeight = Math.floor((height + 2 * padding - kernel) / stride) + 1
  const outWidth = Math.floor((width + 2 * padding - kernel) / stride) + 1
  const node: ConvNode = {
    op: 'conv',
    name,
    inputs: [input],
    shape: [outChannels, outHeight, outWidth],
    weight: getTensor(conv, 'weight', [outChannels, inChannels, kernel, kernel]),
    bias: getOptionalTensor(conv, 'bias', [outChannels]),
    batchNorm,
    inChannels,
    kernel,
    stride,
    padding,
    ...activated,
  }
  return graph.add(node)
}

function readBatchNorm(module: CheckpointModule, channels: number): BatchNorm {
  // Over several devices the statistics of training are of all of them; at inference both are the same.
  expectClass(module, 'BatchNorm2d', 'SyncBatchNorm')
  const eps = module.attributes.get('eps')
  if (typeof eps !== 'number' || !(eps >= 0))
    throw new InputError(`expected eps to be a number, got ${eps}.`, module.path)
  if (module.buffers.get('running_mean') === null || module.buffers.get('running_var') === null) {
    throw new InputError(
      'it has no running statistics (track_running_stats=False), so that its result depends on the other pictures of a batch.',
      module.path,
      'Train the network with running statistics.',
    )
  }
  const variance = getTensor(module, 'running_var', [channels])
  const bad = variance.findIndex((value) => !(value + eps > 0))
  if (bad >= 0)
    throw new InputError(`channel ${bad} has a variance of ${variance[bad]}.`, `${module.path}.running_var`)
  return {
    gamma: isNone(module, 'weight')
      ? new Float32Array(channels).fill(1)
      : getTensor(module, 'weight', [channels]),
    beta: isNone(module, 'bias') ? new Float32Array(channels) : getTensor(module, 'bias', [channels]),
    mean: getTensor(module, 'running_mean', [channels]),
    variance,
    eps,
  }
}

/** As the parameters of a batch norm with `affine=False` are. */
const isNone = (module: CheckpointModule, name: string): boolean => module.parameters.get(name) === null

const MODULES: Readonly<Record<string, Activation>> = {
  SiLU: 'silu',
  Hardswish: 'hard-swish',
  ReLU: 'relu',
  ReLU6: 'relu6',
  LeakyReLU: 'leaky-relu',
  Identity: 'none',
}

function readActivation(module: CheckpointModule): Activated {
  const act = module.children.get('act')
  const name = act ? shortClass(act) : 'none'
  const activation = Object.hasOwn(MODULES, name) ? MODULES[name]! : null
  if (activation === null)
    throw new InputError(
      `expected one of the activations ${Object.keys(MODULES).join(', ')}, got ${name}.`,
      module.path,
      'No others are supported.',
    )
  if (activation !== 'leaky-relu') return { activation }
  const slope = act!.attributes.get('negative_slope') ?? 0.01
  if (typeof slope !== 'number' || !(slope >= 0 && slope < 1))
    throw new InputError(`expected a negative_slope from 0 to 1, got ${slope}.`, `${module.path}.act`)
  return { activation, slope }
}

function expectClass(module: CheckpointModule, ...names: readonly string[]): void {
  if (!names.includes(shortClass(module))) {
    throw new InputError(`expected a ${names[0]}, got ${describeModule(module)}.`, module.path)
  }
}

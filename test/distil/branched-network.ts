/** A network with every operator that distillation goes back through: strides, windows, a residual, a split, pools, both sides of an upsampling. */
import type { ConvNode, FloatGraph, FloatNode, Shape } from '../../src/graph/types.ts'
import type { RgbImage } from '../../src/image/rgb-image.ts'
import { createRandom } from '../golden/random.ts'

const SIDE = 16

/** [3, 16, 16] to a head of two levels, of strides 2 and 4. */
export function branchedGraph(seed = 17): FloatGraph {
  const random = createRandom(seed)
  const conv = (
    name: string,
    [from, input]: readonly [channels: number, input: string],
    shape: Shape,
    {
      kernel = 3,
      stride = 1,
      activation = 'silu',
    }: Partial<Pick<ConvNode, 'kernel' | 'stride' | 'activation'>> = {},
  ): ConvNode => ({
    ...{ op: 'conv', name, inputs: [input], shape, inChannels: from, kernel, stride, activation },
    ...{ padding: kernel >> 1, batchNorm: null },
    weight: Float32Array.from(
      { length: shape[0] * from * kernel * kernel },
      () => (2.5 * (random.next() - 0.5) * 2) / Math.sqrt(from * kernel * kernel),
    ),
    bias: Float32Array.from({ length: shape[0] }, () => random.next() - 0.5),
  })
  const [whole, half, quarter] = [SIDE, SIDE / 2, SIDE / 4]
  const last = { kernel: 1, activation: 'none' } as const
  const nodes: readonly FloatNode[] = [
    { op: 'input', name: 'images', shape: [3, whole, whole] },
    conv('stem', [3, 'images'], [4, half, half], { stride: 2 }),
    conv('wide', [4, 'stem'], [8, half, half], { kernel: 1 }),
    { op: 'slice', name: 'chunk', inputs: ['wide'], shape: [4, half, half], begin: 4 },
    conv('inner', [4, 'chunk'], [4, half, half]),
    { op: 'add', name: 'sum', inputs: ['chunk', 'inner'], shape: [4, half, half] },
    { op: 'concat', name: 'concat', inputs: ['wide', 'sum'], shape: [12, half, half] },
    conv('down', [12, 'concat'], [6, quarter, quarter], { stride: 2 }),
    { op: 'max-pool', name: 'pool', inputs: ['down'], shape: [6, quarter, quarter], kernel: 3 },
    { op: 'upsample', name: 'up', inputs: ['pool'], shape: [6, half, half] },
    { op: 'concat', name: 'joined', inputs: ['up', 'sum'], shape: [10, half, half] },
    conv('fine', [10, 'joined'], [6, half, half]),
    conv('box0', [6, 'fine'], [8, half, half], last),
    conv('cls0', [6, 'fine'], [2, half, half], last),
    conv('box1', [6, 'pool'], [8, quarter, quarter], last),
    conv('cls1', [6, 'pool'], [2, quarter, quarter], last),
  ]
  const levels = [
    { stride: 2, box: 'box0', cls: 'cls0' },
    { stride: 4, box: 'box1', cls: 'cls1' },
  ]
  return {
    nodes,
    head: { name: 'head', levels, regMax: 2, classes: ['x', 'y'] },
    aliases: new Map([
      ['first', 'wide'],
      ['second', 'down'],
    ]),
  }
}

export function branchedImage(seed: number): RgbImage {
  const { next } = createRandom(seed)
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => Math.floor(256 * next() ** 2))
  return { width: SIDE, height: SIDE, data }
}

/** Accumulators of a whole convolution, a channel at a time: exact, and as the profile adds. */
import type { Profile } from '../arithmetic/profile.ts'
import { adderOf } from '../golden/accumulate.ts'
import { codeOffset, paddingCode } from '../golden/code-range.ts'
import type { CodeTensor } from '../golden/codes.ts'
import type { IntegerConv } from '../golden/types.ts'

interface Layer {
  readonly profile: Profile
  readonly node: IntegerConv
  readonly input: CodeTensor
}

/** The same without a limit of the accumulator and without a shift of products. */
export function exactProfile({ productShift: _shift, ...profile }: Profile): Profile {
  return { ...profile, accumulator: { bits: 64, overflow: 'refuse', at: 'end' } }
}

/** Products that may be treated one by one. */
const FEW_PRODUCTS = 2_000_000

/** Whether all accumulators are there within a second. */
export function isQuick({ profile, node }: Layer): boolean {
  const [, height, width] = node.shape
  return adderOf(profile).isPlain || node.weight.length * height * width <= FEW_PRODUCTS
}

interface ChannelSums {
  readonly channel: number
  /** Row by row. They hold until the next channel. */
  readonly sums: { readonly own: Float64Array; readonly exact: Float64Array }
}

/** Rows of one tap are added together: for each element in the order channel, row, column of the kernel, as A-3 has it. */
export function* channelSums({ profile, node, input }: Layer): Generator<ChannelSums> {
  const [channels, height, width] = node.shape
  const frame = frameInput(input, node.padding, profile)
  const adder = adderOf(profile)
  const size = height * width
  const exact = new Float64Array(size)
  const own = adder.isPlain ? exact : new Float64Array(size)
  for (let channel = 0; channel < channels; channel++) {
    exact.fill(node.bias[channel]!)
    if (own !== exact) own.fill(node.bias[channel]!)
    for (const { weight, begin } of tapsOf(node, frame, channel)) {
      addRows(exact, { frame, node, begin, weight })
      if (own !== exact)
        addEach(own, { frame, node, begin, weight }, (sum, product) =>
          adder.each(sum + adder.product(product)),
        )
    }
    yield { channel, sums: { own: own.map(adder.end), exact } }
  }
}

interface Frame {
  readonly values: Float64Array
  readonly height: number
  readonly width: number
}

/** The hardware's codes with the padding around each channel. */
function frameInput({ codes, shape, quant }: CodeTensor, padding: number, profile: Profile): Frame {
  const [channels, height, width] = shape
  const offset = codeOffset(profile, quant.bits)
  const [high, wide] = [height + 2 * padding, width + 2 * padding]
  const values = new Float64Array(channels * high * wide).fill(paddingCode(profile, quant) - offset)
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++) {
      const from = (channel * height + y) * width
      const to = (channel * high + y + padding) * wide + padding
      for (let x = 0; x < width; x++) values[to + x] = codes[from + x]! - offset
    }
  return { values, height: high, width: wide }
}

/** A channel's weights other than 0, and where in the frame the first element meets each. */
function* tapsOf({ kernel, inChannels, weight }: IntegerConv, { height, width }: Frame, channel: number) {
  let at = channel * inChannels * kernel * kernel
  for (let c = 0; c < inChannels; c++)
    for (let ky = 0; ky < kernel; ky++)
      for (let kx = 0; kx < kernel; kx++, at++)
        if (weight[at] !== 0) yield { weight: weight[at]!, begin: (c * height + ky) * width + kx }
}

interface Tap {
  readonly frame: Frame
  readonly node: IntegerConv
  readonly begin: number
  readonly weight: number
}

function addRows(sums: Float64Array, { frame, node, begin, weight }: Tap): void {
  const { values } = frame
  const [, height, width] = node.shape
  const { stride } = node
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, at = begin + y * stride * frame.width; x < width; x++, i++, at += stride)
      sums[i]! += weight * values[at]!
}

function addEach(
  sums: Float64Array,
  { frame, node, begin, weight }: Tap,
  add: (sum: number, product: number) => number,
): void {
  const [, height, width] = node.shape
  for (let i = 0; i < height * width; i++) {
    const at = begin + Math.floor(i / width) * node.stride * frame.width + (i % width) * node.stride
    sums[i] = add(sums[i]!, weight * frame.values[at]!)
  }
}

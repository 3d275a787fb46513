/** Inputs of one convolution, at its own size, on which arithmetics differ. */
import { ASSAY } from '../../arithmetic/built-in.ts'
import { type Candidate, computeWith } from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import type { ChannelParameters } from '../../arithmetic/stages.ts'
import { withFactors } from '../../diff/fault-candidates.ts'
import { codeOffset, paddingCode } from '../../golden/code-range.ts'
import { allocateCodes, type CodeTensor } from '../../golden/codes.ts'
import { createRandom } from '../../golden/random.ts'
import type { IntegerConv } from '../../golden/types.ts'
import type { SumRange } from '../../stimulus/canvas.ts'
import { makeConvCorners } from '../../stimulus/conv-corners.ts'
import { channelPoints, tieSums } from '../../stimulus/requant-points.ts'

export interface LayerInput {
  readonly name: 'corners' | 'random' | 'image' | 'search'
  /** What the layer reads. */
  readonly tensor: CodeTensor
}

/**
 * Sums at both clamps and on both sides of them, ties, and both ends; random codes of the whole range; what an image gives.
 *
 * @param image what the layer reads of it
 */
export function makeInputs(
  profile: Profile,
  node: IntegerConv,
  image: CodeTensor,
  seed: number,
): readonly LayerInput[] {
  const { bits } = image.quant
  const random = createRandom(seed)
  const any = allocateCodes(image.codes.length, bits).map(() => random() % 2 ** bits)
  const corners = aimAt(profile, node, image, seed)
  return [
    ...(corners === null ? [] : [{ name: 'corners' as const, tensor: corners }]),
    { name: 'random', tensor: { ...image, codes: any } },
    { name: 'image', tensor: image },
  ]
}

/** Channels that are searched, and accumulators of each. */
const SEARCHED = { channels: 24, sums: 600, found: 4 }

/**
 * An input with sums on which candidates disagree that agree on everything so far.
 *
 * @param settings of each channel
 * @param see what a module shows of a code
 * @returns null where none was found
 */
export function searchInput(
  profile: Profile,
  node: IntegerConv,
  image: CodeTensor,
  candidates: readonly Candidate[],
  settings: readonly ChannelParameters[],
  see: (code: bigint) => bigint,
  seed: number,
): LayerInput | null {
  const aimed = aimedNode(profile, node, image)
  if (aimed === null) return null
  const random = createRandom(seed)
  const computes = candidates.map(computeWith)
  const tells = (sum: number, by: ChannelParameters): boolean => {
    const [first, ...others] = computes.map((compute) => see(compute({ acc: BigInt(sum), by })))
    return others.some((code) => code !== first)
  }
  const points = channelPoints(aimed, image.quant.bits)
  const step = Math.max(1, Math.floor(points.length / SEARCHED.channels))
  const wanted = points
    .filter(({ channel }) => channel % step === 0 || channel % step === 1)
    .flatMap((own) => {
      const size = own.largestSum - own.smallestSum + 1
      const any = Array.from({ length: SEARCHED.sums }, () => own.smallestSum + (random() % size))
      const sums = [...tieSums(own, SEARCHED.sums), ...any].filter((sum) =>
        tells(sum, settings[own.channel]!),
      )
      return Array.from({ length: Math.min(SEARCHED.found, sums.length) }, () => {
        const sum = sums[random() % sums.length]!
        return { channel: own.channel, lo: sum, hi: sum }
      })
    })
  const tensor = wanted.length === 0 ? null : aimAt(profile, node, image, seed, wanted)
  return tensor === null ? null : { name: 'search', tensor }
}

/** @returns null where no M and s of `assay` scale as the convolution's own */
function aimAt(
  profile: Profile,
  node: IntegerConv,
  image: CodeTensor,
  seed: number,
  wanted?: readonly SumRange[],
): CodeTensor | null {
  const { shape, quant } = image
  const aimed = aimedNode(profile, node, image)
  if (aimed === null) return null
  const padded = { ...quant, zeroPoint: paddingCode(profile, quant) }
  const shapes = { input: shape, output: node.shape }
  return { ...image, codes: makeConvCorners(aimed, padded, shapes, createRandom(seed), wanted).codes }
}

/** The convolution on codes as they are carried, with M and s of `assay` that scale as its own: corners are aimed at these. */
function aimedNode(profile: Profile, node: IntegerConv, { quant }: CodeTensor): IntegerConv | null {
  const aimed = profile === ASSAY ? node : withFactors(profile, node, ASSAY.requantise)
  const offset = codeOffset(profile, quant.bits)
  if (aimed === null || offset === 0) return aimed
  const taps = node.weight.length / node.shape[0]
  const bias = node.bias.map((own, channel) => {
    let sum = 0
    for (let tap = channel * taps; tap < (channel + 1) * taps; tap++) sum += node.weight[tap]!
    return own - offset * sum
  })
  return { ...aimed, bias }
}

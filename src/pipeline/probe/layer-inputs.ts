/** Inputs of one convolution, at its own size, on which arithmetics differ. */
import { type Candidate, computeWith } from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import type { ChannelParameters } from '../../arithmetic/stages.ts'
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
  return [
    { name: 'corners', tensor: aimAt(profile, node, image, seed) },
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
  const random = createRandom(seed)
  const computes = candidates.map(computeWith)
  const tells = (sum: number, by: ChannelParameters): boolean => {
    const [first, ...others] = computes.map((compute) => see(compute({ acc: BigInt(sum), by })))
    return others.some((code) => code !== first)
  }
  const points = channelPoints(node, image.quant.bits, profile)
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
  return wanted.length === 0 ? null : { name: 'search', tensor: aimAt(profile, node, image, seed, wanted) }
}

/** @param wanted sums in the place of ties and clamps */
function aimAt(
  profile: Profile,
  node: IntegerConv,
  image: CodeTensor,
  seed: number,
  wanted?: readonly SumRange[],
): CodeTensor {
  const { shape, quant } = image
  const shapes = { input: shape, output: node.shape }
  return { ...image, codes: makeConvCorners(node, quant, shapes, createRandom(seed), profile, wanted).codes }
}

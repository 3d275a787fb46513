/** Inputs of one convolution, at its own size, on which arithmetics differ. */
import { ASSAY } from '../../arithmetic/built-in.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import { withFactors } from '../../diff/fault-candidates.ts'
import { codeOffset, paddingCode } from '../../golden/code-range.ts'
import { allocateCodes, type CodeTensor } from '../../golden/codes.ts'
import { createRandom } from '../../golden/random.ts'
import type { IntegerConv } from '../../golden/types.ts'
import { makeConvCorners } from '../../stimulus/conv-corners.ts'

export interface LayerInput {
  readonly name: 'corners' | 'random' | 'image'
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
  const { shape, quant } = image
  const random = createRandom(seed)
  const any = allocateCodes(image.codes.length, quant.bits).map(() => random() % 2 ** quant.bits)
  const aimed = aimedNode(profile, node, image)
  const padded = { ...quant, zeroPoint: paddingCode(profile, quant) }
  const corners =
    aimed === null
      ? []
      : [makeConvCorners(aimed, padded, { input: shape, output: node.shape }, createRandom(seed))]
  return [
    ...corners.map(({ codes }) => ({ name: 'corners' as const, tensor: { ...image, codes } })),
    { name: 'random', tensor: { ...image, codes: any } },
    { name: 'image', tensor: image },
  ]
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

/** How much a network computes. */
import { countElements } from '../golden/codes.ts'
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'

/** Multiplications of its convolutions for one image. */
export const countProducts = ({ nodes }: FloatGraph | IntegerGraph): number =>
  nodes.reduce((sum, node) => {
    if (node.op !== 'conv') return sum
    return sum + countElements(node.shape) * (node.weight.length / node.shape[0])
  }, 0)

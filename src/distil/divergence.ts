/** How far the integer network's detections are from the float network's, in the measure that distillation lowers. */
import { dequantise } from '../golden/codes.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import { outputError } from '../quantise/output-error.ts'

/** Of what divides. */
const LEAST = 1e-9

/**
 * Kullback-Leibler divergence of the integer network's scores from the float network's, per unit of score, plus that of the distributions of its
 * boxes' sides, each anchor weighted with its best score. Where the head is in float: the error of the tensors that it reads.
 */
export function divergence(
  integer: IntegerGraph,
  outputs: ReadonlyMap<string, Codes>,
  real: ReadonlyMap<string, Float32Array>,
): number {
  if (integer.head === null) return outputError(integer, outputs, real)
  const { levels, regMax, classes } = integer.detect
  const quants = new Map(integer.nodes.map((node) => [node.name, node.quant]))
  const made = (name: string): Float32Array => dequantise(outputs.get(name)!, quants.get(name)!)
  const scores = { sum: LEAST, all: 0 }
  const sides = { sum: LEAST, all: 0 }
  for (const { box, cls } of levels) {
    const best = addScores(real.get(cls)!, made(cls), classes.length, scores)
    addSides(real.get(box)!, made(box), { best, regMax }, sides)
  }
  return scores.all / scores.sum + sides.all / sides.sum
}

interface Mean {
  sum: number
  all: number
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** @returns the best score of each anchor. */
function addScores(truth: Float32Array, made: Float32Array, classes: number, mean: Mean): Float64Array {
  const area = truth.length / classes
  const best = new Float64Array(area)
  for (let i = 0; i < truth.length; i++) {
    const [x, y] = [truth[i]!, made[i]!]
    const score = 1 / (1 + Math.exp(-x))
    // Cross-entropy less entropy: t · (x − y) + softplus(y) − softplus(x).
    mean.all += score * (x - y) + softplus(y) - softplus(x)
    mean.sum += score
    best[i % area] = Math.max(best[i % area]!, score)
  }
  return best
}

interface Anchors {
  readonly best: Float64Array
  readonly regMax: number
}

function addSides(truth: Float32Array, made: Float32Array, { best, regMax }: Anchors, mean: Mean): void {
  const area = best.length
  for (let cell = 0; cell < area; cell++) {
    for (let side = 0; side < 4; side++) {
      const begin = side * regMax * area + cell
      const [totalTruth, totalMade] = [logSum(truth, begin, area, regMax), logSum(made, begin, area, regMax)]
      let divergence = totalMade - totalTruth
      for (let bin = 0; bin < regMax; bin++) {
        const [x, y] = [truth[begin + bin * area]!, made[begin + bin * area]!]
        divergence += Math.exp(x - totalTruth) * (x - y)
      }
      mean.all += best[cell]! * divergence
    }
    mean.sum += best[cell]!
  }
}

/** log Σ exp of one value a bin. */
function logSum(logits: Float32Array, begin: number, step: number, bins: number): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let bin = 0; bin < bins; bin++) largest = Math.max(largest, logits[begin + bin * step]!)
  let sum = 0
  for (let bin = 0; bin < bins; bin++) sum += Math.exp(logits[begin + bin * step]! - largest)
  return largest + Math.log(sum)
}

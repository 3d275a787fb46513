/** How far the integer network's result is from the float network's, in scores and in the sides of boxes that score. */
import type { Codes, IntegerGraph, QuantParams } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'

/** Anchors with a best score below this show no box. */
const VISIBLE = 0.05

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** The tensors to compare: the head's logits, or what its last convolutions read where those stay in float. */
export function listOutputTensors(graph: FloatGraph, head: 'integer' | 'float'): readonly string[] {
  const logits = graph.head.levels.flatMap(({ box, cls }) => [box, cls])
  if (head === 'integer') return logits
  return logits.flatMap((name) => {
    const node = graph.nodes.find((one) => one.name === name)
    return node === undefined || node.op === 'input' ? [] : [node.inputs[0]!]
  })
}

/** Squared error as a share of the signal: of the scores plus that of the visible boxes' sides; of the tensors where the head is in float. */
export function outputError(
  integer: IntegerGraph,
  outputs: ReadonlyMap<string, Codes>,
  real: ReadonlyMap<string, Float32Array>,
): number {
  const quants = new Map(integer.nodes.map((node) => [node.name, node.quant]))
  if (integer.head === null) {
    let sum = 0
    for (const [name, codes] of outputs) sum += relativeError(real.get(name)!, codes, quants.get(name)!)
    return sum / outputs.size
  }
  const score = { signal: 0, noise: 0 }
  const side = { signal: 0, noise: 0 }
  const { regMax, classes } = integer.detect
  for (const { box, cls } of integer.detect.levels) {
    const { scale, zeroPoint, bits } = quants.get(cls)!
    const scores = Float64Array.from({ length: 2 ** bits }, (_, q) => sigmoid(scale * (q - zeroPoint)))
    const [truth, codes] = [real.get(cls)!, outputs.get(cls)!]
    const area = codes.length / classes.length
    const best = new Float64Array(area)
    for (let i = 0; i < codes.length; i++) {
      const expected = sigmoid(truth[i]!)
      score.signal += expected * expected
      score.noise += (scores[codes[i]!]! - expected) ** 2
      best[i % area] = Math.max(best[i % area]!, expected)
    }
    const [sides, sideCodes, quant] = [real.get(box)!, outputs.get(box)!, quants.get(box)!]
    for (let cell = 0; cell < area; cell++) {
      if (best[cell]! < VISIBLE) continue
      for (let s = 0; s < 4; s++) {
        const begin = s * regMax * area + cell
        const expected = expectBin((i) => sides[begin + i * area]!, regMax)
        const actual = expectBin(
          (i) => quant.scale * (sideCodes[begin + i * area]! - quant.zeroPoint),
          regMax,
        )
        side.signal += best[cell]! * expected * expected
        side.noise += best[cell]! * (actual - expected) ** 2
      }
    }
  }
  return score.noise / (score.signal || 1) + side.noise / (side.signal || 1)
}

function expectBin(logit: (bin: number) => number, bins: number): number {
  let [sum, weighted] = [0, 0]
  for (let i = 0; i < bins; i++) {
    const e = Math.exp(logit(i))
    sum += e
    weighted += i * e
  }
  return weighted / sum
}

function relativeError(real: Float32Array, codes: Codes, { scale, zeroPoint }: QuantParams): number {
  let [signal, noise] = [0, 0]
  for (let i = 0; i < real.length; i++) {
    signal += real[i]! * real[i]!
    noise += (scale * (codes[i]! - zeroPoint) - real[i]!) ** 2
  }
  return noise / (signal || 1)
}

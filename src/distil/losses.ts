/**
 * What the student is compared in, as ONNX operators that give the loss and its slopes. At the head: the float network's scores, by cross-entropy, and
 * the distributions of its boxes' sides, by cross-entropy weighted with the best score of the anchor (G. Hinton et al., "Distilling the knowledge in a
 * neural network", 2015). Between modules: the tensors that they hand on, by mean square error (A. Romero et al., "FitNets", ICLR 2015).
 */
import type { FloatGraph, HeadLevel, Shape } from '../graph/types.ts'
import type { OnnxBuilder } from '../quantise/onnx-builder.ts'
import { integers, scalar } from '../quantise/onnx-constants.ts'
import { addSlope, type Slopes } from './gradients.ts'
import { studentNames } from './student.ts'

/** Outputs of the graph. Each is measured against the signal: the sum of scores, the scores of anchors, the power of a tensor. */
export const LOSSES = ['loss/scores', 'loss/boxes', 'loss/features'] as const

/** How much the boxes' loss weighs. What of it can be learned is a few per cent of what of the scores' can. */
const BOXES = 6

/** The float network's tensors have the nodes' own names. All losses are shares of their signal. */
export function addLosses(onnx: OnnxBuilder, graph: FloatGraph, features: readonly string[]): Slopes {
  const slopes: Slopes = new Map()
  const { levels, regMax } = graph.head
  const shapes = new Map(graph.nodes.map(({ name, shape }) => [name, shape]))
  const scores = levels.map(({ cls }) => onnx.node('Sigmoid', [cls], `loss/${cls}:truth`))
  const best = scores.map((truth) =>
    onnx.node('ReduceMax', [truth], `${truth}:best`, { axes: [1], keepdims: 1 }),
  )
  const [scoreSum, bestSum] = [total(onnx, scores), total(onnx, best)]
  const [ofScores, ofBoxes, ofFeatures] = LOSSES
  const parts = { scores: [] as string[], boxes: [] as string[], features: [] as string[] }
  for (const [i, level] of levels.entries()) {
    parts.scores.push(addScores(onnx, level, scoreSum, slopes))
    const sides = { box: level.box, regMax, shape: shapes.get(level.box)!, best: best[i]! }
    parts.boxes.push(addBoxes(onnx, sides, bestSum, slopes))
  }
  for (const name of features) parts.features.push(addFeature(onnx, name, 1 / features.length, slopes))
  const lists = [
    [ofScores, parts.scores],
    [ofBoxes, parts.boxes],
    [ofFeatures, parts.features],
  ] as const
  for (const [name, tensors] of lists) onnx.output(onnx.node('Sum', tensors, name), 'float', [])
  return slopes
}

/** The sum of all values, and one, so that it divides where there is nothing. */
function total(onnx: OnnxBuilder, tensors: readonly string[]): string {
  const sums = tensors.map((tensor) => onnx.node('ReduceSum', [tensor], `${tensor}:total`, { keepdims: 0 }))
  return onnx.node('Sum', [...sums, scalar(onnx, 1)], `${tensors[0]}:totals`)
}

function addScores(onnx: OnnxBuilder, { cls }: HeadLevel, sum: string, slopes: Slopes): string {
  const base = `loss/${cls}`
  const { value } = studentNames(cls)
  const made = onnx.node('Sigmoid', [value], `${base}:made`)
  const difference = onnx.node('Sub', [made, `${base}:truth`], `${base}:difference`)
  addSlope(slopes, cls, onnx.node('Div', [difference, sum], `${base}:slope`))
  // −t · log(s) − (1 − t) · log(1 − s) = softplus(x) − t · x
  const product = onnx.node('Mul', [`${base}:truth`, value], `${base}:product`)
  const entropy = onnx.node(
    'Sub',
    [onnx.node('Softplus', [value], `${base}:softplus`), product],
    `${base}:entropy`,
  )
  const all = onnx.node('ReduceSum', [entropy], `${base}:all`, { keepdims: 0 })
  return onnx.node('Div', [all, sum], `${base}:loss`)
}

interface Sides {
  readonly box: string
  readonly regMax: number
  readonly shape: Shape
  /** The best score of each anchor. */
  readonly best: string
}

function addBoxes(
  onnx: OnnxBuilder,
  { box, regMax, shape, best }: Sides,
  sum: string,
  slopes: Slopes,
): string {
  const base = `loss/${box}`
  const [channels, height, width] = shape
  const bins = integers(onnx, 4, regMax, height * width)
  const truth = onnx.node('Softmax', [onnx.node('Reshape', [box, bins], `${base}:sides`)], `${base}:truth`, {
    axis: 1,
  })
  const logits = onnx.node('Reshape', [studentNames(box).value, bins], `${base}:student`)
  const logs = onnx.node('LogSoftmax', [logits], `${base}:logs`, { axis: 1 })
  const difference = onnx.node('Sub', [onnx.node('Exp', [logs], `${base}:made`), truth], `${base}:difference`)
  const weights = onnx.node('Reshape', [best, integers(onnx, 1, 1, height * width)], `${base}:weights`)
  const counted = onnx.node('Mul', [weights, scalar(onnx, BOXES)], `${base}:counted`)
  const share = onnx.node('Div', [counted, sum], `${base}:share`)
  const flat = onnx.node('Mul', [difference, share], `${base}:flat`)
  const whole = integers(onnx, 1, channels, height, width)
  addSlope(slopes, box, onnx.node('Reshape', [flat, whole], `${base}:slope`))
  const entropy = onnx.node(
    'Mul',
    [onnx.node('Mul', [truth, logs], `${base}:products`), share],
    `${base}:entropy`,
  )
  return onnx.node('Neg', [onnx.node('ReduceSum', [entropy], `${base}:all`, { keepdims: 0 })], `${base}:loss`)
}

function addFeature(onnx: OnnxBuilder, name: string, weight: number, slopes: Slopes): string {
  const base = `loss/${name}`
  const difference = onnx.node('Sub', [studentNames(name).value, name], `${base}:difference`)
  const power = onnx.node('ReduceSumSquare', [name], `${base}:power`, { keepdims: 0 })
  const share = onnx.node('Div', [scalar(onnx, weight), power], `${base}:share`)
  const twice = onnx.node('Mul', [share, scalar(onnx, 2)], `${base}:twice`)
  addSlope(slopes, name, onnx.node('Mul', [difference, twice], `${base}:slope`))
  const error = onnx.node('ReduceSumSquare', [difference], `${base}:error`, { keepdims: 0 })
  return onnx.node('Mul', [error, share], `${base}:loss`)
}

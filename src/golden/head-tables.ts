/**
 * The two tables of the detect head: exponentials of the box logits and scores of the class logits. Both
 * follow from the scales alone, so that two builds of one model have the same ROM.
 */
import type { IntegerHead, QuantParams } from './types.ts'

/** Scores are unsigned 16-bit fractions of this. */
export const scoreOne = 65536

/** `E[d] = floor(65535 * exp(-S * d) + 1/2)` for d from 0 to 2^bits - 1; `E[0] = 65535`. */
export function makeExpTable(box: QuantParams): Uint16Array {
  checkQuant('box logits', box)
  return Uint16Array.from({ length: 2 ** box.bits }, (_, d) =>
    Math.floor(65535 * Math.exp(-box.scale * d) + 0.5),
  )
}

/** `min(65535, floor(65536 * sigmoid(S * (q - Z)) + 1/2))` for every code q. */
export function makeSigmoidTable(classes: QuantParams): Uint16Array {
  checkQuant('class logits', classes)
  return Uint16Array.from({ length: 2 ** classes.bits }, (_, code) => {
    const logit = classes.scale * (code - classes.zeroPoint)
    return Math.min(65535, Math.floor(scoreOne / (1 + Math.exp(-logit)) + 0.5))
  })
}

/** Tables of a detect head whose box and class logits have these scales; all strides share them. */
export function makeHeadTables(box: QuantParams, classes: QuantParams): IntegerHead {
  return { expTable: makeExpTable(box), sigmoidTable: makeSigmoidTable(classes) }
}

/**
 * The smallest code whose score is above `confidence` (0 to 1), for `NmsOptions.minCode`. Where no score is above it,
 * the answer is 2^A: a code that no anchor has.
 */
export function codeThreshold(head: IntegerHead, confidence: number): number {
  if (!(confidence >= 0 && confidence <= 1)) {
    throw new RangeError(`Expected a confidence from 0 to 1, got ${confidence}.`)
  }
  const code = head.sigmoidTable.findIndex((score) => score / scoreOne > confidence)
  return code < 0 ? head.sigmoidTable.length : code
}

/** T of A-10: `round(iou * 2^10)`, for `NmsOptions.iouThreshold`. */
export function iouToThreshold(iou: number): number {
  if (!(iou >= 0 && iou <= 1)) throw new RangeError(`Expected an IoU threshold from 0 to 1, got ${iou}.`)
  return Math.round(iou * 1024)
}

function checkQuant(what: string, { scale, bits }: QuantParams): void {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(
      `Expected a positive scale for the ${what}, got ${scale}; calibrate the model again.`,
    )
  }
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 16)) {
    throw new RangeError(`Expected 1 to 16 bits for the ${what}, got ${bits}.`)
  }
}

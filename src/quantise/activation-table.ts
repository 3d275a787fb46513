/** Clause A-5: the table of an activation, as a profile makes it. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { leakOf, shiftRight } from '../arithmetic/run-stages.ts'
import { allocateCodes } from '../golden/codes.ts'
import type { Codes, QuantParams } from '../golden/types.ts'
import { type Activated, isRectified, silu } from '../graph/activation.ts'
import type { FloatNode } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'

type Smooth = Profile['activation']['smooth']

/** Whether a convolution's sums become the index of a table, whose scale is its own. */
export const readsIndex = (node: Activated, { activation: { rectified } }: Profile): boolean =>
  node.activation !== 'none' && (!isRectified(node) || rectified.form === 'table')

/** Whether an activation that keeps values below zero reads codes of the output. */
export const leaksOnCodes = (node: FloatNode, { activation: { rectified } }: Profile): boolean =>
  node.op === 'conv' && node.activation === 'leaky-relu' && rectified.form === 'codes'

/**
 * An output code for each code of the index. With straight lines between fewer entries the table holds what the hardware would compute
 * from them.
 */
export function makeActivationTable(
  index: QuantParams,
  output: QuantParams,
  smooth: Smooth = ASSAY.activation.smooth,
  apply: (x: number) => number = silu,
): Codes {
  const top = 2 ** output.bits - 1
  const table = allocateCodes(2 ** index.bits, output.bits)
  /** In steps of the output's scale, without its zero point. */
  const steps = (p: number): number => apply(index.scale * (p - index.zeroPoint)) / output.scale
  const code = (value: number): number => Math.max(0, Math.min(top, output.zeroPoint + value))
  const nearest = (p: number): number => Math.floor(steps(p) + 0.5)
  if (smooth.form === 'none')
    throw new InputError(
      'the hardware has no form for this activation',
      'activation.smooth of the profile',
      'Give it a form, or a network that has none.',
    )
  if (smooth.form === 'table') {
    for (let p = 0; p < table.length; p++) table[p] = code(nearest(p))
    return table
  }
  if (smooth.segments > index.bits)
    throw new InputError(
      `2^${smooth.segments} segments are more than the 2^${index.bits} codes of an index`,
      'activation.smooth.segments of the profile',
      'Give fewer segments, or more bits with --table-bits.',
    )
  const log = index.bits - smooth.segments
  const run = 2 ** log
  for (let p = 0; p < table.length; p++) {
    const begin = p - (p % run)
    const [from, to] = [nearest(begin), nearest(begin + run)]
    // A slope has bits below the point of its own; between two entries of a table it has those of the run.
    const [slope, bits] =
      smooth.form === 'interpolated-table'
        ? [to - from, log]
        : [Math.round(((steps(begin + run) - steps(begin)) / run) * 2 ** smooth.slopeBits), smooth.slopeBits]
    table[p] = code(from + Number(shiftRight(BigInt(slope * (p - begin)), bits, smooth.rounding)))
  }
  return table
}

/**
 * The table of a ReLU that is computed on codes of the output: null where the codes end at zero and the clamp does it.
 *
 * @throws InputError for a leak that the profile does not have
 */
export function makeRectifierTable(
  node: Activated,
  output: QuantParams,
  { activation: { rectified } }: Profile,
): Codes | null {
  const { scale, zeroPoint, bits } = output
  const leak = rectified.form === 'codes' ? rectified.leak : undefined
  if (node.activation === 'leaky-relu') checkLeak(leak, 'activation.rectified.leak')
  if (node.activation === 'relu' && zeroPoint === 0) return null
  const most = node.activation === 'relu6' ? zeroPoint + Math.floor(6 / scale + 0.5) : 2 ** bits - 1
  const table = allocateCodes(2 ** bits, bits)
  for (let p = 0; p < table.length; p++) {
    const below = node.activation === 'leaky-relu' ? Number(leakOf(BigInt(p - zeroPoint), leak)) : 0
    table[p] = p < zeroPoint ? Math.max(0, zeroPoint + below) : Math.min(p, most)
  }
  return table
}

export function checkLeak(leak: unknown, field: string): void {
  if (leak === undefined)
    throw new InputError(
      'the network has a leaky ReLU, the hardware has none',
      `${field} of the profile`,
      'Give its slope as a numerator and a shift.',
    )
}

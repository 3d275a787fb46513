/** Clause A-5: the table of an activation, as a profile makes it. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { shiftRight } from '../arithmetic/run-stages.ts'
import { allocateCodes } from '../golden/codes.ts'
import type { Codes, QuantParams } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'

export const silu = (x: number): number => x / (1 + Math.exp(-x))

type Smooth = Profile['activation']['smooth']

/**
 * An output code for each code of the index. With straight lines between fewer entries the table holds what the hardware would compute
 * from them.
 */
export function makeActivationTable(
  index: QuantParams,
  output: QuantParams,
  smooth: Smooth = ASSAY.activation.smooth,
): Codes {
  const top = 2 ** output.bits - 1
  const table = allocateCodes(2 ** index.bits, output.bits)
  /** In steps of the output's scale, without its zero point. */
  const steps = (p: number): number => silu(index.scale * (p - index.zeroPoint)) / output.scale
  const code = (value: number): number => Math.max(0, Math.min(top, output.zeroPoint + value))
  const nearest = (p: number): number => Math.floor(steps(p) + 0.5)
  if (smooth.form === 'none')
    throw new InputError(
      'the hardware has no SiLU',
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

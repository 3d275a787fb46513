/** This file parses `--sweep`, which chooses the bit widths to measure. */
import { InputError } from '../../input/input-error.ts'

export interface BitWidths {
  readonly weightBits: number
  readonly activationBits: number
}

export interface SweepChoice {
  /** The widths that vary; `bits` means both alike. */
  readonly which: 'bits' | 'weight-bits' | 'activation-bits'
  readonly values: readonly number[]
}

const MOST_BITS = 16

/** Parses `bits=4..8`, `weight-bits=4,6,8` or `activation-bits=4..8`. @throws InputError for anything else. */
export function parseSweep(text: string): SweepChoice {
  const match = /^(bits|weight-bits|activation-bits)=(?:(\d+)\.\.(\d+)|(\d+(?:,\d+)*))$/.exec(text)
  const refuse = (): never => {
    throw new InputError(`expected bits=4..8, weight-bits=4,6,8 or the like, got "${text}"`, '--sweep')
  }
  if (match === null) return refuse()
  const [, which, first, last, list] = match
  if (Number(last) > MOST_BITS) return refuse()
  const values =
    list === undefined
      ? Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i)
      : list.split(',').map(Number)
  if (values.length === 0 || values.length > 16 || values.some((bits) => bits < 2 || bits > MOST_BITS))
    return refuse()
  return { which: which as SweepChoice['which'], values }
}

/** Lists the widths of each point. A width that does not vary stays as it is. */
export const listWidths = ({ which, values }: SweepChoice, fixed: BitWidths): readonly BitWidths[] =>
  values.map((bits) => ({
    weightBits: which === 'activation-bits' ? fixed.weightBits : bits,
    activationBits: which === 'weight-bits' ? fixed.activationBits : bits,
  }))

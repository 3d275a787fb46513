/** `--sweep`: which widths are measured. */
import { InputError } from '../../input/input-error.ts'

export interface BitWidths {
  readonly weightBits: number
  readonly activationBits: number
}

export interface SweepChoice {
  /** Whose bits vary; `bits` is both alike. */
  readonly which: 'bits' | 'weight-bits' | 'activation-bits'
  readonly values: readonly number[]
}

const MOST_BITS = 16

/** `bits=4..8`, `weight-bits=4,6,8`, `activation-bits=4..8`. @throws InputError for anything else. */
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

/** The widths of each point; the one that does not vary stays as it is. */
export const listWidths = ({ which, values }: SweepChoice, fixed: BitWidths): readonly BitWidths[] =>
  values.map((bits) => ({
    weightBits: which === 'activation-bits' ? fixed.weightBits : bits,
    activationBits: which === 'weight-bits' ? fixed.activationBits : bits,
  }))

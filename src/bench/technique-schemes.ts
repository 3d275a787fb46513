/** Quantisation schemes as text: bits, observer, techniques. */
import { InputError } from '../input/input-error.ts'
import { OBSERVERS, type Observer } from '../quantise/observers.ts'
import { refineEffort, TECHNIQUES, type Technique, techniquesOf } from '../quantise/techniques.ts'

export interface Scheme {
  readonly bits: readonly [weights: number, activations: number]
  /** Index bits of the activation tables. */
  readonly table: number
  readonly observer: Observer
  readonly techniques: readonly Technique[]
  /** Output pixels of each layer that refinement looks at. */
  readonly samples: number
}

const effort = (name: 'fast' | 'best'): string =>
  `mse,${techniquesOf(name).join('+')},s${refineEffort(name).samples}`

/** The rows of docs/accuracy.md: observers, each technique alone at W4A8, the efforts at all bits. */
export const TABLE: readonly string[] = [
  ...OBSERVERS.map((observer) => `w8a8,${observer}`),
  `w8a8,${effort('fast')}`,
  'w6a8,mse',
  `w6a8,${effort('fast')}`,
  'w4a8,mse',
  'w4a8,mse,mse-scales,s2048',
  'w4a8,mse,equalisation,s2048',
  'w4a8,mse,bias-correction,s2048',
  'w4a8,mse,refit,s8192',
  'w4a8,mse,second-order,s8192',
  `w4a8,${effort('fast')}`,
  'w4a8,mse,bias-correction+refit,s8192',
  `w4a8,${effort('best')}`,
  'w6a6,mse',
  `w6a6,${effort('fast')}`,
  `w6a6,${effort('best')}`,
  'w4a4,mse',
  `w4a4,${effort('fast')}`,
  `w4a4,${effort('best')}`,
]

/**
 * `w4a8,p10,percentile,bias-correction+second-order,s4096`; unless told `p10`, `mse`, no technique and `s2048`.
 *
 * @throws InputError naming the part that means nothing.
 */
export function parseScheme(text: string): Scheme {
  const [bits = '', ...parts] = text.split(',')
  const match = /^w(\d+)a(\d+)$/.exec(bits)
  const refuse = (part: string): InputError =>
    new InputError(
      `${JSON.stringify(part)} means nothing in ${text}.`,
      '--schemes',
      'E.g. w4a8,mse,second-order,s4096.',
    )
  if (match === null) throw refuse(bits)
  let scheme: Scheme = {
    bits: [Number(match[1]), Number(match[2])],
    table: 10,
    observer: 'mse',
    techniques: [],
    samples: 2048,
  }
  for (const part of parts) {
    const observer = OBSERVERS.find((one) => one === part)
    const asked = part.split('+')
    const techniques = TECHNIQUES.filter((one) => asked.includes(one))
    if (/^p\d+$/.test(part)) scheme = { ...scheme, table: Number(part.slice(1)) }
    else if (/^s\d+$/.test(part)) scheme = { ...scheme, samples: Number(part.slice(1)) }
    else if (observer !== undefined) scheme = { ...scheme, observer }
    else if (techniques.length === asked.length) scheme = { ...scheme, techniques }
    else throw refuse(part)
  }
  return scheme
}

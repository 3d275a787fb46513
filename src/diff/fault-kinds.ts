/** The kinds of fault that a difference may look like. */
import * as v from 'valibot'
import { type Checked, count, described, openObject, real } from '../input/schema.ts'

/** Every kind of fault, with its title for people. */
export const FAULT_TITLES = {
  'not-written': 'elements never written',
  zeros: 'stuck at zero, or at one value: a memory not written',
  stale: "stale: another layer's data",
  permuted: 'channels permuted',
  order: 'another order of the elements',
  lanes: 'every n-th element: lane order',
  shifted: 'rows or columns shifted',
  transposed: 'rows and columns exchanged',
  arithmetic: 'another arithmetic',
  parameters: 'another parameter: zero point, bias, multiplier or shift',
  table: 'another activation table, or another index of it',
  weights: 'weights in another order',
  input: 'another input, or not all of it',
  rounding: 'off by one: rounding',
  offset: 'constant offset: zero point or bias',
  sign: 'sign',
  saturated: 'saturation',
  bit: 'one bit of the code',
  'one-channel': 'one channel only',
  border: 'border: padding',
  unknown: 'no known pattern',
  'box-candidates': 'boxes: other candidates',
  'box-class': 'boxes: class',
  'box-overlap': 'boxes: suppression',
  'box-order': 'boxes: order',
  'box-limit': 'boxes: a limit on their number',
  'box-score': 'boxes: score table',
  'box-decode': 'boxes: decode',
} as const

export type FaultName = keyof typeof FAULT_TITLES

/** What the hardware does instead, found by computing it: no guess from the shape of the difference. */
const causeSchema = described(
  openObject({
    id: described(v.string(), 'The same for every part with this fault, such as table-before.'),
    says: described(v.string(), 'What the part computes with, such as "the activation table of model.1".'),
    explained: described(count, 'Elements, or boxes, that are as this cause predicts.'),
    elements: described(count, 'All that were compared. It explains everything where both are equal.'),
    others: v.optional(
      described(
        v.array(openObject({ id: v.string(), says: v.string() })),
        'Causes that predict the same of this part, which another part may rule out.',
      ),
    ),
  }),
  'The cause that explains most, of all that were computed in place of the golden result.',
)
export type Cause = Checked<typeof causeSchema>

const NAMES = Object.keys(FAULT_TITLES) as FaultName[]

const possibleSchema = described(
  openObject({
    bits: described(real(0), 'log2 of the ways in which chance could have made as many elements wrong.'),
    causes: v.array(openObject({ id: v.string(), name: v.picklist(NAMES), says: v.string() })),
  }),
  'Causes that predict every element, where too few are wrong to exclude chance. Several parts together can.',
)

export const kindSchema = described(
  openObject({
    name: v.picklist(NAMES),
    evidence: described(v.string(), 'A sentence with numbers: what was seen, and what usually causes it.'),
    cause: v.optional(causeSchema),
    possible: v.optional(possibleSchema),
  }),
  'What kind of fault a difference looks like.',
)
export type FaultKind = Checked<typeof kindSchema>

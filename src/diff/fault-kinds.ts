/** The kinds of fault that a difference may look like. */
import * as v from 'valibot'
import { type Checked, described, openObject } from '../input/schema.ts'

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
  rounding: 'off by one: rounding',
  offset: 'constant offset: zero point or bias',
  sign: 'sign',
  saturated: 'saturation',
  bit: 'one bit of the code',
  'one-channel': 'one channel only',
  border: 'border: padding',
  unknown: 'no known pattern',
} as const

export type FaultName = keyof typeof FAULT_TITLES

export const kindSchema = described(
  openObject({
    name: v.picklist(Object.keys(FAULT_TITLES) as FaultName[]),
    evidence: described(v.string(), 'A sentence with numbers: what was seen, and what usually causes it.'),
  }),
  'What kind of fault a difference looks like.',
)
export type FaultKind = Checked<typeof kindSchema>

/** One way in which a detect head is wrong, and the words for it. */
import type { HeadRules } from '../golden/head-rules.ts'
import type { NmsOptions } from '../golden/types.ts'
import type { FaultName } from './fault-kinds.ts'

export interface BoxHypothesis {
  /** The same for every network, such as `threshold+1`. */
  readonly id: string
  readonly name: FaultName
  /** What the head computes with. */
  readonly says: string
  readonly rules?: Partial<HeadRules>
  readonly options?: Partial<NmsOptions>
}

/** One whose place in the list gives it its name. */
export type Draft = Omit<BoxHypothesis, 'name'>

/** An index into a table that goes on at its other end. */
export const wrap = (index: number, size: number): number => (index + size) % size

/** `+ 1` or `− 1`, as in a sentence. */
export const spaced = (by: number): string => (by > 0 ? `+ ${by}` : `− ${-by}`)

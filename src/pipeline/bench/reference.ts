/** These types hold what the RTL is compared with: a model, its program, and the golden tensors of one image. */
import type { Codes, IntegerGraph, NmsResult } from '../../golden/types.ts'
import type { RomSet } from '../../rom/emit.ts'

/** The codes of every tensor, by name. */
export type Golden = ReadonlyMap<string, Codes>

export interface Reference {
  readonly graph: IntegerGraph
  readonly roms: RomSet
  readonly golden: Golden
  /** Null if the model has no head. */
  readonly expectedBoxes: NmsResult | null
}

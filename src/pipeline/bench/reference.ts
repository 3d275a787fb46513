/** What the RTL is compared with: a model, its program, and what every tensor of one image should be. */
import type { Codes, IntegerGraph, NmsResult } from '../../golden/types.ts'
import type { RomSet } from '../../rom/emit.ts'

/** The codes of every tensor, by name. */
export type Golden = ReadonlyMap<string, Codes>

export interface Reference {
  readonly graph: IntegerGraph
  readonly roms: RomSet
  readonly golden: Golden
  /** Null where the model has no head. */
  readonly expectedBoxes: NmsResult | null
}

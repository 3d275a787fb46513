/**
 * Mixed precision: settings of single layers that differ from the rest. Read from JSON:
 * `{ "model.0": { "weightBits": 8, "observer": "max" }, "images": { "activationBits": 8 } }`.
 */
import * as v from 'valibot'
import { type Checked, check, closedObject, described, recordOf, withoutSchema } from '../input/schema.ts'
import { OBSERVERS } from './observers.ts'

const layerOverrideSchema = closedObject({
  weightBits: described(
    v.optional(v.picklist([2, 3, 4, 5, 6, 7, 8, 16], '2 to 8, or 16 in the reference model')),
    "Bits of the layer's weights.",
  ),
  activationBits: described(
    v.optional(v.picklist([4, 5, 6, 7, 8, 16], '4 to 8, or 16 in the reference model')),
    "Bits of the layer's output, and of all tensors that share its scale. `images` names the image.",
  ),
  observer: described(
    v.optional(v.picklist(OBSERVERS)),
    "How to choose the ranges of the layer's pre-activation and output.",
  ),
})

/** docs/overrides.schema.json is made from it. */
export const overridesSchema = recordOf(layerOverrideSchema)

/** By layer name, in the order of the names. */
export type Overrides = Readonly<Record<string, Checked<typeof layerOverrideSchema>>>

/** @throws InputError that names the entry at fault. */
export function parseOverrides(json: unknown, where: string): Overrides {
  const advice = 'E.g. {"model.0": {"weightBits": 8}}.'
  const layers = check(overridesSchema, withoutSchema(json, where, advice), where, advice)
  return Object.fromEntries(Object.entries(layers).sort(([a], [b]) => (a < b ? -1 : 1)))
}

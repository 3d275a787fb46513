/** What evidence says of results. The schemas of reports take the place of these once they are beside the types (`result/`). */
import * as v from 'valibot'
import { openObject, whole } from '../../input/schema.ts'
import type { BoxesResult, LayerResult, SimResult, StimulusResult } from '../../result/result.ts'

const as = <Value>(schema: v.GenericSchema) => v.custom<Value>((value) => v.is(schema, value), 'a result')

const part = { mismatches: whole(0), cycles: whole(0), error: v.nullable(v.string()) }
export const layerSchema = as<LayerResult>(
  openObject({ name: v.string(), op: v.string(), elements: whole(0), ...part }),
)
export const boxesSchema = as<BoxesResult>(openObject({ candidates: whole(0), ...part }))
export const stimulusSchema = as<StimulusResult>(
  openObject({ isRed: v.boolean(), elements: whole(0), red: v.array(layerSchema) }),
)
export const resultSchema = as<SimResult>(
  openObject({
    verdict: v.picklist(['exact', 'mismatch']),
    layers: v.array(layerSchema),
    boxes: v.nullable(boxesSchema),
    stimulus: v.optional(stimulusSchema),
  }),
)

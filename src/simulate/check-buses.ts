/** The buses that the options of a simulation name, as a person gives them. */
import * as v from 'valibot'
import { closedObject, recordOf, text, tupleOf, whole } from '../input/schema.ts'

const FRACTION = 'a number from 0 to below 1'
const BUS = {
  prefix: v.optional(v.string()),
  signals: v.optional(recordOf(text)),
  clock: v.optional(text),
  stalls: v.optional(v.pipe(v.number(FRACTION), v.minValue(0, FRACTION), v.ltValue(1, FRACTION))),
  seed: v.optional(whole()),
}
const MEMORY = {
  kind: v.literal('axi-memory'),
  ...BUS,
  base: v.optional(whole(0)),
  latency: v.optional(v.lazy((value) => (Array.isArray(value) ? tupleOf(whole(1), whole(1)) : whole(1)))),
  outstanding: v.optional(whole(1, 1024)),
  reorder: v.optional(v.picklist(['none', 'ids', 'beats'])),
  outside: v.optional(v.picklist(['fail', 'decode-error'])),
  writeCycles: v.optional(v.boolean()),
}
const BYTES = whole(1, 2 ** 32)
const memoryBus = closedObject({ ...MEMORY, bytes: BYTES })
const registerBus = closedObject({
  kind: v.picklist(['axi-memory', 'axi-lite', 'apb', 'wishbone']),
  ...BUS,
  withinCycles: v.optional(whole(1)),
})

const byKind = <Memory extends v.GenericSchema>(memory: Memory) =>
  recordOf(
    v.lazy((value) =>
      typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'axi-memory'
        ? memory
        : registerBus,
    ),
  )

/** `BusSetting` by the names of the buses. */
export const busesSchema = byKind(memoryBus)
/** The same where whoever runs it knows how large a memory is. */
export const unsizedBusesSchema = byKind(closedObject({ ...MEMORY, bytes: v.optional(BYTES) }))

/** Checks what a person gives for a simulation: names and values. */
import * as v from 'valibot'
import { check, closedObject } from '../input/schema.ts'
import { BUILD } from './build/check-options.ts'
import { busesSchema } from './check-buses.ts'

/** What is said of the ports is checked against the module's, when it is opened. */
const any = v.optional(v.unknown())
const boundary = {
  ...{ clock: any, clocks: any, reset: any, streams: any },
  ...{ plusargs: any, seed: any, stalls: any, memories: any, buses: v.optional(busesSchema) },
}
const SIMULATE = closedObject({
  ...BUILD,
  ...boundary,
  waveform: v.optional(
    closedObject({
      file: v.string(),
      fromCycle: v.optional(v.number()),
      toCycle: v.optional(v.number()),
    }),
  ),
  deadlineMs: v.optional(v.number()),
  restartable: v.optional(v.boolean()),
})

/** @throws InputError for an option that there is not, and for a value that it cannot have. */
export function checkOptions(options: unknown): void {
  check(SIMULATE, options, 'options of simulate')
}

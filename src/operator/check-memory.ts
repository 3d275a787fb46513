/** The settings of a configuration that are about buses: memories, their regions, and the program of registers. */
import * as v from 'valibot'
import { closedObject, text } from '../input/schema.ts'
import { unsizedBusesSchema } from '../simulate/check-buses.ts'
import type { OperatorConfig } from './operator-config.ts'
import type { LayerValue } from './types.ts'

type ValueSchema = v.GenericSchema<LayerValue>

/** Where a region lies. */
export const placeOf = (value: ValueSchema) => ({
  name: v.optional(text),
  bus: v.optional(text),
  at: v.optional(value),
  align: v.optional(value),
})

/** @param value a number, `$property` of the layer, or a function of it @param layout entries of a tensor's order */
export function memorySettings(value: ValueSchema, layout: v.ObjectEntries, tensor: v.GenericSchema) {
  const place = placeOf(value)
  const tensorRegion = closedObject({ tensor, ...layout, ...place })
  const room = closedObject({ ...place, name: text, bytes: value })
  const data = closedObject({
    ...place,
    name: text,
    bits: v.optional(v.picklist([8, 16, 32, 64])),
    words: v.custom((given) => typeof given === 'function', 'a function of the run'),
  })
  const region = v.lazy((given) => {
    if (typeof given !== 'object' || given === null) return room
    return 'tensor' in given ? tensorRegion : 'words' in given ? data : room
  })
  // A number of the layer, or the address of a region.
  const placed = v.lazy((given): ValueSchema => {
    return typeof given === 'string' && given.startsWith('$at.') ? v.string() : value
  })
  const options = { bus: v.optional(text) }
  const write = closedObject({ ...options, write: placed, value: placed })
  const poll = closedObject({
    ...options,
    poll: placed,
    mask: v.optional(placed),
    equals: placed,
    withinCycles: v.optional(placed),
  })
  const step = v.lazy((given) =>
    typeof given === 'object' && given !== null && 'write' in given ? write : poll,
  )
  const program = v.lazy((given) =>
    typeof given === 'function' ? v.custom(() => true, 'a function') : v.array(step),
  )
  type Of<Key extends 'buses' | 'regions' | 'program'> = v.GenericSchema<NonNullable<OperatorConfig[Key]>>
  return {
    buses: v.optional(unsizedBusesSchema as unknown as Of<'buses'>),
    regions: v.optional(v.array(region) as unknown as Of<'regions'>),
    program: v.optional(program as unknown as Of<'program'>),
    mode: v.optional(v.picklist(['isolated', 'chained'])),
  }
}

/** Checks a configuration, which a person wrote: every mistake is named before anything is built. */
import * as v from 'valibot'
import { InputError } from '../input/input-error.ts'
import { check, closedObject, listOf, openObject, recordOf, whole } from '../input/schema.ts'
import { timing, WARNINGS } from '../simulate/build/check-options.ts'
import { LANGUAGES } from '../simulate/build/types.ts'
import type { ParameterValue } from '../simulate/index.ts'
import { memorySettings, placeOf } from './check-memory.ts'
import type { OperatorConfig } from './operator-config.ts'
import type { LayerInfo, LayerValue } from './types.ts'

/** The properties of a layer that `$name` may stand for, besides its name and operator. */
const NUMBERS = {
  ...{ inputChannels: whole(), inputHeight: whole(), inputWidth: whole() },
  ...{ outputChannels: whole(), outputHeight: whole(), outputWidth: whole() },
  ...{ kernel: whole(), stride: whole(), padding: whole(), padCode: whole(), zeroPoint: whole() },
  ...{ inputZeroPoint: whole(), secondZeroPoint: whole(), outputZeroPoint: whole() },
  ...{ requantBits: whole(), requantMin: whole(), requantMax: whole(), hasTable: v.picklist([0, 1]) },
  ...{ signedCodes: v.picklist([0, 1]), accumulatorBits: whole() },
  ...{ biasBits: whole(), multiplierBits: whole(), shiftBits: whole() },
  ...{ weightBits: whole(), activationBits: whole(), inputBits: whole(), outputBits: whole(), macs: whole() },
}
const PROPERTIES = ['name', 'op', ...Object.keys(NUMBERS)].map((name) => `$${name}`)

/** A text that says something. */
const text = v.pipe(
  v.string('a text'),
  v.check((value) => value.trim() !== '', 'a text'),
)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const callable = <Call extends (layer: LayerInfo) => unknown>() => v.custom<Call>(isFunction, 'a function')

/** A number, or `$property` of the layer, or a function of it. */
const plainValue = v.union([
  v.number(),
  v.bigint(),
  v.boolean(),
  v.string(),
  callable<(layer: LayerInfo) => ParameterValue>(),
])
export const layerValue = v.lazy((value): v.GenericSchema<LayerValue> => {
  return typeof value === 'string' && value.startsWith('$') ? v.picklist(PROPERTIES) : plainValue
})
const lanes = v.lazy((value) => (typeof value === 'number' ? whole(1) : layerValue))

const LAYOUT = {
  order: text,
  lanes: v.optional(lanes),
  bits: v.optional(whole(1)),
  fill: v.optional(whole()),
}
const sent = v.picklist([
  'input',
  'second',
  'weights',
  'bias',
  'multiplier',
  'shift',
  'factor',
  'parameters',
  'table',
])
const STREAM = {
  stream: text,
  ...LAYOUT,
  data: v.optional(text),
  last: v.optional(text),
  address: v.optional(text),
}
const sentStream = closedObject({ tensor: sent, ...STREAM })
const resetPort = closedObject({ port: text, active: v.picklist([0, 1]), cycles: v.optional(whole(1)) })

const memory = v.pipe(
  closedObject({
    tensor: sent,
    ...LAYOUT,
    plusarg: v.optional(text),
    parameter: v.optional(text),
    ports: v.optional(closedObject({ addr: text, enable: v.optional(text), data: text })),
  }),
  v.check(
    ({ plusarg, parameter, ports }) =>
      [plusarg, parameter, ports].filter((way) => way !== undefined).length === 1,
    'one of plusarg, parameter and ports',
  ),
)

const pattern = closedObject({
  pattern: v.pipe(v.string(), v.regex(/^[01]*1[01]*$/, '0 and 1 with a 1 in it')),
})
const FRACTION = 'a number from 0 to below 1'
const atRandom = closedObject({
  probability: v.pipe(v.number(FRACTION), v.minValue(0, FRACTION), v.ltValue(1, FRACTION)),
  seed: v.optional(whole()),
})

const streamMapping = closedObject({
  direction: v.picklist(['input', 'output']),
  valid: text,
  ready: v.optional(text),
  clock: v.optional(text),
  lane: v.optional(whole()),
  fields: recordOf(text),
})

export const CONFIG = closedObject({
  top: text,
  sources: listOf(text, 1),
  includeDirs: v.optional(v.array(text)),
  defines: v.optional(recordOf(v.string())),
  language: v.optional(v.picklist(LANGUAGES)),
  timing: v.optional(timing),
  verilatorFlags: v.optional(v.array(text)),
  cFlags: v.optional(v.array(text)),
  ldFlags: v.optional(v.array(text)),
  warnings: v.optional(v.picklist(WARNINGS)),
  layers: v.union([
    v.partial(
      closedObject({
        name: text,
        op: v.picklist(['conv', 'add', 'max-pool', 'upsample']),
        ...NUMBERS,
      }),
    ),
    callable<(layer: LayerInfo) => boolean>(),
  ]),
  parameters: v.optional(recordOf(layerValue)),
  ports: v.optional(recordOf(layerValue)),
  memories: v.optional(v.array(memory)),
  load: v.optional(v.array(sentStream)),
  start: v.optional(text),
  done: v.optional(text),
  inputs: v.array(sentStream),
  output: v.lazy((value) =>
    typeof value === 'object' && value !== null && !('stream' in value)
      ? closedObject({ tensor: v.literal('output'), ...LAYOUT, ...placeOf(layerValue) })
      : closedObject({ tensor: v.literal('output'), ...STREAM }),
  ),
  ...memorySettings(layerValue, LAYOUT, sent),
  clock: v.optional(v.union([v.literal(false), text])),
  clocks: v.optional(recordOf(closedObject({ period: whole(2), phase: v.optional(whole()) }))),
  reset: v.optional(v.union([v.literal(false), resetPort, v.array(resetPort)])),
  streams: v.optional(
    recordOf(
      v.nullable(
        v.lazy((value) =>
          typeof value === 'object' && value !== null && Object.keys(value).join() === 'clock'
            ? closedObject({ clock: text })
            : streamMapping,
        ),
      ),
    ),
  ),
  stalls: v.optional(
    v.lazy((value) =>
      typeof value === 'object' && value !== null && 'pattern' in value ? pattern : atRandom,
    ),
  ),
  withinCycles: v.optional(
    v.lazy((value) => (typeof value === 'number' ? whole(1) : callable<(layer: LayerInfo) => number>())),
  ),
})

/** @throws InputError naming the first setting that is wrong, and the known one that is nearest to an unknown one. */
export function checkConfig(value: unknown, where: string): OperatorConfig {
  check(openObject({}), value, where, 'Write `export default defineConfig({ … })`.')
  const config: OperatorConfig = check(CONFIG, value, where)
  const { inputs, load = [], memories = [], regions = [], output, program } = config
  if (inputs.length + load.length + memories.length + regions.length === 0)
    throw new InputError('inputs: expected at least one stream, memory or region', where)
  if (!('stream' in output) && program === undefined && config.done === undefined)
    throw new InputError(
      'program: expected steps that start the module and wait for it, or a port done, as its output stays in memory',
      where,
    )
  const names = [...regions, ...('stream' in output ? [] : [output])].map((region) =>
    'tensor' in region ? (region.name ?? region.tensor) : region.name,
  )
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined)
    throw new InputError(`regions: two are called ${twice}`, where, 'Give one of them another name.')
  return config
}

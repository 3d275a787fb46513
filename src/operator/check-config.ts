/** Checks a configuration, which a person wrote: every mistake is named before anything is built. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import {
  anyText,
  anything,
  byKind,
  type Check,
  callable,
  choice,
  fraction,
  kindOf,
  list,
  object,
  positive,
  type Refuse,
  record,
  text,
  whole,
} from './shape.ts'
import type { LayerInfo, LayerValue, Layout, OperatorConfig, OperatorName, TensorName } from './types.ts'

const OPERATORS: readonly OperatorName[] = ['conv', 'add', 'max-pool', 'upsample']
/** The properties of a layer that `$name` may stand for. */
const NUMBERS: readonly Exclude<keyof LayerInfo, 'name' | 'op' | 'node'>[] = [
  ...([
    'inputChannels',
    'inputHeight',
    'inputWidth',
    'outputChannels',
    'outputHeight',
    'outputWidth',
  ] as const),
  ...([
    'kernel',
    'stride',
    'padding',
    'padCode',
    'zeroPoint',
    'requantBits',
    'requantMax',
    'hasTable',
  ] as const),
  ...(['weightBits', 'activationBits', 'macs'] as const),
]
const PROPERTIES: readonly string[] = ['name', 'op', ...NUMBERS]
const TENSORS: readonly TensorName[] = [
  ...([
    'input',
    'second',
    'weights',
    'bias',
    'multiplier',
    'shift',
    'parameters',
    'table',
    'output',
  ] as const),
]

/** A number, or `$property` of the layer, or a function of it. */
const layerValue: Check = byKind({
  number: anything,
  bigint: anything,
  boolean: anything,
  false: anything,
  function: anything,
  string: (value, place, refuse) => {
    const property = (value as string).slice(1)
    if (!(value as string).startsWith('$') || PROPERTIES.includes(property)) return
    refuse(
      `${place}: a layer has no property ${property}. Known are ${PROPERTIES.join(', ')}.`,
      suggest(property, PROPERTIES),
    )
  },
})
const lanes: Check = (value, place, refuse) =>
  (typeof value === 'number' ? positive : layerValue)(value, place, refuse)

const LAYOUT = { order: text, 'lanes?': lanes, 'bits?': positive, 'fill?': whole }
const tensorOf = (...tensors: readonly TensorName[]): Check => choice(...tensors)
const sent = tensorOf(...TENSORS.filter((tensor) => tensor !== 'output'))
const STREAM = { stream: text, ...LAYOUT, 'data?': text, 'last?': text, 'address?': text }
const sentStream = object({ tensor: sent, ...STREAM })
const resetPort = object({ port: text, active: choice(0, 1), 'cycles?': positive })

const memory: Check = (value, place, refuse) => {
  object({
    tensor: sent,
    ...LAYOUT,
    'plusarg?': text,
    'parameter?': text,
    'ports?': object({ addr: text, 'enable?': text, data: text }),
  })(value, place, refuse)
  const { plusarg, parameter, ports } = value as Readonly<Record<string, unknown>>
  if ([plusarg, parameter, ports].filter((way) => way !== undefined).length !== 1)
    refuse(`${place}: expected one of plusarg, parameter and ports`)
}

const stalls: Check = (value, place, refuse) => {
  const isPattern = kindOf(value) === 'object' && 'pattern' in (value as object)
  object(isPattern ? { pattern: text } : { probability: fraction, 'seed?': whole })(value, place, refuse)
  const { pattern } = value as { readonly pattern?: string }
  if (pattern !== undefined && !/^[01]*1[01]*$/.test(pattern))
    refuse(`${place}.pattern: expected 0 and 1 with a 1 in it, got '${pattern}'`)
}

const CONFIG: Check = object({
  top: text,
  sources: list(text, 1),
  'includeDirs?': list(text),
  'defines?': record(anyText),
  layers: byKind({
    object: object({
      'name?': text,
      'op?': choice(...OPERATORS),
      ...Object.fromEntries(NUMBERS.map((name) => [`${name}?`, whole])),
    }),
    function: callable,
  }),
  'parameters?': record(layerValue),
  'ports?': record(layerValue),
  'memories?': list(memory),
  'load?': list(sentStream),
  'start?': text,
  inputs: list(sentStream),
  output: object({ tensor: tensorOf('output'), ...STREAM }),
  'clock?': text,
  'reset?': byKind({ object: resetPort, list: list(resetPort), false: anything }),
  'streams?': record(
    object({
      direction: choice('input', 'output'),
      valid: text,
      'ready?': text,
      'clock?': text,
      fields: record(text),
    }),
  ),
  'stalls?': stalls,
  'withinCycles?': callable,
})

/** @throws InputError naming the first setting that is wrong, and the known one that is nearest to an unknown one. */
export function checkConfig(value: unknown, where: string): OperatorConfig {
  const refuse: Refuse = (what, advice = '') => {
    throw new InputError(what, where, advice)
  }
  if (kindOf(value) !== 'object')
    refuse(`expected an object, got ${kindOf(value)}`, 'Write `export default defineConfig({ … })`.')
  CONFIG(value, '', refuse)
  const config = value as OperatorConfig
  const { inputs, load = [], memories = [] } = config
  if (inputs.length + load.length + memories.length === 0)
    refuse('inputs: expected at least one stream or memory')
  return config
}

/** The value that a function of the configuration gives for a layer. @throws InputError if it fails. */
function callOn<Value>(
  name: string,
  call: (layer: LayerInfo) => Value,
  layer: LayerInfo,
  where: string,
): Value {
  try {
    return call(layer)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`${name}: the function failed on ${layer.name}: ${message}`, where, '', {
      cause: error,
    })
  }
}

/** Values of parameters or ports for a layer. @throws InputError for a `$name` that no layer has, or a function's odd result. */
export function resolveValues(
  values: Readonly<Record<string, LayerValue>> | undefined,
  layer: LayerInfo,
  where: string,
): Record<string, number | bigint | boolean | string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => {
      const own = typeof value === 'function' ? callOn(name, value, layer, where) : value
      if (!['number', 'bigint', 'boolean', 'string'].includes(typeof own) || Number.isNaN(own))
        throw new InputError(
          `${name}: expected a number or text for ${layer.name}, got ${String(own)}`,
          where,
        )
      if (typeof own !== 'string' || typeof value === 'function' || !own.startsWith('$')) return [name, own]
      layerValue(own, name, (what) => {
        throw new InputError(what, where)
      })
      const { node: _node, ...known } = layer
      return [name, known[own.slice(1) as keyof typeof known]]
    }),
  )
}

/** A layout with its lanes as a number. @throws InputError if they are not a positive integer. */
export function resolveLayout<Binding extends Layout>(
  binding: Binding,
  layer: LayerInfo,
  where: string,
): Binding & { readonly lanes: number } {
  const { lanes: count } = resolveValues({ lanes: binding.lanes ?? 1 }, layer, where)
  const number = Number(count)
  if (!Number.isInteger(number) || number < 1)
    throw new InputError(`lanes: expected a positive integer for ${layer.name}, got ${String(count)}`, where)
  return { ...binding, lanes: number }
}

/** Cycles that a layer may take. @throws InputError if the configuration's own value is not valid. */
export function resolveBudget(
  { withinCycles }: OperatorConfig,
  layer: LayerInfo,
  where: string,
): number | undefined {
  if (withinCycles === undefined) return undefined
  const cycles = callOn('withinCycles', withinCycles, layer, where)
  if (Number.isSafeInteger(cycles) && cycles > 0) return cycles
  throw new InputError(
    `withinCycles: expected a positive whole number for ${layer.name}, got ${String(cycles)}`,
    where,
  )
}

/** Whether a configuration claims a layer. */
export function claims({ layers }: OperatorConfig, layer: LayerInfo, where = 'layers'): boolean {
  if (typeof layers === 'function') return callOn('layers', layers, layer, where)
  return Object.entries(layers).every(([key, value]) => layer[key as keyof LayerInfo] === value)
}

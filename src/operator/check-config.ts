/** A configuration comes from a file that a person wrote: every mistake is named before anything is built. */
import { InputError } from '../checkpoint/input-error.ts'
import type { LayerInfo, LayerValue, Layout, OperatorConfig } from './types.ts'

const KEYS: Readonly<Record<keyof OperatorConfig, string>> = {
  top: 'string',
  sources: 'list',
  includeDirs: 'list?',
  defines: 'object?',
  layers: 'object or function',
  parameters: 'object?',
  ports: 'object?',
  memories: 'list?',
  load: 'list?',
  start: 'string?',
  inputs: 'list',
  output: 'object',
  clock: 'string?',
  reset: 'object or false?',
  streams: 'object?',
  stalls: 'object?',
  withinCycles: 'function?',
}
const TENSORS = ['input', 'second', 'weights', 'bias', 'multiplier', 'shift', 'parameters', 'table', 'output']
const STREAM_KEYS = ['tensor', 'stream', 'order', 'lanes', 'bits', 'fill', 'data', 'last', 'address']
const MEMORY_KEYS = ['tensor', 'order', 'lanes', 'bits', 'fill', 'plusarg', 'parameter', 'ports']

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : value === false ? 'false' : typeof value

/** @throws InputError naming the first key that is wrong. */
export function checkConfig(value: unknown, where: string): OperatorConfig {
  const refuse = (what: string, advice = ''): never => {
    throw new InputError(what, where, advice)
  }
  if (kindOf(value) !== 'object')
    refuse(`expected an object, got ${kindOf(value)}`, 'Write `export default defineConfig({ … })`.')
  const config = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(config))
    if (!(key in KEYS)) refuse(`there is no setting ${key}. Known are ${Object.keys(KEYS).join(', ')}.`)
  for (const [key, kinds] of Object.entries(KEYS)) {
    const own = config[key]
    if (own === undefined && kinds.endsWith('?')) continue
    const allowed = kinds.replace('?', '').split(' or ')
    if (!allowed.includes(kindOf(own))) refuse(`${key}: expected ${allowed.join(' or ')}, got ${kindOf(own)}`)
  }
  const { sources, inputs, load = [], memories = [], output } = config as unknown as OperatorConfig
  if (sources.length === 0) refuse('sources: expected a file at least')
  if (inputs.length + load.length + memories.length === 0)
    refuse('inputs: expected a stream or a memory at least')
  for (const [name, binding] of [
    ...inputs.map((each, at) => [`inputs[${at}]`, each] as const),
    ...load.map((each, at) => [`load[${at}]`, each] as const),
    ['output', output] as const,
  ])
    checkBinding(name, binding, STREAM_KEYS, ['stream', 'order', 'tensor'], refuse)
  for (const [at, memory] of memories.entries()) {
    checkBinding(`memories[${at}]`, memory, MEMORY_KEYS, ['order', 'tensor'], refuse)
    if ([memory.plusarg, memory.parameter, memory.ports].filter((way) => way !== undefined).length !== 1)
      refuse(`memories[${at}]: expected one of plusarg, parameter and ports`)
  }
  if (output.tensor !== 'output') refuse(`output.tensor: expected 'output', got '${output.tensor}'`)
  return config as unknown as OperatorConfig
}

function checkBinding(
  name: string,
  binding: unknown,
  keys: readonly string[],
  texts: readonly string[],
  refuse: (what: string) => never,
): void {
  if (kindOf(binding) !== 'object') refuse(`${name}: expected an object, got ${kindOf(binding)}`)
  const own = binding as Readonly<Record<string, unknown>>
  for (const key of Object.keys(own))
    if (!keys.includes(key)) refuse(`${name}: there is no setting ${key}. Known are ${keys.join(', ')}.`)
  for (const key of texts)
    if (typeof own[key] !== 'string') refuse(`${name}.${key}: expected a string, got ${kindOf(own[key])}`)
  if (!TENSORS.includes(own.tensor as string))
    refuse(`${name}.tensor: expected one of ${TENSORS.join(', ')}, got '${String(own.tensor)}'`)
  const { bits } = own
  if (bits !== undefined && !(Number.isInteger(bits) && (bits as number) > 0))
    refuse(`${name}.bits: expected a positive integer, got ${String(bits)}`)
}

/** Values of parameters or ports for a layer. @throws InputError for a `$name` that no layer has. */
export function resolveValues(
  values: Readonly<Record<string, LayerValue>> | undefined,
  layer: LayerInfo,
  where: string,
): Record<string, number | bigint | boolean | string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => {
      if (typeof value === 'function') return [name, value(layer)]
      if (typeof value !== 'string' || !value.startsWith('$')) return [name, value]
      const property = value.slice(1)
      const { node: _node, ...known } = layer
      if (!Object.hasOwn(known, property))
        throw new InputError(
          `${name}: a layer has no property ${property}, it has ${Object.keys(known).join(', ')}`,
          where,
        )
      return [name, known[property as keyof typeof known]]
    }),
  )
}

/** A layout with its lanes as a number. @throws InputError where they are not a positive integer. */
export function resolveLayout<Binding extends Layout>(
  binding: Binding,
  layer: LayerInfo,
  where: string,
): Binding & { readonly lanes: number } {
  const { lanes } = resolveValues({ lanes: binding.lanes ?? 1 }, layer, where)
  const count = Number(lanes)
  if (!Number.isInteger(count) || count < 1)
    throw new InputError(`lanes: expected a positive integer for ${layer.name}, got ${String(lanes)}`, where)
  return { ...binding, lanes: count }
}

/** Whether a configuration claims a layer. */
export function claims({ layers }: OperatorConfig, layer: LayerInfo): boolean {
  if (typeof layers === 'function') return layers(layer)
  return Object.entries(layers).every(([key, value]) => layer[key as keyof LayerInfo] === value)
}

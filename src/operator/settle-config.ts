/** What a configuration says for one layer: values in the place of functions and of `$names`. */
import { InputError } from '../input/input-error.ts'
import { check, recordOf } from '../input/schema.ts'
import type { BusSetting, ParameterValue } from '../simulate/index.ts'
import { layerValue } from './check-config.ts'
import { bytesNeeded, type MappedRegion, mapMemory, type SettledStep, settleProgram } from './memory-map.ts'
import type {
  LayerInfo,
  LayerValue,
  Layout,
  MemoryBinding,
  OperatorConfig,
  OutputRegion,
  SentTensor,
  StreamBinding,
} from './types.ts'

type Laned<Binding extends Layout> = Omit<Binding, 'lanes'> & { readonly lanes: number }
type Values = Readonly<Record<string, ParameterValue>>

/** The configuration of one layer. It is data alone, so that what a run obeys is what its proof is kept under. */
export interface SettledConfig
  extends Omit<
    OperatorConfig,
    | 'layers'
    | 'parameters'
    | 'ports'
    | 'memories'
    | 'load'
    | 'inputs'
    | 'output'
    | 'withinCycles'
    | 'buses'
    | 'regions'
    | 'program'
  > {
  readonly parameters: Values
  readonly ports: Values
  readonly memories: readonly Laned<MemoryBinding>[]
  readonly load: readonly Laned<StreamBinding<SentTensor>>[]
  readonly inputs: readonly Laned<StreamBinding<SentTensor>>[]
  /** Where it is a region it is also among `regions`. */
  readonly output: Laned<StreamBinding<'output'>> | Laned<OutputRegion>
  readonly buses: Readonly<Record<string, BusSetting>>
  readonly regions: readonly MappedRegion[]
  readonly program: readonly SettledStep[]
  readonly withinCycles?: number
}

/** @throws InputError for a function that fails, or gives what does not fit. */
export function settleConfig(config: OperatorConfig, layer: LayerInfo, where: string): SettledConfig {
  const { layers: _layers, memories = [], load = [], inputs, output, withinCycles, ...rest } = config
  const lane = <Binding extends Layout>(binding: Binding): Laned<Binding> => ({
    ...binding,
    lanes: resolveLanes(binding, layer, where),
  })
  const value = (name: string, own: unknown) => resolveValue(name, own as LayerValue, layer, where)
  const regions = mapMemory(
    config,
    layer,
    { value, lanes: (layout) => resolveLanes(layout as Layout, layer, where) },
    where,
  )
  return {
    ...rest,
    buses: settleBuses(config, regions),
    regions,
    program: callOn('program', () => settleProgram(config, regions, layer, value, where), layer, where),
    parameters: resolveValues(config.parameters, layer, where),
    ports: resolveValues(config.ports, layer, where),
    memories: memories.map(lane),
    load: load.map(lane),
    inputs: inputs.map(lane),
    output: lane(output),
    withinCycles: withinCycles === undefined ? undefined : resolveBudget(withinCycles, layer, where),
  }
}

/** Each memory with the bytes that its regions need. */
const settleBuses = (
  { buses = {} }: OperatorConfig,
  regions: readonly MappedRegion[],
): Record<string, BusSetting> =>
  Object.fromEntries(
    Object.entries(buses).map(([name, bus]): [string, BusSetting] => {
      if (bus.kind !== 'axi-memory') return [name, bus]
      const needed = bytesNeeded(regions, name, bus.base ?? 0)
      return [name, { ...bus, bytes: Math.max(needed, bus.bytes ?? 0) }]
    }),
  )

/** Whether a configuration claims a layer. */
export function claims({ layers }: OperatorConfig, layer: LayerInfo, where = 'layers'): boolean {
  if (typeof layers === 'function') return callOn('layers', layers, layer, where)
  return Object.entries(layers).every(([key, value]) => layer[key as keyof LayerInfo] === value)
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
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`${name}: the function failed on ${layer.name}: ${message}`, where, '', {
      cause: error,
    })
  }
}

function resolveValues(
  values: Readonly<Record<string, LayerValue>> | undefined,
  layer: LayerInfo,
  where: string,
): Record<string, ParameterValue> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [name, resolveValue(name, value, layer, where)]),
  )
}

/** @throws InputError for a `$name` that no layer has, or a function's odd result. */
function resolveValue(name: string, value: LayerValue, layer: LayerInfo, where: string): ParameterValue {
  const own = typeof value === 'function' ? callOn(name, value, layer, where) : value
  if (!['number', 'bigint', 'boolean', 'string'].includes(typeof own) || Number.isNaN(own))
    throw new InputError(`${name}: expected a number or text for ${layer.name}, got ${String(own)}`, where)
  if (typeof own !== 'string' || typeof value === 'function' || !own.startsWith('$')) return own
  check(recordOf(layerValue), { [name]: own }, where)
  const { node: _node, inputs: _inputs, profile: _profile, ...known } = layer
  return known[own.slice(1) as keyof typeof known]
}

function resolveLanes({ lanes = 1 }: Layout, layer: LayerInfo, where: string): number {
  const given = resolveValue('lanes', lanes, layer, where)
  const count = Number(given)
  if (Number.isInteger(count) && count >= 1) return count
  throw new InputError(`lanes: expected a positive integer for ${layer.name}, got ${String(given)}`, where)
}

function resolveBudget(
  given: NonNullable<OperatorConfig['withinCycles']>,
  layer: LayerInfo,
  where: string,
): number {
  const cycles = typeof given === 'function' ? callOn('withinCycles', given, layer, where) : given
  if (Number.isSafeInteger(cycles) && cycles > 0) return cycles
  throw new InputError(
    `withinCycles: expected a positive whole number for ${layer.name}, got ${String(cycles)}`,
    where,
  )
}

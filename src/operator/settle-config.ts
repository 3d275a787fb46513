/** What a configuration says for one layer: values in the place of functions and of `$names`. */
import { InputError } from '../input/input-error.ts'
import { check, recordOf } from '../input/schema.ts'
import type { BusSetting, ParameterValue } from '../simulate/index.ts'
import { layerValue } from './check-config.ts'
import { callFor } from './data-region.ts'
import { bytesNeeded, type MappedRegion, type Resolver } from './mapped-region.ts'
import { mapMemory } from './memory-map.ts'
import type { OutputRegion } from './memory-types.ts'
import type { OperatorConfig } from './operator-config.ts'
import { type SettledStep, settleProgram } from './program.ts'
import type { LayerInfo, LayerValue, Layout, MemoryBinding, SentTensor, StreamBinding } from './types.ts'

type Laned<Binding extends Layout> = Omit<Binding, 'lanes'> & { readonly lanes: number }
type Values = Readonly<Record<string, ParameterValue>>

/** The configuration of a run. It is data alone, so that what a run obeys is what its proof is kept under. */
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
    | 'mode'
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

/**
 * The configuration of a run: of one layer, or of all that are claimed where they are chained.
 *
 * @throws InputError for a function that fails, or gives what does not fit; of a chained run also for streams and memories, and for what
 * is not the same for all its layers
 */
export function settleConfig(
  config: OperatorConfig,
  run: readonly LayerInfo[],
  where: string,
  isChained = run.length > 1,
): SettledConfig {
  const {
    layers: _layers,
    mode: _mode,
    memories = [],
    load = [],
    inputs,
    output,
    withinCycles,
    ...rest
  } = config
  if (isChained) refuseStreams(config, where)
  const first = run[0]!
  const lane = <Binding extends Layout>(binding: Binding): Laned<Binding> => ({
    ...binding,
    lanes: resolveLanes(binding, first, where),
  })
  const resolver: Resolver = {
    value: (name, own, layer) => resolveValue(name, own as LayerValue, layer, where),
    lanes: (layout, layer) => resolveLanes(layout, layer, where),
    whole: (name, own, layer) => {
      const value = Number(resolveValue(name, own as LayerValue, layer, where))
      if (Number.isSafeInteger(value) && value >= 0) return value
      throw new InputError(`${name}: expected a whole number, got ${String(value)}`, where)
    },
  }
  const map = mapMemory(config, run, resolver, where)
  return {
    ...rest,
    buses: settleBuses(config, map.regions),
    regions: map.regions,
    program: settleProgram(config, map, resolver.value, where),
    parameters: resolveAlike('parameters', config.parameters, run, where),
    ports: resolveAlike('ports', config.ports, run, where),
    memories: memories.map(lane),
    load: load.map(lane),
    inputs: inputs.map(lane),
    output: lane('stream' in output ? output : plainOutput(output)),
    withinCycles:
      withinCycles === undefined
        ? undefined
        : typeof withinCycles === 'number'
          ? withinCycles
          : run.reduce((sum, layer) => sum + resolveBudget(withinCycles, layer, where), 0),
  }
}

/** Where it lies is among the regions, as numbers. */
const plainOutput = ({ tensor, order, lanes, bits, fill }: OutputRegion): OutputRegion => ({
  ...{ tensor, order, lanes, bits, fill },
})

function refuseStreams({ memories = [], load = [], inputs, output }: OperatorConfig, where: string): void {
  const used = [
    ...(memories.length > 0 ? ['memories'] : []),
    ...(load.length > 0 ? ['load'] : []),
    ...(inputs.length > 0 ? ['inputs'] : []),
    ...('stream' in output ? ['output'] : []),
  ]
  if (used.length > 0)
    throw new InputError(
      `a chained run works in the memory of a bus, and this configuration has ${used.join(', ')} at ports`,
      where,
      'Write regions and an output without a stream, or run with --mode isolated.',
    )
}

/** Values of a module that is built and set once for all layers of a run. */
function resolveAlike(
  key: 'parameters' | 'ports',
  values: OperatorConfig['parameters'],
  run: readonly LayerInfo[],
  where: string,
): Values {
  const all = run.map((layer) => resolveValues(values, layer, where))
  const [first] = all
  for (const [index, own] of all.entries())
    for (const [name, value] of Object.entries(own))
      if (value !== first![name])
        throw new InputError(
          `${key}.${name}: is ${String(first![name])} for ${run[0]!.name} and ${String(value)} for ${run[index]!.name}, and a chained run has one`,
          where,
        )
  return first!
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
      return [name, { ...bus, bytes: Math.max(needed, bus.bytes ?? 0), writeCycles: true }]
    }),
  )

/** Whether a configuration claims a layer. */
export function claims({ layers }: OperatorConfig, layer: LayerInfo, where = 'layers'): boolean {
  if (typeof layers === 'function') return callOn('layers', layers, layer, where)
  return Object.entries(layers).every(([key, value]) => layer[key as keyof LayerInfo] === value)
}

/** The value that a function of the configuration gives for a layer. @throws InputError if it fails. */
const callOn = <Value>(
  name: string,
  call: (layer: LayerInfo) => Value,
  layer: LayerInfo,
  where: string,
): Value => callFor(name, () => call(layer), where, layer.name)

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

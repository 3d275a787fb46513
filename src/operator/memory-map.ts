/** Where the tensors of a layer lie in the memories behind the buses of the user's module, and the program of its registers. */
import { InputError } from '../input/input-error.ts'
import { hex } from '../simulate/bus-types.ts'
import { elementBits } from './beats.ts'
import { layoutIndices, outputIndices } from './layout.ts'
import type {
  LayerInfo,
  Layout,
  OperatorBus,
  OperatorConfig,
  ProgramStep,
  RegionBinding,
  TensorName,
} from './types.ts'

/** A region of one layer, with its address. Tensors are little-endian, lane by lane. */
export interface MappedRegion extends Omit<Layout, 'lanes' | 'bits'> {
  readonly name: string
  /** Null of one that only the module uses. */
  readonly tensor: TensorName | null
  readonly bus: string
  readonly lanes: number
  readonly bits: number
  /** Address of its first byte. */
  readonly at: number
  readonly bytes: number
}

/** Values of a configuration for one layer. */
export interface Resolver {
  readonly value: (name: string, value: unknown) => unknown
  readonly lanes: (layout: Layout) => number
}

const DEFAULT_ALIGN = 4096
const MOST_BYTES = 2 ** 31

/**
 * Places every region: where the configuration says, or behind the one before, aligned.
 *
 * @throws InputError for regions that overlap or lie outside, and for a bus that is not there
 */
export function mapMemory(
  config: Pick<OperatorConfig, 'buses' | 'regions' | 'output'>,
  layer: LayerInfo,
  { value, lanes }: Resolver,
  where: string,
): readonly MappedRegion[] {
  const { buses = {}, regions = [], output } = config
  const bindings: readonly RegionBinding[] = 'stream' in output ? regions : [...regions, output]
  const next = new Map<string, number>()
  const mapped: MappedRegion[] = []
  for (const binding of bindings) {
    const name = binding.name ?? binding.tensor ?? 'region'
    const place = `regions: ${name} of ${layer.name}`
    const bus = chooseBus(buses, binding.bus, true, place, where)
    const whole = (key: string, given: unknown, otherwise: number): number => {
      const own = given === undefined ? otherwise : Number(value(key, given))
      if (Number.isSafeInteger(own) && own >= 0) return own
      throw new InputError(`${place}: ${key}: expected a whole number, got ${String(own)}`, where)
    }
    const align = Math.max(1, whole('align', binding.align, DEFAULT_ALIGN))
    const { base = 0 } = buses[bus] as Extract<OperatorBus, { readonly kind: 'axi-memory' }>
    const own = sizeOf(binding, layer, lanes, whole, where, place)
    if (own.bytes === 0) continue
    const behind = next.get(bus) ?? base
    const at = whole('at', binding.at, Math.ceil(behind / align) * align)
    const region: MappedRegion = { ...own, name, tensor: binding.tensor ?? null, bus, at }
    checkPlace(region, base, mapped, where, place)
    next.set(bus, Math.max(behind, at + region.bytes))
    mapped.push(region)
  }
  return mapped
}

/** The bus that is named, or the first: of memory, or of registers. */
function chooseBus(
  buses: NonNullable<OperatorConfig['buses']>,
  named: string | undefined,
  isMemory: boolean,
  place: string,
  where: string,
): string {
  const known = Object.keys(buses).filter((name) => (buses[name]!.kind === 'axi-memory') === isMemory)
  const bus = named ?? known[0]
  if (bus !== undefined && known.includes(bus)) return bus
  const [what, example] = isMemory
    ? ['kind axi-memory', "ddr: { kind: 'axi-memory', prefix: 'm_axi' }"]
    : ['registers', "control: { kind: 'axi-lite', prefix: 's_axi' }"]
  throw new InputError(
    `${place}: expected a bus of ${what}, got ${bus}; there is ${known.join(', ') || 'none'}`,
    where,
    `Write buses: { ${example} }.`,
  )
}

function sizeOf(
  binding: RegionBinding,
  layer: LayerInfo,
  lanesOf: (layout: Layout) => number,
  whole: (key: string, given: unknown, otherwise: number) => number,
  where: string,
  place: string,
): Omit<MappedRegion, 'name' | 'tensor' | 'bus' | 'at'> {
  const { tensor, order = '', fill } = binding
  if (tensor === undefined) return { order: '', lanes: 1, bits: 8, bytes: whole('bytes', binding.bytes, 0) }
  const lanes = lanesOf({ order, lanes: binding.lanes })
  const bits = binding.bits ?? 8 * Math.ceil(elementBits(tensor, layer) / 8)
  if ((lanes * bits) % 8 !== 0)
    throw new InputError(`${place}: ${lanes} lanes of ${bits} bits are no whole bytes`, where)
  const indices = (
    tensor === 'output' ? outputIndices(order, layer, where) : layoutIndices(tensor, order, layer, where)
  ).length
  return { order, lanes, bits, fill, bytes: Math.ceil(indices / lanes) * ((lanes * bits) / 8) }
}

function checkPlace(
  region: MappedRegion,
  base: number,
  before: readonly MappedRegion[],
  where: string,
  place: string,
): void {
  const end = region.at + region.bytes
  if (region.at < base || end - base > MOST_BYTES)
    throw new InputError(
      `${place}: bytes ${hex(region.at)} to ${hex(end - 1)} are outside the memory of ${region.bus}, which begins at ${hex(base)} and has at most 2 GiB`,
      where,
    )
  const other = before.find((one) => one.bus === region.bus && region.at < one.at + one.bytes && one.at < end)
  if (other !== undefined)
    throw new InputError(
      `${place}: bytes ${hex(region.at)} to ${hex(end - 1)} overlap ${other.name}, which has ${hex(other.at)} to ${hex(other.at + other.bytes - 1)}`,
      where,
    )
}

/** Bytes that the memory of a bus needs, in whole pages of 4 KB. */
export const bytesNeeded = (regions: readonly MappedRegion[], bus: string, base: number): number =>
  Math.ceil(Math.max(1, ...regions.map((one) => (one.bus === bus ? one.at + one.bytes - base : 0))) / 4096) *
  4096

/** A step of a program, with numbers in the place of names and functions. */
export type SettledStep =
  | { readonly bus: string; readonly write: number; readonly value: number }
  | {
      readonly bus: string
      readonly poll: number
      readonly mask?: number
      readonly equals: number
      readonly withinCycles?: number
    }

/** @throws InputError for an address or a value that is no whole number, and for a bus that is not there */
export function settleProgram(
  { buses = {}, program = [] }: Pick<OperatorConfig, 'buses' | 'program'>,
  regions: readonly MappedRegion[],
  layer: LayerInfo,
  value: Resolver['value'],
  where: string,
): readonly SettledStep[] {
  const addresses = Object.fromEntries(regions.map(({ name, at }) => [name, at]))
  const steps = typeof program === 'function' ? program(layer, addresses) : program
  return steps.map((step: ProgramStep, index): SettledStep => {
    const place = `program[${index}]`
    const bus = chooseBus(buses, step.bus, false, place, where)
    const number = (key: string, given: unknown): number => {
      const region = typeof given === 'string' && given.startsWith('$at.') ? given.slice(4) : null
      if (region !== null && !(region in addresses))
        throw new InputError(
          `${place}.${key}: ${layer.name} has no region ${region}; it has ${Object.keys(addresses).join(', ')}`,
          where,
        )
      const own = Number(region === null ? value(`${place}.${key}`, given) : addresses[region])
      if (Number.isSafeInteger(own)) return own
      throw new InputError(
        `${place}.${key}: expected a whole number for ${layer.name}, got ${String(own)}`,
        where,
      )
    }
    if ('write' in step)
      return { bus, write: number('write', step.write), value: number('value', step.value) }
    const { mask, withinCycles } = step
    return {
      ...{ bus, poll: number('poll', step.poll), equals: number('equals', step.equals) },
      ...(mask === undefined ? {} : { mask: number('mask', mask) }),
      ...(withinCycles === undefined ? {} : { withinCycles: number('withinCycles', withinCycles) }),
    }
  })
}

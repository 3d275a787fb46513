/** Where the tensors of a run lie in the memories behind the buses of the user's module. */
import { InputError } from '../input/input-error.ts'
import { hex } from '../simulate/bus-types.ts'
import { layData } from './data-region.ts'
import { type MappedRegion, type MemoryMap, overlaps, type Resolver, type Span } from './mapped-region.ts'
import type { DataRegion, OperatorBus, RegionBinding } from './memory-types.ts'
import type { OperatorConfig } from './operator-config.ts'
import { placeLayer } from './place-layer.ts'
import { listTensors, type Wanted } from './run-tensors.ts'
import type { LayerInfo } from './types.ts'

const DEFAULT_ALIGN = 4096
const MOST_BYTES = 2 ** 31

/**
 * Places every region: where the configuration says, or behind the one before, aligned. Data come last: they may hold the addresses of
 * all others.
 *
 * @throws InputError for regions that overlap or lie outside, and for a bus that is not there
 */
export function mapMemory(
  config: Pick<OperatorConfig, 'buses' | 'regions' | 'output'>,
  run: readonly LayerInfo[],
  resolver: Resolver,
  where: string,
): MemoryMap {
  const { regions = [], output } = config
  if (regions.length === 0 && 'stream' in output)
    return { regions: [], run: run.map((layer) => ({ layer, at: {}, inputs: [] })) }
  const data = regions.filter((region): region is DataRegion => 'words' in region)
  const first = layTensors(config, run, resolver, where, [])
  // Where data have an address of their own, tensors go past them: how long they are, a first pass says.
  const fixed = data.flatMap((region): readonly Span[] => {
    if (region.at === undefined) return []
    const { length } = layData(region, first.placed, where)
    return [{ ...first.find(region, length, run[0]!, region.name), bytes: length }]
  })
  const {
    mapped: all,
    placed,
    place,
  } = fixed.length === 0 ? first : layTensors(config, run, resolver, where, fixed)
  for (const region of data) {
    const bytes = layData(region, placed, where)
    const { bus, at } = place(region, bytes.length, run[0]!, region.name)
    const { name } = region
    const own: MappedRegion = {
      ...{ name, layer: null, tensor: null, bus, at, data: bytes, bytes: bytes.length },
      ...{ order: '', lanes: 1, bits: 8 },
    }
    const other = all.find((one) => overlaps(one, own))
    if (other !== undefined) throw refuseOverlap(own, other, `regions: ${name}`, where)
    all.push(own)
    for (const { at: addresses } of placed) (addresses as Record<string, number>)[name] = at
  }
  return { regions: all, run: placed }
}

/** Places tensors and room. @param reserved spans that are left alone */
function layTensors(
  { buses = {}, regions = [], output }: Pick<OperatorConfig, 'buses' | 'regions' | 'output'>,
  run: readonly LayerInfo[],
  resolver: Resolver,
  where: string,
  reserved: readonly Span[],
) {
  const bindings = regions.filter((region) => !('words' in region)) as readonly RegionBinding[]
  const busOf = (binding: RegionBinding | DataRegion, label: string): string =>
    chooseBus(buses, binding.bus, true, label, where)
  const { wanted, reads } = listTensors(
    'stream' in output ? bindings : [...bindings, output],
    run,
    { ...resolver, busOf },
    where,
  )
  const next = new Map<string, number>()
  const mapped = new Map<Wanted, MappedRegion>()
  const fixed: Span[] = [...reserved]
  const find = (binding: RegionBinding | DataRegion, bytes: number, owner: LayerInfo, name: string) => {
    const label = `regions: ${name} of ${owner.name}`
    const bus = busOf(binding, label)
    const { base = 0 } = buses[bus] as Extract<OperatorBus, { readonly kind: 'axi-memory' }>
    if (binding.at !== undefined)
      return { label, bus, base, at: resolver.whole(`${label}: at`, binding.at, owner) }
    const align = Math.max(1, resolver.whole(`${label}: align`, binding.align ?? DEFAULT_ALIGN, owner))
    const up = (address: number): number => Math.ceil(address / align) * align
    let at = up(next.get(bus) ?? base)
    // Past what has a place of its own.
    for (let taken = true; taken; ) {
      const other = fixed.find((one) => overlaps(one, { bus, at, bytes }))
      if (other === undefined) taken = false
      else at = up(other.at + other.bytes)
    }
    return { label, bus, base, at }
  }
  const place = (binding: RegionBinding | DataRegion, bytes: number, owner: LayerInfo, name: string) => {
    const { label, bus, base, at } = find(binding, bytes, owner, name)
    if (at < base || at + bytes - base > MOST_BYTES)
      throw new InputError(
        `${label}: bytes ${hex(at)} to ${hex(at + bytes - 1)} are outside the memory of ${bus}, which begins at ${hex(base)} and has at most 2 GiB`,
        where,
      )
    next.set(bus, Math.max(next.get(bus) ?? base, at + bytes))
    return { bus, at }
  }
  for (const { binding, region, owner } of wanted)
    if (binding.at !== undefined)
      fixed.push({ ...find(binding, region.bytes, owner, region.name), bytes: region.bytes })
  for (const one of wanted) {
    if (mapped.has(one)) continue
    const group = one.group ?? [one]
    const total = group.reduce((sum, { region }) => sum + region.bytes, 0)
    let { bus, at } = place(one.binding, total, one.owner, one.region.name)
    for (const member of group) {
      mapped.set(member, settle({ ...member.region, bus, at }, member, mapped, where))
      at += member.region.bytes
    }
  }
  const placed = run.map((layer) => placeLayer(layer, mapped, reads, resolver, where))
  return { mapped: [...mapped.values()], placed, place, find }
}

/** The bus that is named, or the first: of memory, or of registers. */
export function chooseBus(
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

/** Adds a region. One that is no longer read may lie where a later layer writes, and is then not compared. */
function settle(
  region: MappedRegion,
  own: Wanted,
  before: Map<Wanted, MappedRegion>,
  where: string,
): MappedRegion {
  for (const [other, placed] of before) {
    if (!overlaps(region, placed)) continue
    const [early, late] = other.birth <= own.birth ? [other, own] : [own, other]
    const isFree = early.death < late.birth || (early.death === late.birth && late.owner.op === 'add')
    if (!isFree || late.birth < 0)
      throw refuseOverlap(region, placed, `regions: ${region.name} of ${own.owner.name}`, where)
    before.set(other, { ...placed, overwrittenBy: own.owner.name })
  }
  return region
}

function refuseOverlap(region: MappedRegion, other: MappedRegion, label: string, where: string): InputError {
  const span = ({ at, bytes }: MappedRegion): string => `${hex(at)} to ${hex(at + bytes - 1)}`
  const whose = other.layer === null || other.layer === region.layer ? '' : ` of ${other.layer}`
  return new InputError(
    `${label}: bytes ${span(region)} overlap ${other.name}${whose}, which has ${span(other)}`,
    where,
  )
}

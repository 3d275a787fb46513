/** The tensors of a run that lie in memory: those of each layer, those that come from outside, and what one layer leaves for another. */
import { InputError } from '../input/input-error.ts'
import { elementBits } from './beats.ts'
import type { ChannelRange } from './channel-ranges.ts'
import { layoutIndices, layoutKey, outputIndices } from './layout.ts'
import { countPlaces, layLoops } from './loops.ts'
import type { MappedRegion, Resolver } from './mapped-region.ts'
import type { OutputRegion, RegionBinding } from './memory-types.ts'
import type { LayerInfo, Layout } from './types.ts'

/** A region before it has an address. Regions of a group lie one behind the other, in its order. */
export interface Wanted {
  readonly region: Omit<MappedRegion, 'at' | 'bus' | 'overwrittenBy'>
  readonly binding: RegionBinding
  /** The layer that its values are for. */
  readonly owner: LayerInfo
  /** Number of the layer that writes it in the run; -1: it is there before. */
  readonly birth: number
  /** Number of the last layer that reads it; infinite of what stays. */
  death: number
  group?: readonly Wanted[]
}

/** What a layer reads: the channels of the regions, in order. */
export interface Read {
  readonly layer: LayerInfo
  /** 0 the first input, 1 the second. */
  readonly input: 0 | 1
  readonly binding: RegionBinding
  readonly parts: readonly { readonly range: ChannelRange; readonly wanted: Wanted }[]
}

/** @throws InputError for a tensor that a layer does not have, and for one that is written in one layout and read in another */
export function listTensors(
  bindings: readonly RegionBinding[],
  run: readonly LayerInfo[],
  resolver: Resolver & { readonly busOf: (binding: RegionBinding, label: string) => string },
  where: string,
): { readonly wanted: readonly Wanted[]; readonly reads: readonly Read[] } {
  const found = new Map<string, Wanted>()
  const writers = new Map(run.map((layer, index) => [layer.name, index]))
  const output = bindings.find((binding): binding is OutputRegion => binding.tensor === 'output')
  const want = (key: string, make: () => Wanted): Wanted => {
    const known = found.get(key) ?? make()
    found.set(key, known)
    return known
  }
  const reads: Read[] = []
  for (const [index, layer] of run.entries()) {
    const size = (binding: RegionBinding, own = layer) => sizeOf(binding, own, resolver, where)
    const outputOf = (writer: number): Wanted => {
      const owner = run[writer]!
      return want(`output ${owner.name}`, () => {
        const region = { ...size(output!, owner), layer: owner.name }
        return { region, binding: output!, owner, birth: writer, death: writer }
      })
    }
    for (const binding of bindings) {
      const { tensor } = binding
      if (tensor === undefined) {
        const region = { ...size(binding), layer: null }
        const known = want(`room ${binding.name}`, () => stays(region, binding, layer))
        if (known.region.bytes < region.bytes)
          found.set(`room ${binding.name}`, stays(region, binding, layer))
      } else if (tensor === 'output') outputOf(index)
      else if (tensor === 'input' || tensor === 'second') {
        const input = tensor === 'input' ? 0 : 1
        const parts = rangesRead(layer, input, writers, where).map((range) => {
          const writer = output === undefined ? undefined : writers.get(range.tensor)
          const own = { ...layer, inputChannels: range.of }
          const key = `${range.tensor} as ${binding.bus} ${layoutKey(tensor, binding.order!, own, where)} ${binding.lanes} ${binding.bits}`
          const wanted =
            writer === undefined
              ? want(key, () => {
                  const region = { ...size(binding, own), layer: layer.name, channels: range.of }
                  return { ...stays({ ...region, source: range.tensor }, binding, layer), death: index }
                })
              : outputOf(writer)
          if (writer !== undefined) {
            const [from, to] = [binding, output!].map((one) =>
              resolver.busOf(one, `regions: ${tensor} of ${layer.name}`),
            )
            if (from !== to)
              throw new InputError(
                `${range.tensor} is written to ${to}, and ${layer.name} reads it from ${from}`,
                where,
                'A chained run has each tensor in one memory: give input and output the same bus.',
              )
            checkLayouts(wanted, { ...size(binding, own), order: binding.order! }, own, where)
          }
          wanted.death = Math.max(wanted.death, index)
          return { range, wanted }
        })
        reads.push({ layer, input, binding, parts })
      } else
        want(`${layer.name} ${binding.name ?? tensor}`, () =>
          stays({ ...size(binding), layer: layer.name }, binding, layer),
        )
    }
  }
  const wanted = [...found.values()].filter(({ region }) => region.bytes > 0)
  for (const read of reads) joinParts(read, where)
  return { wanted, reads }
}

const stays = (region: Wanted['region'], binding: RegionBinding, owner: LayerInfo): Wanted => {
  return { region, binding, owner, birth: -1, death: Number.POSITIVE_INFINITY }
}

/** The tensors that an input is read from: itself, unless parts of it are written within the run. */
function rangesRead(
  layer: LayerInfo,
  input: 0 | 1,
  writers: ReadonlyMap<string, number>,
  where: string,
): readonly ChannelRange[] {
  const own = layer.inputs[input]
  if (own === undefined) throw new InputError(`${layer.name} (${layer.op}) has no tensor second`, where)
  if (own.ranges.some(({ tensor }) => writers.has(tensor))) return own.ranges
  const channels = layer.inputChannels
  return [{ tensor: own.name, first: 0, channels, of: channels }]
}

/** Bytes and lanes of a region of a layer. */
function sizeOf(
  binding: RegionBinding,
  layer: LayerInfo,
  { lanes: lanesOf, whole }: Resolver,
  where: string,
): Omit<Wanted['region'], 'layer'> {
  const { tensor, order = '', fill } = binding
  const name = binding.name ?? tensor ?? 'region'
  const place = `regions: ${name} of ${layer.name}`
  if (tensor === undefined) {
    const bytes = whole(`${place}: bytes`, binding.bytes ?? 0, layer)
    return { name, tensor: null, order: '', lanes: 1, bits: 8, bytes }
  }
  const lanes = lanesOf({ order, lanes: binding.lanes } as Layout, layer)
  const bits = binding.bits ?? 8 * Math.ceil(elementBits(tensor, layer) / 8)
  if ((lanes * bits) % 8 !== 0)
    throw new InputError(`${place}: ${lanes} lanes of ${bits} bits are no whole bytes`, where)
  const indices = (
    tensor === 'output' ? outputIndices(order, layer, where) : layoutIndices(tensor, order, layer, where)
  ).length
  return { name, tensor, order, lanes, bits, fill, bytes: Math.ceil(indices / lanes) * ((lanes * bits) / 8) }
}

/** One layer must read what another wrote as it was written. */
function checkLayouts(
  { region, owner }: Wanted,
  read: Pick<Wanted['region'], 'order' | 'lanes' | 'bits'>,
  reader: LayerInfo,
  where: string,
): void {
  const written = layoutKey('output', region.order, owner, where)
  const isSame =
    layoutKey('input', read.order, reader, where) === written.replaceAll('o*', 'i*') &&
    read.bits === region.bits &&
    (read.lanes === region.lanes || read.bits % 8 === 0)
  if (isSame) return
  const say = ({ order, bits }: Pick<Wanted['region'], 'order' | 'bits'>): string =>
    `'${order}' in lanes of ${bits} bits`
  throw new InputError(
    `${owner.name} writes its output as ${say(region)}, and ${reader.name} reads it as ${say(read)}`,
    where,
    'A chained run needs the same order for input and output; --mode isolated runs each layer alone.',
  )
}

/** Where channels are the slowest axis, tensors that are concatenated can lie one behind the other: their concat is then one tensor. */
function joinParts({ layer, binding, parts }: Read, where: string): void {
  if (parts.length < 2) return
  const { loops } = layLoops('input', binding.order!, layer, where)
  const { name, scale } = loops[0]!
  const canJoin = parts.every(({ range, wanted }) => {
    const { region, group } = wanted
    const isWhole = range.channels === range.of && range.of % scale === 0
    const places = countPlaces(
      layLoops('input', binding.order!, { ...layer, inputChannels: range.of }, where).loops,
    )
    return isWhole && places % region.lanes === 0 && group === undefined && wanted.binding.at === undefined
  })
  const group = parts.map(({ wanted }) => wanted)
  const isOneBus = new Set(group.map((wanted) => wanted.binding.bus)).size === 1
  if (name !== 'i' || !canJoin || !isOneBus || new Set(group).size < group.length) return
  for (const wanted of group) wanted.group = group
}

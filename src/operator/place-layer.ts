/** What the configuration hears of a layer of a run: the addresses of its tensors, and of the parts of its inputs. */
import { InputError } from '../input/input-error.ts'
import { hex } from '../simulate/bus-types.ts'
import { outputOrder } from './layout.ts'
import type { MappedRegion, Resolver } from './mapped-region.ts'
import type { PlacedLayer, PlacedRange, RegionBinding } from './memory-types.ts'
import type { Read, Wanted } from './run-tensors.ts'
import type { LayerInfo } from './types.ts'

export function placeLayer(
  layer: LayerInfo,
  mapped: ReadonlyMap<Wanted, MappedRegion>,
  reads: readonly Read[],
  { whole }: Resolver,
  where: string,
): PlacedLayer {
  const at: Record<string, number> = {}
  for (const { layer: own, tensor, name, at: address } of mapped.values())
    if (own === null || (own === layer.name && tensor !== 'input' && tensor !== 'second')) at[name] = address
  const inputs: (readonly PlacedRange[])[] = layer.inputs.map(() => [])
  for (const { input, binding, parts } of reads.filter((read) => read.layer === layer)) {
    const ranges = parts.map(({ range, wanted }) =>
      placeRange(range, mapped.get(wanted)!, binding, layer, where),
    )
    inputs[input] = ranges
    const [first] = ranges
    const isOne = parts.every(({ wanted }, index) => wanted.group?.[index] === parts[index]!.wanted)
    if (ranges.length > 1 && !isOne) continue
    const name = binding.name ?? binding.tensor!
    at[name] = first!.at
    if (binding.at === undefined) continue
    const said = whole(`regions: ${name} of ${layer.name}: at`, binding.at, layer)
    if (said !== first!.at)
      throw new InputError(
        `regions: ${name} of ${layer.name}: at is ${hex(said)}, and ${first!.tensor} lies at ${hex(first!.at)}`,
        where,
      )
  }
  return { layer, at, inputs }
}

/** @throws InputError for channels that begin within a word */
function placeRange(
  range: PlacedRange | Omit<PlacedRange, 'at'>,
  { at, lanes, bits }: MappedRegion,
  { order }: RegionBinding,
  layer: LayerInfo,
  where: string,
): PlacedRange {
  if (range.first === 0) return { ...range, at }
  const { inputHeight, inputWidth } = layer
  const sizes = { ...layer, outputChannels: range.of, outputHeight: inputHeight, outputWidth: inputWidth }
  const place = outputOrder(order!.replaceAll(/\bi\b/g, 'o'), sizes, where).placeOf(
    range.first * inputHeight * inputWidth,
  )
  if (place % lanes === 0) return { ...range, at: at + (place / lanes) * ((lanes * bits) / 8) }
  throw new InputError(
    `regions: ${layer.name} reads ${range.tensor} from channel ${range.first}, which begins within a word of ${lanes} lanes`,
    where,
  )
}

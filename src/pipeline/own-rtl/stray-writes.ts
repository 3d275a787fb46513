/** What a module wrote where it must not, or when it must not, by the cycles in which the words of its memories were written. */
import type { MappedRegion } from '../../operator/mapped-region.ts'
import { hex } from '../../simulate/bus-types.ts'
import type { BulkDut } from '../../simulate/index.ts'

export interface StrayWrites {
  /** Words. */
  readonly count: number
  /** The first of them. */
  readonly message: string
  readonly cycle: number
}

const PAGE = 4096

/**
 * Looks at every word that was written.
 *
 * @param images bytes of each region before the program; between regions there are zeros
 * @param end cycle of the model in which the program was done
 * @returns null if every write was to an output, or to room of the module's own, and came in time
 */
export async function findStrayWrites(
  dut: BulkDut,
  images: ReadonlyMap<MappedRegion, Uint8Array>,
  bases: ReadonlyMap<string, number>,
  end: number,
): Promise<StrayWrites | null> {
  let [count, cycle, message] = [0, Number.POSITIVE_INFINITY, '']
  const see = (at: number, text: () => string): void => {
    count++
    if (at >= cycle) return
    cycle = at
    message = `${text()} in cycle ${at}`
  }
  for (const [bus, base] of bases) {
    const regions = [...images.keys()].filter((region) => region.bus === bus)
    const memory = dut.memoryBus(bus)
    const top = base + (await memory.size())
    for (const page of await memory.writtenPages()) {
      const to = Math.min(page + PAGE, top)
      const here = regions.filter(({ at, bytes }) => at < to && page < at + bytes)
      const { wordBytes, cycles } = await memory.writeCycles(page, to)
      const bytes = await memory.read(page, to)
      for (const [word, at] of cycles.entries()) {
        if (Number.isNaN(at)) continue
        const address = page + word * wordBytes
        const own = here.filter((one) => one.at < address + wordBytes && address < one.at + one.bytes)
        const free = own.filter(isFree)
        const output = free.find(({ tensor }) => tensor === 'output')
        if (at >= end && output !== undefined)
          see(at, () => `the module wrote to the output at ${hex(address)} after its program was done,`)
        if (free.some((one) => isIn(one, address) && isIn(one, address + wordBytes - 1))) continue
        // A word of which some bytes are free has strobes: the others must be as they were.
        const changed = Array.from({ length: wordBytes }, (_, byte) => address + byte).find((byte) => {
          if (free.some((one) => isIn(one, byte))) return false
          return free.length === 0 || bytes[byte - page] !== before(own, images, byte)
        })
        if (changed === undefined) continue
        const hit = own.find((one) => isIn(one, changed))
        see(at, () =>
          hit === undefined
            ? `the module wrote to ${hex(changed)}, which is in no region,`
            : `the module wrote into ${hit.name} at ${hex(changed)}`,
        )
      }
    }
  }
  return count === 0 ? null : { count, message, cycle }
}

const isIn = ({ at, bytes }: MappedRegion, address: number): boolean => at <= address && address < at + bytes

/** What the module may write: outputs, and room that only it uses. */
const isFree = ({ tensor, data, overwrittenBy }: MappedRegion): boolean =>
  tensor === 'output' || (tensor === null && data === undefined) || overwrittenBy !== undefined

function before(
  regions: readonly MappedRegion[],
  images: ReadonlyMap<MappedRegion, Uint8Array>,
  address: number,
): number {
  const region = regions.find((one) => isIn(one, address))
  return region === undefined ? 0 : images.get(region)![address - region.at]!
}

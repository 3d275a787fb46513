/** This file runs layers on a module that is programmed through registers and works in a memory behind a bus. */
import { hardwareCodes } from '../../golden/code-range.ts'
import { layWords, outputOffset } from '../../operator/beats.ts'
import { outputIndices } from '../../operator/layout.ts'
import type { MappedRegion } from '../../operator/mapped-region.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { BulkDut } from '../../simulate/index.ts'
import type { Golden } from '../bench/reference.ts'
import type { LayerConfig } from './config.ts'
import { blame, elementsOf } from './open.ts'
import { readOutput } from './output-stream.ts'
import type { Received } from './result.ts'
import { findStrayWrites, type StrayWrites } from './stray-writes.ts'

/** Cycles for which the module is watched when its program is done: what it still writes came too late. */
const QUIET = 1024

/** What is in a region before the program. */
type Images = ReadonlyMap<MappedRegion, Uint8Array>

/** Writes the regions into their memories. */
export async function layRegions(
  dut: BulkDut,
  own: LayerConfig,
  run: readonly LayerInfo[],
  golden: Golden,
): Promise<Images> {
  const images = layImages(own, run, golden)
  for (const [region, bytes] of images) await dut.memoryBus(region.bus).write(region.at, bytes)
  return images
}

/** Writes and polls registers. @param start pulses the port that starts the module: behind the first writes, before the first poll. @throws SimulationError for a poll that never comes true; InputError for a step that no bus takes. */
export async function runProgram(
  dut: BulkDut,
  own: LayerConfig,
  withinCycles: number,
  start: () => Promise<void>,
): Promise<void> {
  const { program } = own.config
  const polls = program.findIndex((step) => 'poll' in step)
  const startAt = polls < 0 ? program.length : polls
  for (const [index, step] of program.entries()) {
    if (index === startAt) await start()
    const registers = dut.registers(step.bus)
    await blame(own.path, async () => {
      if ('write' in step) await registers.write(step.write, step.value)
      else await registers.poll(step.poll, step, { withinCycles: step.withinCycles ?? withinCycles })
    })
  }
  if (startAt === program.length) await start()
}

/** What a module did where it must not, or when it must not; null if nothing. */
export async function watchMemories(
  dut: BulkDut,
  own: LayerConfig,
  images: Images,
  end: number,
): Promise<StrayWrites | null> {
  const bases = basesOf(own)
  const stray = await findStrayWrites(dut, images, bases, end)
  if (stray !== null) return stray
  for (const bus of bases.keys())
    if (!(await dut.memoryBus(bus).idle()))
      return {
        count: 0,
        cycle: end,
        message: `a transaction of ${bus} was under way long after the program was done`,
      }
  return null
}

/**
 * Reads the outputs of all layers of the run that are still there, when the program is done.
 *
 * @param first cycle of the model in which the program began. @param seconds that it took
 */
export async function readRun(
  dut: BulkDut,
  own: LayerConfig,
  run: readonly LayerInfo[],
  images: Images,
  { first, seconds }: { readonly first: number; readonly seconds: number },
): Promise<ReadonlyMap<LayerInfo, Received>> {
  const end = await dut.readCycle()
  const outputs = await readOutputs(dut, own, run)
  await dut.step(QUIET)
  const stray = await watchMemories(dut, own, images, end)
  const received = new Map<LayerInfo, Received>()
  let last = first
  let isBlamed = stray === null
  for (const [index, [layer, output]] of [...outputs].entries()) {
    const isLast = index === outputs.size - 1
    // What is left when the last layer has been written is its own.
    const written = isLast ? end : Math.max(last, output.lastCycle)
    // What is not written as a whole was perhaps written elsewhere.
    const isOwn = !isBlamed && (isLast || !output.isWhole || stray!.cycle <= written)
    isBlamed ||= isOwn
    received.set(layer, {
      ...output.read,
      ...{ stray: isOwn ? stray!.count : 0, cycles: written - last, quiet: QUIET },
      lookAt: isOwn ? stray!.cycle : written,
      seconds: end === first ? seconds : (seconds * (written - last)) / (end - first),
      error: isOwn ? stray!.message : null,
    })
    last = written
  }
  return received
}

/** The first address of each memory. */
const basesOf = ({ config }: LayerConfig): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(config.buses).flatMap(([name, bus]) =>
      bus.kind === 'axi-memory' ? [[name, bus.base ?? 0] as const] : [],
    ),
  )

/** The first layers whose outputs were all written as a whole before the run ended too soon. */
export async function readFinished(
  dut: BulkDut,
  own: LayerConfig,
  run: readonly LayerInfo[],
): Promise<ReadonlyMap<LayerInfo, Received>> {
  const received = new Map<LayerInfo, Received>()
  let last = 0
  for (const [layer, { read, isWhole, lastCycle }] of await readOutputs(dut, own, run)) {
    // Of a place that it took from another layer, nobody knows whose words are there.
    const isTaken = own.config.regions.some((one) => one.overwrittenBy === layer.name)
    if (!isWhole || isTaken) break
    const cycles = Math.max(0, lastCycle - last)
    last = Math.max(last, lastCycle)
    received.set(layer, { ...read, stray: 0, cycles, seconds: 0, error: null, quiet: 0, lookAt: last })
  }
  return received
}

/** The layers of a run whose outputs no later layer takes the place of. */
export const comparedLayers = ({ config }: LayerConfig, run: readonly LayerInfo[]): readonly LayerInfo[] =>
  run.filter((layer) => outputRegion(config.regions, layer)?.overwrittenBy === undefined)

const outputRegion = (regions: readonly MappedRegion[], { name }: LayerInfo): MappedRegion | undefined =>
  regions.find(({ tensor, layer }) => tensor === 'output' && layer === name)

/** Bytes of every region, in the order in which they are laid: what is read wins over what was there. */
export function layImages(own: LayerConfig, run: readonly LayerInfo[], golden: Golden): Images {
  const layers = new Map(run.map((layer) => [layer.name, layer]))
  const isOutput = ({ tensor }: MappedRegion): boolean => tensor === 'output'
  const { regions } = own.config
  return new Map(
    [...regions.filter(isOutput), ...regions.filter((region) => !isOutput(region))].map((region) => [
      region,
      imageOf(region, own, layers.get(region.layer ?? '') ?? run[0]!, golden),
    ]),
  )
}

/** The bytes of a region before the program: of an output each the complement of what is expected, so that what is not written is red. */
function imageOf(region: MappedRegion, own: LayerConfig, layer: LayerInfo, golden: Golden): Uint8Array {
  const { tensor, source, channels } = region
  if (tensor === null) return region.data ?? new Uint8Array(region.bytes)
  if (tensor === 'output') {
    const codes = hardwareCodes(layer.profile, golden.get(layer.name)!, layer.outputBits)
    return layWords('output', codes, region, layer, own.path).bytes.map((byte) => ~byte)
  }
  if (source === undefined)
    return layWords(tensor, elementsOf(tensor, layer, golden, own.path), region, layer, own.path).bytes
  const { bits } = layer.inputs[tensor === 'second' ? 1 : 0]!
  const codes = hardwareCodes(layer.profile, golden.get(source)!, bits)
  return layWords(tensor, codes, region, { ...layer, inputChannels: channels! }, own.path).bytes
}

interface Output {
  /** Cycle of the last write; below 0 if there was none. */
  readonly lastCycle: number
  /** Whether every word was written. */
  readonly isWhole: boolean
  readonly read: Pick<Received, 'codes' | 'cycleOf' | 'repeated'>
}

async function readOutputs(
  dut: BulkDut,
  own: LayerConfig,
  run: readonly LayerInfo[],
): Promise<ReadonlyMap<LayerInfo, Output>> {
  const outputs = new Map<LayerInfo, Output>()
  for (const layer of comparedLayers(own, run)) {
    const region = outputRegion(own.config.regions, layer)!
    const { at, bytes: size } = region
    const memory = dut.memoryBus(region.bus)
    const bytes = await memory.read(at, at + size)
    const { wordBytes, cycles } = await memory.writeCycles(at, at + size)
    const cycleOfByte = (byte: number): number => cycles[Math.floor(((at % wordBytes) + byte) / wordBytes)]!
    const lastCycle = cycles.reduce((last, cycle) => (cycle > last ? cycle : last), Number.NEGATIVE_INFINITY)
    const isWhole = cycles.every((cycle) => !Number.isNaN(cycle))
    const read = readRegion(bytes, region, own, layer, cycleOfByte)
    outputs.set(layer, { lastCycle, isWhole, read })
  }
  return outputs
}

/** The region as a stream would bring it, a word a beat. */
function readRegion(
  bytes: Uint8Array,
  { lanes, bits, order }: MappedRegion,
  { path }: LayerConfig,
  layer: LayerInfo,
  cycleOfByte: (byte: number) => number,
): Output['read'] {
  const beatBytes = (lanes * bits) / 8
  const beats = bytes.length / beatBytes
  const data = { offset: 0, width: lanes * bits, bytes: beatBytes }
  const shape = { beatBytes, data, last: null, address: null, enables: [] }
  const indices = outputIndices(order, layer, path)
  const layout = { shape, lanes, bits, indices, beats, offset: outputOffset(layer) }
  const { outputChannels, outputHeight, outputWidth } = layer
  const elements = outputChannels * outputHeight * outputWidth
  // A beat has come when its last byte has: words may be narrower than beats. NaN stays NaN.
  const cycles = new Float64Array(beats)
  for (let byte = 0; byte < bytes.length; byte++) {
    const beat = Math.floor(byte / beatBytes)
    cycles[beat] = Math.max(cycles[beat]!, cycleOfByte(byte))
  }
  const { codes, cycleOf, repeated } = readOutput(bytes, cycles, layout, elements)
  // What was there before is not the module's, whatever it is.
  return {
    codes: codes.map((code, element) => (Number.isNaN(cycleOf(element)) ? -1 : code)),
    cycleOf,
    repeated,
  }
}

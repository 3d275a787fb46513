/** This file runs one layer on a module that is programmed through registers and works in a memory behind a bus. */
import { hardwareCodes } from '../../golden/code-range.ts'
import { layWords, outputOffset } from '../../operator/beats.ts'
import { outputIndices } from '../../operator/layout.ts'
import type { MappedRegion } from '../../operator/memory-map.ts'
import type { LayerInfo } from '../../operator/types.ts'
import { hex } from '../../simulate/bus-types.ts'
import type { BulkDut } from '../../simulate/index.ts'
import type { Golden } from '../bench/reference.ts'
import type { LayerConfig } from './config.ts'
import { elementsOf } from './open.ts'
import { readOutput } from './output-stream.ts'
import type { Received } from './result.ts'

/** Cycles for which the module is watched when its program is done: what it still writes came too late. */
const QUIET = 1024

/** Lays the regions out, runs the program, and reads the output. @throws SimulationError if the module hangs or fails. */
export async function driveMemory(
  dut: BulkDut,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  withinCycles: number,
): Promise<Received> {
  const { config } = own
  const images = new Map<MappedRegion, Uint8Array>()
  for (const region of config.regions) {
    const bytes = imageOf(region, own, layer, golden)
    images.set(region, bytes)
    await dut.memoryBus(region.bus).write(region.at, bytes)
  }
  const begin = performance.now()
  const first = await dut.readCycle()
  for (const step of config.program) {
    const registers = dut.registers(step.bus)
    if ('write' in step) await registers.write(step.write, step.value)
    else await registers.poll(step.poll, step, { withinCycles: step.withinCycles ?? withinCycles })
  }
  const seconds = (performance.now() - begin) / 1000
  const output = config.regions.find(({ tensor }) => tensor === 'output')!
  const bytes = await dut.memoryBus(output.bus).read(output.at, output.at + output.bytes)
  const cycles = (await dut.readCycle()) - first
  await dut.step(QUIET)
  const { outside: _, ...read } = readRegion(bytes, output, own, layer)
  return {
    ...read,
    stray: 0,
    cycles,
    seconds,
    error: await findOverwritten(dut, images, output, bytes),
    quiet: QUIET,
  }
}

/** The bytes of a region before the program: of the output each the complement of what is expected, so that what is not written is red. */
function imageOf(region: MappedRegion, own: LayerConfig, layer: LayerInfo, golden: Golden): Uint8Array {
  const { tensor } = region
  if (tensor === null) return new Uint8Array(region.bytes)
  if (tensor !== 'output')
    return layWords(tensor, elementsOf(tensor, layer, golden, own.path), region, layer, own.path).bytes
  const bytes = layWords(
    tensor,
    hardwareCodes(layer.profile, golden.get(layer.name)!, layer.outputBits),
    region,
    layer,
    own.path,
  ).bytes
  return bytes.map((byte) => ~byte)
}

/** The region as a stream would bring it, a word a beat; no element has a cycle. */
function readRegion(bytes: Uint8Array, region: MappedRegion, { path }: LayerConfig, layer: LayerInfo) {
  const { lanes, bits, order } = region
  const beatBytes = (lanes * bits) / 8
  const beats = bytes.length / beatBytes
  const data = { offset: 0, width: lanes * bits, bytes: beatBytes }
  const shape = { beatBytes, data, last: null, address: null, enables: [] }
  const indices = outputIndices(order, layer, path)
  const layout = { shape, lanes, bits, indices, beats, offset: outputOffset(layer) }
  const { outputChannels, outputHeight, outputWidth } = layer
  const elements = outputChannels * outputHeight * outputWidth
  return readOutput(bytes, new Float64Array(beats).fill(Number.NaN), layout, elements)
}

/** What the module wrote where it must not, or when it must not; null if nothing. */
async function findOverwritten(
  dut: BulkDut,
  images: ReadonlyMap<MappedRegion, Uint8Array>,
  output: MappedRegion,
  result: Uint8Array,
): Promise<string | null> {
  for (const [region, image] of images) {
    if (region.tensor === null) continue
    const now = await dut.memoryBus(region.bus).read(region.at, region.at + region.bytes)
    const before = region === output ? result : image
    const at = now.findIndex((byte, index) => byte !== before[index])
    if (at < 0) continue
    return region === output
      ? `the output changed at ${hex(region.at + at)} after the program was done`
      : `the module wrote into ${region.name} at ${hex(region.at + at)}`
  }
  return null
}

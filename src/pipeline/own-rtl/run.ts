/** This file runs one layer on the user's module: it sends the layer's tensors through the ports and compares the output. */

import { InputError } from '../../input/input-error.ts'
import { layWords } from '../../operator/beats.ts'
import type { SettledConfig } from '../../operator/settle-config.ts'
import { findWrongLast, packBeats, shapeOfBeat } from '../../operator/streams.ts'
import type { LayerInfo } from '../../operator/types.ts'
import { formatCount } from '../../report/table.ts'
import type { LayerResult } from '../../result/result.ts'
import { wordBytes } from '../../rom/formats/types.ts'
import type { BulkDut, PackedBeats, Stream } from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { Golden } from '../bench/reference.ts'
import type { LayerConfig } from './config.ts'
import { blame, elementsOf, toPorts } from './open.ts'
import { layOutput, readOutput } from './output-stream.ts'
import { describeReceived, failedOperator, type Received } from './result.ts'
import { layRegions, readRun, runProgram, watchMemories } from './run-memory.ts'

/** Cycles that a layer may take. They suffice for a module that does one multiplication at a time. */
const defaultBudget = ({
  macs,
  outputChannels,
  outputHeight,
  outputWidth,
  inputChannels,
  inputHeight,
  inputWidth,
}: LayerInfo) =>
  100_000 +
  4 * macs +
  64 * (outputChannels * outputHeight * outputWidth + inputChannels * inputHeight * inputWidth)

/** Runs a layer on an opened module and compares every element. A module that hangs or fails is a red layer. */
export async function runOperator(
  dut: BulkDut,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  onMoment?: OnMoment,
): Promise<OperatorRun> {
  const begin = performance.now()
  try {
    const received = await driveOperator(dut, own, layer, golden, onMoment)
    return { result: describeReceived(received, own, layer, golden), error: null }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    const seconds = (performance.now() - begin) / 1000
    return { result: { ...failedOperator(layer, error), seconds }, error }
  }
}

/** Hears now and then how far a layer is, 0 to 1. */
export type OnMoment = (fraction: number, text: string) => void

export interface OperatorRun {
  readonly result: LayerResult
  /** What ended the layer before its last beat. */
  readonly error: SimulationError | null
}

/** Cycles that are added to a module's longest silence. The sum is how long it is watched after its last beat. */
const QUIET_MARGIN = 1024

/**
 * Cycles for which a module is watched after its last beat: its longest silence in this layer, before the first beat or between two
 * beats, and a margin.
 */
export function quietCycles(cycles: ArrayLike<number>): number {
  let longest = 0
  let last = 0
  for (let beat = 0; beat < cycles.length; beat++) {
    longest = Math.max(longest, cycles[beat]! - last)
    last = cycles[beat]!
  }
  return longest + QUIET_MARGIN
}

/** Sends a layer's tensors and receives its output. @throws SimulationError if the module hangs or fails. */
export async function driveOperator(
  dut: BulkDut,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  onMoment: OnMoment = () => {},
): Promise<Received> {
  const { config } = own
  if (!('stream' in config.output)) return (await driveRun(dut, own, [layer], golden, onMoment)).get(layer)!
  const { withinCycles = defaultBudget(layer) } = config
  const begin = performance.now()
  await setUp(dut, own, layer, golden, withinCycles, onMoment)
  const images = await layRegions(dut, own, [layer], golden)
  const output = dut.stream(config.output.stream)
  // Beats from before the input are not part of the output.
  const early = (await output.receivePacked()).cycles.length
  await startModule(dut, own, layer, golden, withinCycles)
  const layout = layOutput(output.ports, config.output, own, layer)
  const { data, cycles, missing } = await receiveOutput(dut, output, layout.beats, {
    done: config.done,
    withinCycles,
    onMoment,
  })
  const seconds = (performance.now() - begin) / 1000
  // A module that sends more after its last beat is wrong, too.
  const quiet = quietCycles(cycles)
  await dut.step(quiet)
  const late = (await output.receivePacked()).cycles.length
  const stray = await watchMemories(dut, own, images, Number.POSITIVE_INFINITY)
  const { outside, ...read } = readOutput(data, cycles, layout, golden.get(layer.name)!.length)
  const came = Math.min(layout.beats, cycles.length)
  const surplus = cycles.length - came
  const wrongLast = missing === null ? findWrongLast(layout.shape, data, layout.beats) : null
  return {
    ...read,
    stray: early + surplus + late + outside,
    cycles: came === 0 ? 0 : cycles[came - 1]! + 1,
    seconds,
    error:
      missing ??
      (wrongLast === null
        ? (stray?.message ?? null)
        : `'last' is wrong in beat ${wrongLast} of ${layout.beats} of ${config.output.stream}`),
    quiet,
  }
}

/** Runs layers whose outputs stay in memory: one, or all of a chained run. @throws SimulationError if the module hangs or fails. */
export async function driveRun(
  dut: BulkDut,
  own: LayerConfig,
  run: readonly LayerInfo[],
  golden: Golden,
  onMoment: OnMoment = () => {},
): Promise<ReadonlyMap<LayerInfo, Received>> {
  const withinCycles = own.config.withinCycles ?? run.reduce((sum, layer) => sum + defaultBudget(layer), 0)
  const layer = run[0]!
  await setUp(dut, own, layer, golden, withinCycles, onMoment)
  const images = await layRegions(dut, own, run, golden)
  const begin = performance.now()
  const first = await dut.readCycle()
  await startModule(dut, own, layer, golden, withinCycles)
  const { done } = own.config
  if (done !== undefined)
    await dut.run({
      until: done,
      withinCycles,
      onProgress: ({ cycle }) => onMoment(0, `cycle ${formatCount(cycle)}`),
    })
  const seconds = (performance.now() - begin) / 1000
  return readRun(dut, own, run, images, { first, seconds })
}

/** Sends what is sent side by side, and runs the program; the port `start` is pulsed behind the writes with which it begins. */
async function startModule(
  dut: BulkDut,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  withinCycles: number,
): Promise<void> {
  const { inputs, start } = own.config
  for (const binding of inputs) await sendTensor(dut, binding, own, layer, golden)
  const pulse = async (): Promise<void> => {
    if (start === undefined) return
    await dut.write({ [start]: 1 })
    await dut.step()
    await dut.write({ [start]: 0 })
  }
  await runProgram(dut, own, withinCycles, pulse)
}

/** Sets the ports and sends what is loaded before the start. */
async function setUp(
  dut: BulkDut,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  withinCycles: number,
  onMoment: OnMoment,
): Promise<void> {
  const { config, path } = own
  const ports = toPorts(config.ports, path)
  await blame(path, () => dut.write(ports))
  for (const binding of config.load) {
    await sendTensor(dut, binding, own, layer, golden)
    const onProgress = ({ beats }: { readonly beats: number }): void =>
      onMoment(0, `${formatCount(beats)} beats of ${binding.tensor} to go`)
    await dut.stream(binding.stream).flush({ withinCycles, onProgress })
  }
}

/**
 * Receives the layer's output: so many beats, or with `done` all until the end of the cycle in which that port is 1.
 *
 * @returns with `missing`, why there are fewer beats than the output has.
 */
async function receiveOutput(
  dut: BulkDut,
  output: Stream,
  beats: number,
  {
    done,
    withinCycles,
    onMoment,
  }: { readonly done: string | undefined; readonly withinCycles: number; readonly onMoment: OnMoment },
): Promise<PackedBeats & { readonly missing: string | null }> {
  if (done === undefined) {
    const onProgress = (at: { readonly beats: number }): void =>
      onMoment(at.beats / beats, `${formatCount(at.beats)} of ${formatCount(beats)} beats`)
    return { ...(await output.receivePacked(beats, { withinCycles, onProgress })), missing: null }
  }
  const onProgress = (at: { readonly cycle: number }): void => onMoment(0, `cycle ${formatCount(at.cycle)}`)
  const { startCycle, cycles: ran } = await dut.run({ until: done, withinCycles, onProgress })
  // The last word may leave in the cycle in which the port is 1.
  await dut.step()
  const received = await output.receivePacked()
  const came = received.cycles.length
  const missing =
    came < beats
      ? `${done} is 1 in cycle ${startCycle + ran}, when ${came} of ${beats} beats of ${output.ports.name} have come`
      : null
  return { ...received, missing }
}

async function sendTensor(
  dut: BulkDut,
  binding: SettledConfig['inputs'][number],
  { path }: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
): Promise<void> {
  const stream = dut.stream(binding.stream)
  const shape = shapeOfBeat(stream.ports, binding, path)
  const bits = binding.bits ?? Math.floor(shape.data.width / binding.lanes)
  const elements = elementsOf(binding.tensor, layer, golden, path)
  const words = layWords(binding.tensor, elements, { ...binding, bits }, layer, path)
  if (words.width > shape.data.width)
    throw new InputError(
      `${binding.lanes} lanes of ${bits} bits do not fit the ${shape.data.width} bits of ${binding.stream}`,
      path,
    )
  await stream.sendPacked(packBeats(shape, words.bytes, wordBytes(words.width), words.depth))
}

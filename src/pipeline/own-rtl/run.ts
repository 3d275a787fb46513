/** One layer on somebody else's module: its tensors through the module's ports, its output against the golden data. */
import { resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { elementBits, layWords, readLane, tensorElements } from '../../operator/beats.ts'
import { resolveBudget, resolveLayout, resolveValues } from '../../operator/check-config.ts'
import { checkPorts } from '../../operator/check-ports.ts'
import { outputIndices } from '../../operator/layout.ts'
import { findWrongLast, packBeats, placeBeats, shapeOfBeat } from '../../operator/streams.ts'
import type { LayerInfo, StreamBinding } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import type { LayerResult } from '../../result/result.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import { unpackRom, wordBytes } from '../../rom/formats/types.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import {
  type BulkDut,
  buildModel,
  type ChildOptions,
  type MemoryMapping,
  type ModuleInterface,
  simulateInChild,
} from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { writeWhole } from '../../store/files.ts'
import type { Simulator } from '../bench/icarus-budget.ts'
import type { Golden } from '../bench/reference.ts'
import type { LoadedConfig } from './config.ts'
import { describeReceived, failedOperator, isLayerError, type Received } from './result.ts'

/** A module, built and opened for one layer. */
export interface OpenOperator extends AsyncDisposable {
  readonly dut: BulkDut
  readonly inputs: readonly BuildInput[]
  readonly buildSeconds: number
}

/** @throws InputError, ToolError or SimulationError: all of them concern this layer only. */
export async function openOperator(
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
  at: {
    readonly folder: string
    readonly cacheDir: string
    readonly simulator: Simulator
    readonly environment: Environment
  },
): Promise<OpenOperator> {
  const own = await operatorOptions(loaded, layer, golden, at.folder)
  const { cacheDir, simulator, environment } = at
  const source = { ...own, cacheDir, simulator, environment }
  const begin = performance.now()
  const { module, inputs } = await buildModel(source)
  const buildSeconds = (performance.now() - begin) / 1000
  checkPorts(loaded.config, module, loaded.path)
  const memories = fitMemories(own.memories ?? {}, module)
  const served = Object.keys(memories).length === 0 ? {} : { memories }
  const dut = await blame(loaded.path, () => simulateInChild({ ...source, ...served }))
  return { dut, inputs, buildSeconds, [Symbol.asyncDispose]: () => dut.close() }
}

/** Words as the port has them: codes are unsigned, a port may be signed. */
function fitMemories(
  memories: Readonly<Record<string, MemoryMapping>>,
  module: ModuleInterface,
): Record<string, MemoryMapping> {
  return Object.fromEntries(
    Object.entries(memories).map(([name, mapping]) => {
      const portOf = (port: string | undefined) => module.ports.find((one) => one.name === port)!
      const { width, signed } = portOf(mapping.data)
      const { width: addressBits } = portOf(mapping.addr)
      const { contents = [] } = mapping
      // A tensor that this layer does not have (a table): wherever the module's address points, there is 0.
      if (contents.length === 0) return [name, { ...mapping, depth: 2 ** Math.min(addressBits, 20) }]
      if (!signed) return [name, mapping]
      const words: readonly (number | bigint)[] = Array.from<number | bigint>(contents)
      // A word that is too wide is left as it is, to be refused by its address.
      const toSigned = (word: bigint) => (word >> BigInt(width) === 0n ? BigInt.asIntN(width, word) : word)
      return [name, { ...mapping, contents: words.map((word) => toSigned(BigInt(word))) }]
    }),
  )
}

/** Options that build and open the module for a layer; writes its memory files into `folder`. */
async function operatorOptions(
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
  folder: string,
): Promise<ChildOptions> {
  const { config, path } = loaded
  const { clock, reset, streams, stalls, defines } = config
  const absolute = (paths: readonly string[]) => paths.map((each) => resolve(loaded.folder, each))
  const parameters = resolveValues(config.parameters, layer, path)
  const plusargs: Record<string, string> = {}
  const served: Record<string, MemoryMapping> = {}
  for (const [index, binding] of (config.memories ?? []).entries()) {
    const memory = resolveLayout(binding, layer, path)
    const bits = memory.bits ?? elementBits(memory.tensor, layer)
    const elements = elementsOf(memory.tensor, layer, golden, path)
    const words = layWords(memory.tensor, elements, { ...memory, bits }, layer, path)
    if (memory.ports !== undefined) {
      served[`${index}.${memory.tensor}`] = { ...memory.ports, contents: unpackRom(words) }
      continue
    }
    const file = resolve(folder, pathName(`${layer.name}.${index}.${memory.tensor}.mem`, path))
    if (words.depth > 0) await writeWhole(file, writeReadmemh(words))
    if (memory.plusarg !== undefined) plusargs[memory.plusarg] = file
    else parameters[memory.parameter!] = file
  }
  return {
    top: config.top,
    sources: absolute(config.sources),
    includeDirs: absolute(config.includeDirs ?? []),
    parameters,
    plusargs,
    ...(Object.keys(served).length === 0 ? {} : { memories: served }),
    ...(defines === undefined ? {} : { defines }),
    ...(clock === undefined ? {} : { clock }),
    ...(reset === undefined ? {} : { reset }),
    ...(streams === undefined ? {} : { streams }),
    ...(stalls === undefined ? {} : { stalls }),
  }
}

function elementsOf(tensor: StreamBinding['tensor'], layer: LayerInfo, golden: Golden, where: string) {
  const { node } = layer
  const activation = (input: 0 | 1) => golden.get('inputs' in node ? node.inputs[input]! : node.name)!
  return tensorElements(tensor, layer, activation, where)
}

/** Cycles that a layer may take: a module that does one multiplication at a time has time enough. */
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
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
): Promise<OperatorRun> {
  try {
    const received = await driveOperator(dut, loaded, layer, golden)
    return { result: describeReceived(received, loaded, layer, golden), quiet: received.quiet }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { result: failedOperator(layer, error), quiet: null }
  }
}

export interface OperatorRun {
  readonly result: LayerResult
  /** Cycles that the module was watched for after its last beat; null where it did not come to that. */
  readonly quiet: number | null
}

/** Cycles beyond its longest silence that a module is watched for after its last beat. */
const QUIET_MARGIN = 1024

/**
 * Cycles that a module is watched for after its last beat: as long as it was ever silent in this layer, from power-up to its first beat
 * or between two, and a margin.
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

/** Sends a layer's tensors and receives its output, which nothing is compared with here. @throws SimulationError where the module hangs or fails. */
export async function driveOperator(
  dut: BulkDut,
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
): Promise<Received> {
  const { config, path } = loaded
  const withinCycles = resolveBudget(config, layer, path) ?? defaultBudget(layer)
  const ports = toPorts(resolveValues(config.ports, layer, path), path)
  await blame(path, () => dut.write(ports))
  const begin = performance.now()
  const send = async (bound: StreamBinding): Promise<void> => {
    const binding = resolveLayout(bound, layer, path)
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
  for (const binding of config.load ?? []) {
    await send(binding)
    await dut.stream(binding.stream).flush({ withinCycles })
  }
  const output = dut.stream(config.output.stream)
  // Nothing that came before the input is part of the output.
  const early = (await output.receivePacked()).cycles.length
  for (const binding of config.inputs) await send(binding)
  if (config.start !== undefined) {
    await dut.write({ [config.start]: 1 })
    await dut.step()
    await dut.write({ [config.start]: 0 })
  }
  const shape = shapeOfBeat(output.ports, config.output, path)
  const { lanes } = resolveLayout(config.output, layer, path)
  const bits = config.output.bits ?? Math.floor(shape.data.width / lanes)
  checkLanes(lanes, bits, shape.data.width, layer, path)
  const indices = outputIndices(config.output.order, layer, path)
  const count = Math.ceil(indices.length / lanes)
  const { data, cycles } = await output.receivePacked(count, { withinCycles })
  const seconds = (performance.now() - begin) / 1000
  // A module that goes on after its last beat is wrong, too.
  const quiet = quietCycles(cycles)
  await dut.step(quiet)
  const late = (await output.receivePacked()).cycles.length
  const wrongLast = findWrongLast(shape, data, count)

  const { beatOfWord, outside, repeated } = placeBeats(shape, data, count)
  const codes = new Int32Array(golden.get(layer.name)!.length).fill(-1)
  const beatOf = new Int32Array(codes.length).fill(-1)
  indices.forEach((index, at) => {
    const beat = beatOfWord[Math.floor(at / lanes)]!
    if (index < 0 || beat < 0) return
    codes[index] = readLane(data, beat * shape.beatBytes + shape.data.offset, at % lanes, bits)
    beatOf[index] = beat
  })
  return {
    codes,
    cycleOf: (element) => (beatOf[element]! < 0 ? Number.NaN : cycles[beatOf[element]!]!),
    stray: early + late + outside,
    repeated,
    cycles: count === 0 ? 0 : cycles[count - 1]! + 1,
    seconds,
    error:
      wrongLast === null
        ? null
        : `'last' is wrong in beat ${wrongLast} of ${count} of ${config.output.stream}`,
    quiet,
  }
}

/** @throws InputError where an output's elements do not fit its port. */
function checkLanes(lanes: number, bits: number, width: number, layer: LayerInfo, where: string): void {
  const needed = elementBits('output', layer)
  if (bits * lanes <= width && bits >= needed) return
  throw new InputError(
    `output: ${lanes} lanes of ${bits} bits on ${width} bits of data, elements have ${needed} bits`,
    where,
    'Set lanes and bits so that all fit.',
  )
}

/** What the simulation says of a port or a value is a fault of the configuration. */
async function blame<Value>(where: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (error) {
    if (isLayerError(error) || !(error instanceof Error)) throw error
    throw new InputError(error.message, where, '', { cause: error })
  }
}

function toPorts(values: Readonly<Record<string, unknown>>, where: string): Record<string, number | bigint> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'boolean') return [name, Number(value)]
      if (typeof value === 'number' || typeof value === 'bigint') return [name, value]
      throw new InputError(`ports.${name}: expected a number, got ${typeof value}`, where)
    }),
  )
}

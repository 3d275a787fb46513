/** One layer on somebody else's module: its tensors through the module's ports, its output against the golden data. */
import { resolve } from 'node:path'
import { InputError } from '../checkpoint/input-error.ts'
import { pathName } from '../checkpoint/path-name.ts'
import { classifyFault } from '../diff/classify.ts'
import { compareTensors } from '../diff/compare.ts'
import { countCodes, mapErrors } from '../diff/error-map.ts'
import { elementBits, layWords, readLane, tensorElements } from '../operator/beats.ts'
import { resolveLayout, resolveValues } from '../operator/check-config.ts'
import { layoutIndices } from '../operator/layout.ts'
import { findWrongLast, packBeats, placeBeats, shapeOfBeat } from '../operator/streams.ts'
import type { LayerInfo, StreamBinding } from '../operator/types.ts'
import type { LayerResult } from '../report/result.ts'
import { writeReadmemh } from '../rom/formats/readmemh.ts'
import { unpackRom, wordBytes } from '../rom/formats/types.ts'
import { SimulationError } from '../simulate/errors.ts'
import type { BulkDut, ChildOptions, MemoryMapping } from '../simulate/index.ts'
import { writeWhole } from './files.ts'
import type { Golden } from './isolated.ts'
import type { LoadedConfig } from './operator-config.ts'

/** Options that build and open the module for a layer; writes its memory files into `folder`. */
export async function operatorOptions(
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

/** What a module made of a layer. */
interface Received {
  readonly codes: Int32Array
  readonly cycleOf: (element: number) => number
  readonly stray: number
  readonly repeated: number
  readonly cycles: number
  readonly seconds: number
  readonly error: string | null
}

/** Runs a layer on an opened module and compares every element. A module that hangs or fails is a red layer. */
export async function runOperator(
  dut: BulkDut,
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
): Promise<LayerResult> {
  try {
    return describeRun(await drive(dut, loaded, layer, golden), loaded, layer, golden)
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return failedOperator(layer, error)
  }
}

async function drive(
  dut: BulkDut,
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
): Promise<Received> {
  const { config, path } = loaded
  const withinCycles = config.withinCycles?.(layer) ?? defaultBudget(layer)
  await dut.write(toPorts(resolveValues(config.ports, layer, path), path))
  const begin = performance.now()
  const send = async (bound: StreamBinding): Promise<void> => {
    const binding = resolveLayout(bound, layer, path)
    const stream = findStream(dut, binding, 'input', path)
    const shape = shapeOfBeat(stream, binding, path)
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
  const output = findStream(dut, config.output, 'output', path)
  // Nothing that came before the input is part of the output.
  const early = (await output.receivePacked()).cycles.length
  for (const binding of config.inputs) await send(binding)
  if (config.start !== undefined) {
    await dut.write({ [config.start]: 1 })
    await dut.step()
    await dut.write({ [config.start]: 0 })
  }
  const shape = shapeOfBeat(output, config.output, path)
  const { lanes } = resolveLayout(config.output, layer, path)
  const bits = config.output.bits ?? Math.floor(shape.data.width / lanes)
  const indices = layoutIndices('output', config.output.order, layer, path)
  const count = Math.ceil(indices.length / lanes)
  const { data, cycles } = await output.receivePacked(count, { withinCycles })
  const seconds = (performance.now() - begin) / 1000
  // A module that goes on after its last beat is wrong, too.
  await dut.step(64)
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
  }
}

function findStream(dut: BulkDut, { stream }: StreamBinding, direction: 'input' | 'output', where: string) {
  const found = (() => {
    try {
      return dut.stream(stream)
    } catch (error) {
      throw new InputError(error instanceof Error ? error.message : String(error), where)
    }
  })()
  if (found.ports.direction === direction) return found
  throw new InputError(
    `stream ${stream} is an ${found.ports.direction} of the module, expected an ${direction}`,
    where,
  )
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

function describeRun(run: Received, loaded: LoadedConfig, layer: LayerInfo, golden: Golden): LayerResult {
  const expected = golden.get(layer.name)!
  const { shape, quant } = layer.node
  const { elements, mismatches, first } = compareTensors(expected, run.codes, shape, run.cycleOf)
  const equal = mismatches === 0
  const { lanes: outputLanes } = resolveLayout(loaded.config.output, layer, loaded.path)
  const context = { inputLanes: outputLanes, outputLanes, pixels: 1, zeroPoint: quant.zeroPoint, others: [] }
  return {
    ...resultBase(layer),
    elements,
    mismatches,
    first,
    stray: run.stray,
    repeated: run.repeated,
    cycles: run.cycles,
    seconds: run.seconds,
    error: run.error,
    kind: equal ? null : classifyFault(expected, run.codes, shape, quant.bits, context),
    errorMap: equal ? null : mapErrors(expected, run.codes, shape),
    histogram: countCodes(expected, equal ? null : run.codes, quant.bits),
  }
}

const resultBase = ({ name, op, macs, node }: LayerInfo) => ({
  name,
  op,
  macs,
  shape: node.shape,
})

function failedOperator(layer: LayerInfo, error: SimulationError): LayerResult {
  const [channels, height, width] = layer.node.shape
  const elements = channels * height * width
  return {
    ...resultBase(layer),
    elements,
    mismatches: elements,
    first: null,
    stray: 0,
    repeated: 0,
    cycles: error.cycle,
    seconds: 0,
    error: error.message,
    kind: null,
    errorMap: null,
    histogram: null,
  }
}

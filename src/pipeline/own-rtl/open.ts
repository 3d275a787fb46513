/** This file builds and opens the user's module for one layer, with its parameters, memories and ports. */

import { resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { elementBits, layWords, tensorElements } from '../../operator/beats.ts'
import { checkPorts } from '../../operator/check-ports.ts'
import type { LayerInfo, TensorName } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import { type RomImage, unpackRom } from '../../rom/formats/types.ts'
import type { BuildOptions, BuiltModel } from '../../simulate/build/types.ts'
import { applyEnvironment } from '../../simulate/environment.ts'
import {
  buildModel,
  type ChildDut,
  type ChildOptions,
  type MemoryMapping,
  type ModuleInterface,
  type OpenedFile,
  type SimulateOptions,
  simulateInChild,
} from '../../simulate/index.ts'
import { writeWhole } from '../../store/files.ts'
import type { Simulator } from '../bench/icarus-budget.ts'
import type { Golden } from '../bench/reference.ts'
import { type LayerConfig, type LoadedConfig, settleRun } from './config.ts'
import { isLayerError } from './result.ts'

/** How and where a module runs. */
export interface OwnBench {
  /** Folder of the memory files, absolute. */
  readonly folder: string
  readonly cacheDir: string
  readonly simulator: Simulator
  readonly environment: Environment
  /** Registers and memories without a reset value begin with random values. */
  readonly isRandom?: boolean
  /** Of these values. */
  readonly seed?: number | undefined
  /** Longest time of a call. */
  readonly deadlineMs?: number | undefined
  /** Traces the run; the model is built for that as it is opened. */
  readonly waveform?: SimulateOptions['waveform']
}

/** The user's module, built for one layer, or for all of a chained run. */
export interface BuiltLayer {
  /** The first of a chained run. */
  readonly layer: LayerInfo
  readonly own: LayerConfig
  readonly built: BuiltModel
  readonly buildSeconds: number
}

/** The same, opened. */
export interface OpenLayer extends AsyncDisposable {
  readonly dut: ChildDut
  /** Those that it was opened with. */
  readonly plusargs: NonNullable<ChildOptions['plusargs']>
  /** Files that the module has read, besides the memory files that this run made: their words are part of the layer's key. */
  openedFiles(): Promise<readonly OpenedFile[]>
}

/** @throws InputError, ToolError or SimulationError: all of them concern this layer only. */
export async function buildLayer(
  loaded: LoadedConfig,
  layer: LayerInfo,
  at: OwnBench,
  run?: readonly LayerInfo[],
): Promise<BuiltLayer> {
  const own = settleRun(loaded, run ?? [layer], run !== undefined)
  const begin = performance.now()
  const built = await buildModel(applyEnvironment(buildOptions(own, layer, at), at.environment))
  const buildSeconds = (performance.now() - begin) / 1000
  checkPorts(own.config, built.module, own.path)
  return { layer, own, built, buildSeconds }
}

/** @throws InputError, ToolError or SimulationError: all of them concern this layer only. */
export async function openLayer(
  { layer, own, built }: BuiltLayer,
  golden: Golden,
  at: OwnBench,
): Promise<OpenLayer> {
  const { clock, clocks, reset, streams, stalls } = own.config
  const { plusargs, memories, files } = await layMemories(own, layer, golden, at)
  const { deadlineMs, waveform, seed } = at
  const options: ChildOptions = {
    ...buildOptions(own, layer, at),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...{ clock, clocks, reset, streams, stalls, plusargs, waveform, seed },
    memories: fitMemories(memories, built.module, own, layer),
    ...(Object.keys(own.config.buses).length === 0 ? {} : { buses: own.config.buses }),
  }
  const dut = await blame(own.path, () => simulateInChild(options))
  return {
    dut,
    plusargs: applyEnvironment(options, at.environment).plusargs ?? {},
    openedFiles: async () => (await dut.openedFiles()).filter(({ path }) => !files.has(resolve(path))),
    [Symbol.asyncDispose]: () => dut.close(),
  }
}

/** What decides the build. A memory file that a parameter names is written when the module is opened. */
export function buildOptions(own: LayerConfig, layer: LayerInfo, at: OwnBench): BuildOptions {
  const { top, sources, includeDirs = [], parameters, defines, memories } = own.config
  const { language, timing, verilatorFlags, cFlags, ldFlags, warnings } = own.config
  const { cacheDir, simulator, environment, isRandom } = at
  const absolute = (paths: readonly string[]) => paths.map((each) => resolve(own.folder, each))
  const files = memories.flatMap(({ parameter }, index) =>
    parameter === undefined ? [] : [[parameter, memoryFile(own, layer, index, at)] as const],
  )
  return {
    ...{
      top,
      defines,
      language,
      timing,
      verilatorFlags,
      cFlags,
      ldFlags,
      warnings,
      cacheDir,
      simulator,
      environment,
      randomiseUnknowns: isRandom,
    },
    sources: absolute(sources),
    includeDirs: absolute(includeDirs),
    parameters: { ...parameters, ...Object.fromEntries(files) },
  }
}

const memoryFile = ({ config, path }: LayerConfig, layer: LayerInfo, index: number, at: OwnBench): string =>
  resolve(at.folder, pathName(`${layer.name}.${index}.${config.memories[index]!.tensor}.mem`, path))

/** Lays out the words of every memory, and writes those that the module reads from a file. */
async function layMemories(own: LayerConfig, layer: LayerInfo, golden: Golden, at: OwnBench) {
  const plusargs: Record<string, string> = {}
  const memories: Record<string, MemoryMapping> = {}
  const files = new Set<string>()
  for (const [index, memory] of own.config.memories.entries()) {
    const bits = memory.bits ?? elementBits(memory.tensor, layer)
    const elements = elementsOf(memory.tensor, layer, golden, own.path)
    const words: RomImage = layWords(memory.tensor, elements, { ...memory, bits }, layer, own.path)
    if (memory.ports !== undefined) {
      memories[`${index}.${memory.tensor}`] = { ...memory.ports, contents: unpackRom(words) }
      continue
    }
    const file = memoryFile(own, layer, index, at)
    if (words.depth > 0) await writeWhole(file, writeReadmemh(words))
    files.add(file)
    if (memory.plusarg !== undefined) plusargs[memory.plusarg] = file
  }
  return { plusargs, memories, files }
}

/**
 * Fits memory words to their ports: codes are unsigned, and a port may be signed.
 *
 * @throws InputError for a port that is too narrow for a word
 */
function fitMemories(
  memories: Readonly<Record<string, MemoryMapping>>,
  module: ModuleInterface,
  { path }: LayerConfig,
  layer: LayerInfo,
): Record<string, MemoryMapping> {
  return Object.fromEntries(
    Object.entries(memories).map(([name, mapping]) => {
      const portOf = (port: string | undefined) => module.ports.find((one) => one.name === port)!
      const { width, signed } = portOf(mapping.data)
      const { width: addressBits } = portOf(mapping.addr)
      const { contents = [] } = mapping
      // This layer does not have the tensor (a table), so the module reads 0 at every address.
      if (contents.length === 0) return [name, { ...mapping, depth: 2 ** Math.min(addressBits, 20) }]
      const words: readonly (number | bigint)[] = Array.from<number | bigint>(contents)
      const wide = words.findIndex((word) =>
        typeof word === 'number' ? word >= 2 ** width : word >> BigInt(width) > 0n,
      )
      if (wide >= 0)
        throw refuseWide(name.split('.')[1] as TensorName, mapping.data!, width, wide, layer, path)
      if (!signed) return [name, mapping]
      return [name, { ...mapping, contents: words.map((word) => BigInt.asIntN(width, BigInt(word))) }]
    }),
  )
}

function refuseWide(
  tensor: TensorName,
  port: string,
  width: number,
  word: number,
  layer: LayerInfo,
  path: string,
): InputError {
  const isSplit = tensor === 'parameters'
  return new InputError(
    `memories: ${port} has ${width} bits, word ${word} of ${tensor} of ${layer.name} needs more: an element has ${elementBits(tensor, layer)} under ${layer.profile.name}`,
    path,
    `Widen the port${isSplit ? ', or serve bias, multiplier and shift as memories of their own' : ''}, or quantise for another --profile.`,
  )
}

export function elementsOf(tensor: TensorName, layer: LayerInfo, golden: Golden, where: string) {
  const { node } = layer
  const activation = (input: 0 | 1) => golden.get('inputs' in node ? node.inputs[input]! : node.name)!
  return tensorElements(tensor, layer, activation, where)
}

/** Turns a simulation's error about a port or a value into an error of the configuration. */
export async function blame<Value>(where: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (error) {
    if (isLayerError(error) || !(error instanceof Error)) throw error
    throw new InputError(error.message, where, '', { cause: error })
  }
}

/** @throws InputError for a value that is no number */
export function toPorts(
  values: Readonly<Record<string, unknown>>,
  where: string,
): Record<string, number | bigint> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'boolean') return [name, Number(value)]
      if (typeof value === 'number' || typeof value === 'bigint') return [name, value]
      throw new InputError(`ports.${name}: expected a number, got ${typeof value}`, where)
    }),
  )
}

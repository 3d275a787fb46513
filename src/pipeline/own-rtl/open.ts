/** This file builds and opens the user's module for one layer, with its parameters, memories and ports. */

import { resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { elementBits, layWords, tensorElements } from '../../operator/beats.ts'
import { resolveLayout, resolveValues } from '../../operator/check-config.ts'
import { checkPorts } from '../../operator/check-ports.ts'
import type { LayerInfo, StreamBinding } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import { unpackRom } from '../../rom/formats/types.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import {
  type BulkDut,
  buildModel,
  type ChildOptions,
  type MemoryMapping,
  type ModuleInterface,
  type SimulateOptions,
  simulateInChild,
} from '../../simulate/index.ts'
import { writeWhole } from '../../store/files.ts'
import type { Simulator } from '../bench/icarus-budget.ts'
import type { Golden } from '../bench/reference.ts'
import type { LoadedConfig } from './config.ts'
import { isLayerError } from './result.ts'

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
    readonly waveform?: SimulateOptions['waveform']
  },
): Promise<OpenOperator> {
  const own = await operatorOptions(loaded, layer, golden, at.folder)
  const { cacheDir, simulator, environment, waveform } = at
  const source = { ...own, cacheDir, simulator, environment }
  const begin = performance.now()
  const { module, inputs } = await buildModel(source)
  const buildSeconds = (performance.now() - begin) / 1000
  checkPorts(loaded.config, module, loaded.path)
  const memories = fitMemories(own.memories ?? {}, module)
  const dut = await blame(loaded.path, () => simulateInChild({ ...source, memories, waveform }))
  return { dut, inputs, buildSeconds, [Symbol.asyncDispose]: () => dut.close() }
}

/** Fits memory words to their ports: codes are unsigned, and a port may be signed. */
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
      // This layer does not have the tensor (a table), so the module reads 0 at every address.
      if (contents.length === 0) return [name, { ...mapping, depth: 2 ** Math.min(addressBits, 20) }]
      if (!signed) return [name, mapping]
      const words: readonly (number | bigint)[] = Array.from<number | bigint>(contents)
      // A word that is too wide stays as it is, and the simulation refuses it by its address.
      const toSigned = (word: bigint) => (word >> BigInt(width) === 0n ? BigInt.asIntN(width, word) : word)
      return [name, { ...mapping, contents: words.map((word) => toSigned(BigInt(word))) }]
    }),
  )
}

/** Makes the options that build and open the module for a layer, and writes its memory files into `folder`. */
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
    memories: served,
    defines,
    clock,
    reset,
    streams,
    stalls,
  }
}

export function elementsOf(tensor: StreamBinding['tensor'], layer: LayerInfo, golden: Golden, where: string) {
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

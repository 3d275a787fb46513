import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { planIcarus } from './icarus.ts'
import { makeFolder, scratchName } from '../../store/cache.ts'
import { compileModel } from './compile.ts'
import { isOfTool, listSources, readSearchPath, shortPath } from './dependencies.ts'
import { findOrBuild, type Recipe } from './entry.ts'
import { findForeignCode, generateGlue, modelClass, readModelState } from './glue.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { parsePortsJson } from './port-json.ts'
import { writePortTypes } from './port-types.ts'
import { buildRuntime, planRuntime } from './runtime.ts'
import { listSourceFlags, type ModelSource } from './source-flags.ts'
import type { Tools } from './tools.ts'
import { findTools, runTool } from './tools.ts'

export type { BuildInput } from './dependencies.ts'
export type { ModelSource, ParameterValue } from './source-flags.ts'

export interface BuildOptions extends ModelSource {
  /** Icarus is slower by far, and four-state: see docs/own-rtl.md. Default `verilator`. */
  readonly simulator?: 'verilator' | 'icarus'
  /** Build with FST waveforms. Slower by half and more. */
  readonly trace?: boolean
  /** Count lines, branches and toggles: see `make coverage`. */
  readonly coverage?: boolean
  /** Give registers without a reset value, and `x`, seeded random values instead of zeros. */
  readonly randomiseUnknowns?: boolean
  /** Write the types of the ports to this file, when it does not say the same already: see `generatePortTypes`. */
  readonly portTypes?: string
  /** Further flags of Verilator. */
  readonly verilatorFlags?: readonly string[]
  /** Default: `ASSAY_CACHE` of the environment, or `build/cache/verilator` in the working directory. */
  readonly cacheDir?: string
  /** Build once in this process, whatever the cache holds, and keep that. */
  readonly fresh?: boolean
}

/** A compiled model. */
export interface BuiltModel {
  readonly top: string
  /** Of everything that went in. */
  readonly key: string
  /** Path of the shared library. */
  readonly library: string
  readonly module: ModuleInterface
  readonly trace: boolean
  readonly coverage: boolean
  /** Every file that the tool read: the sources and what they include. */
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[]
}

const modelFlags = ['--x-initial', 'fast', '--x-assign', 'fast']
const randomFlags = ['--x-initial', 'unique', '--x-assign', 'unique']
/** Of Verilator, for speed. */
export const speedFlags = [
  '-O3',
  '--unroll-count',
  '1024',
  '--unroll-stmts',
  '100000',
  '--output-split',
  '10000',
]

/**
 * The ports and parameters of a module, as Verilator elaborates it.
 *
 * @throws ToolError when Verilator is missing or does not accept the sources.
 */
export async function readPorts(
  source: ModelSource & { readonly cacheDir?: string },
): Promise<ModuleInterface> {
  const tools = await findTools()
  const folder = scratchName(cacheFolderOf(source.cacheDir), 'ports')
  await makeFolder(folder)
  try {
    return await readPortsInto(folder, tools, source)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readPortsInto(
  folder: string,
  tools: Tools,
  source: ModelSource,
  others: readonly string[] = [],
): Promise<ModuleInterface> {
  // JSON since 5.022, XML until 5.044: JSON wherever it exists.
  const json = tools.verilator.version >= 5.022
  const flags = [json ? '--json-only' : '--xml-only', '-Mdir', folder, ...others, ...listSourceFlags(source)]
  await runTool('verilator', [...flags, '--prefix', 'Vports'], { files: source.sources.map(shortPath) })
  if (json) return parsePortsJson(await readFile(join(folder, 'Vports.tree.json'), 'utf8'), source.top)
  // Only a build needs the parser, and most runs build nothing.
  const { parsePortsXml } = await import('./port-xml.ts')
  return parsePortsXml(await readFile(join(folder, 'Vports.xml'), 'utf8'), source.top)
}

const underway = new Map<string, Promise<BuiltModel>>()
const freshlyBuilt = new Set<string>()

/**
 * Compiles a model into a shared library, or finds it in the cache. The cache's key is the SHA-256 of all that went in:
 * the sources and what they include, parameters, flags, Verilator, the compiler, the bridge.
 *
 * @throws ToolError with file, line and Verilator's message when the sources do not compile; InputError where the cache
 * cannot be written.
 */
export async function buildModel({ fresh = false, ...options }: BuildOptions): Promise<BuiltModel> {
  const key = JSON.stringify([process.cwd(), options], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  )
  const running = underway.get(key)
  if (running !== undefined) return running
  const afresh = fresh && !freshlyBuilt.has(key)
  const recipe = options.simulator === 'icarus' ? planIcarus(options) : planVerilator(options)
  const build = recipe
    .then(async (planned) => {
      const built = await findOrBuild(cacheFolderOf(options.cacheDir), planned, afresh)
      if (fresh) freshlyBuilt.add(key)
      if (options.portTypes !== undefined) await writePortTypes(options.portTypes, built.module)
      return built
    })
    .finally(() => underway.delete(key))
  underway.set(key, build)
  return build
}

async function planVerilator(options: BuildOptions): Promise<Recipe> {
  const cacheFolder = cacheFolderOf(options.cacheDir)
  const { trace = false, coverage = false } = options
  const tools = await findTools(cacheFolder)
  const runtime = await planRuntime(tools, cacheFolder, trace, coverage)
  const flags = [
    '--cc',
    ...speedFlags,
    ...(options.randomiseUnknowns ? randomFlags : modelFlags),
    '--assert',
    ...(trace ? ['--trace-fst'] : []),
    ...(coverage ? ['--coverage'] : []),
    ...(options.verilatorFlags ?? []),
    ...listSourceFlags(options),
  ]
  return {
    options,
    tool: 'verilator',
    parts: [runtime.key, ...flags],
    about: { flags, verilator: tools.verilator.banner, compiler: tools.compiler.banner },
    tools,
    translate: async (scratch) => {
      const [module] = await Promise.all([
        readPortsInto(scratch, tools, options, options.verilatorFlags),
        runTool('verilator', [...flags, '-Mdir', scratch, '--prefix', modelClass], {
          files: options.sources.map(shortPath),
        }),
      ])
      const files = await listSources(scratch, modelClass, tools)
      return { module, files, search: await readSearchPath(flags, files) }
    },
    compile: async (scratch, module, at) => {
      await buildRuntime(tools, runtime)
      // Counts of coverage are part of the state, and must outlive a return to a snapshot.
      const state = coverage ? null : await readModelState(scratch)
      const own = (await listSources(scratch, modelClass, tools)).filter((path) => !isOfTool(path, tools))
      const glue = generateGlue(module, trace, state, await findForeignCode(scratch, own))
      await compileModel(tools, runtime, scratch, glue, join(at, 'model.so'))
    },
  }
}

export function cacheFolderOf(folder: string | undefined): string {
  return resolve(folder ?? process.env.ASSAY_CACHE ?? join('build', 'cache', 'verilator'))
}

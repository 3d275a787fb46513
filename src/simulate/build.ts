import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { buildIcarus } from './build-icarus.ts'
import { exists, hashFile, hashParts, publishFolder, scratchName, sweepCache, writeWhole } from './cache.ts'
import { compileModel } from './compile.ts'
import { ToolError } from './errors.ts'
import { generateGlue, modelClass, readModelState } from './glue.ts'
import type { ModuleInterface } from './module-interface.ts'
import { parsePortsJson } from './port-json.ts'
import { writePortTypes } from './port-types.ts'
import type { Runtime } from './runtime.ts'
import { buildRuntime } from './runtime.ts'
import type { Tools } from './tools.ts'
import { findTools, runTool } from './tools.ts'

export type ParameterValue = number | bigint | boolean | string

/** Which RTL, elaborated how. */
export interface ModelSource {
  /** Name of the top module. */
  readonly top: string
  /** SystemVerilog files, packages first; relative to the working directory. */
  readonly sources: readonly string[]
  /** Where `include`d files and modules that `sources` leaves out are looked for. */
  readonly includeDirs?: readonly string[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  /** Preprocessor macros; an empty text defines a name only. */
  readonly defines?: Readonly<Record<string, string>>
}

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
  readonly inputs: readonly BuildInput[]
}

export interface BuildInput {
  readonly path: string
  readonly sha256: string
}

/** What is kept of a build beside its library. */
interface Manifest {
  readonly top: string
  readonly module: ModuleInterface
  readonly trace: boolean
  readonly coverage: boolean
  readonly inputs: readonly BuildInput[]
  readonly flags: readonly string[]
  readonly verilator: string
  readonly compiler: string
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
  await mkdir(folder, { recursive: true })
  try {
    return await readPortsInto(folder, tools, source)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readPortsInto(folder: string, tools: Tools, source: ModelSource): Promise<ModuleInterface> {
  // JSON since 5.022, XML until 5.044: JSON wherever it exists.
  const json = tools.verilator.version >= 5.022
  const flags = [json ? '--json-only' : '--xml-only', '-Mdir', folder, ...listSourceFlags(source)]
  await runTool('verilator', [...flags, '--prefix', 'Vports'])
  if (json) return parsePortsJson(await readFile(join(folder, 'Vports.tree.json'), 'utf8'), source.top)
  // Only a build needs the parser, and most runs build nothing.
  const { parsePortsXml } = await import('./port-xml.ts')
  return parsePortsXml(await readFile(join(folder, 'Vports.xml'), 'utf8'), source.top)
}

const underway = new Map<string, Promise<BuiltModel>>()

/**
 * Compiles a model into a shared library, or finds it in the cache. The cache's key is the SHA-256 of all that went in:
 * the sources and what they include, parameters, flags, the versions of Verilator and the compiler, the bridge.
 *
 * @throws ToolError with file, line and Verilator's message when the sources do not compile.
 */
export async function buildModel(options: BuildOptions): Promise<BuiltModel> {
  const key = JSON.stringify([process.cwd(), options], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  )
  const running = underway.get(key)
  if (running !== undefined) return running
  const build = (options.simulator === 'icarus' ? buildIcarus(options) : buildOrFind(options))
    .then(async (built) => {
      if (options.portTypes !== undefined) await writePortTypes(options.portTypes, built.module)
      return built
    })
    .finally(() => underway.delete(key))
  underway.set(key, build)
  return build
}

async function buildOrFind(options: BuildOptions, attempt = 1): Promise<BuiltModel> {
  const cacheFolder = cacheFolderOf(options.cacheDir)
  const { trace = false, coverage = false } = options
  const tools = await findTools(cacheFolder)
  const runtime = await buildRuntime(tools, cacheFolder, trace, coverage)
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
  const direct = await hashInputs([runtime.key, ...flags], options.sources)
  const index = join(cacheFolder, 'index', `${direct}.json`)
  const known = await readDependencies(index)
  if (known !== null) {
    const key = await hashInputs([direct], known)
    const folder = join(cacheFolder, key)
    if (await exists(folder)) return openBuilt(folder, key)
  }
  const built = await compileAndKeep({
    options,
    cacheFolder,
    trace,
    coverage,
    tools,
    runtime,
    flags,
    direct,
    index,
  })
  if (built !== null) return built
  if (attempt < 3) return buildOrFind(options, attempt + 1)
  throw new ToolError(
    `The sources of ${options.top} changed during each of ${attempt} builds: save them and try again.`,
    {
      tool: 'verilator',
    },
  )
}

interface Work {
  readonly options: BuildOptions
  readonly cacheFolder: string
  readonly trace: boolean
  readonly coverage: boolean
  readonly tools: Tools
  readonly runtime: Runtime
  readonly flags: readonly string[]
  /** Hash of the flags and of the sources that were named. */
  readonly direct: string
  /** Where the list of further files that Verilator read is kept. */
  readonly index: string
}

/** Null when a file changed under Verilator's hands: what it made then belongs to no content. */
async function compileAndKeep(work: Work): Promise<BuiltModel | null> {
  const { options, cacheFolder, trace, coverage, tools, runtime, flags, direct, index } = work
  const scratch = scratchName(cacheFolder, 'verilated')
  await mkdir(scratch, { recursive: true })
  await sweepCache(cacheFolder)
  try {
    const started = Date.now()
    const [module] = await Promise.all([
      readPortsInto(scratch, tools, options),
      runTool('verilator', [...flags, '-Mdir', scratch, '--prefix', modelClass]),
    ])
    const dependencies = await listDependencies(join(scratch, `${modelClass}__ver.d`), tools)
    if (await changedSince(dependencies, started)) return null
    const key = await hashInputs([direct], dependencies)
    const folder = join(cacheFolder, key)
    await publishFolder(folder, async (at) => {
      // Counts of coverage are part of the state, and must outlive a return to a snapshot.
      const state = coverage ? null : await readModelState(scratch)
      await compileModel(tools, runtime, scratch, generateGlue(module, trace, state), join(at, 'model.so'))
      const { banner } = tools.compiler
      const seconds = (Date.now() - started) / 1000
      const kept = {
        options,
        module,
        dependencies,
        flags,
        verilator: tools.verilator.banner,
        compiler: banner,
      }
      await writeManifest(at, kept, seconds)
    })
    await writeWhole(index, JSON.stringify(dependencies))
    return await openBuilt(folder, key)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What is kept of a build beside its library. */
export async function writeManifest(
  folder: string,
  built: {
    readonly options: BuildOptions
    readonly module: ModuleInterface
    readonly dependencies: readonly string[]
    readonly flags: readonly string[]
    readonly verilator: string
    readonly compiler: string
  },
  buildSeconds = 0,
): Promise<void> {
  const { options, module, dependencies, flags, verilator, compiler } = built
  const inputs = await Promise.all(
    dependencies.map(async (path) => ({ path, sha256: await hashFile(path).catch(() => 'missing') })),
  )
  const { top, trace = false, coverage = false } = options
  const manifest: Manifest = { top, module, trace, coverage, inputs, flags, verilator, compiler }
  await writeFile(join(folder, 'manifest.json'), stringify({ ...manifest, buildSeconds }))
}

async function changedSince(paths: readonly string[], timeMs: number): Promise<boolean> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return times.some((mtimeMs) => mtimeMs > timeMs && mtimeMs <= Date.now())
}

export async function openBuilt(folder: string, key: string): Promise<BuiltModel> {
  const now = new Date()
  await utimes(folder, now, now).catch(() => undefined)
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'), reviveBigint) as Manifest
  const { top, module, trace, coverage, inputs } = manifest
  return { top, key, library: join(folder, 'model.so'), module, trace, coverage, inputs }
}

export function cacheFolderOf(folder: string | undefined): string {
  return resolve(folder ?? process.env.ASSAY_CACHE ?? join('build', 'cache', 'verilator'))
}

/** Paths under the working directory stay relative: a cache then holds for another checkout of the same tree. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), resolve(path))
  return short.startsWith('..') ? resolve(path) : short
}

function listSourceFlags({
  top,
  sources,
  includeDirs = [],
  parameters = {},
  defines = {},
}: ModelSource): string[] {
  return [
    '--top-module',
    top,
    '-Wno-fatal',
    ...Object.entries(defines).map(([name, text]) => (text === '' ? `-D${name}` : `-D${name}=${text}`)),
    ...Object.entries(parameters).map(([name, value]) => `-G${name}=${formatParameter(value)}`),
    ...includeDirs.map((folder) => `-I${shortPath(folder)}`),
    ...sources.map(shortPath),
  ]
}

function formatParameter(value: ParameterValue): string {
  if (typeof value === 'boolean') return value ? "1'b1" : "1'b0"
  if (typeof value === 'string') {
    // Verilator has no escapes here.
    if (/["\\]/.test(value))
      throw new RangeError(`Expected a parameter without quotes and backslashes, got ${value}`)
    return `"${value}"`
  }
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value)
  const wide = BigInt(value)
  if (BigInt.asIntN(32, wide) === wide) return String(wide)
  if (wide < 0n) throw new RangeError(`Expected a parameter of at least -2147483648, got ${wide}`)
  return `${wide.toString(2).length}'h${wide.toString(16)}`
}

export async function hashInputs(parts: readonly string[], paths: readonly string[]): Promise<string> {
  const hashes = await Promise.all(paths.map((path) => hashFile(path).catch(() => 'missing')))
  return hashParts([...parts, ...paths.map(shortPath), ...hashes]).slice(0, 40)
}

export async function readDependencies(index: string): Promise<string[] | null> {
  return readFile(index, 'utf8').then(
    (text) => JSON.parse(text) as string[],
    () => null,
  )
}

/** The files that Verilator read, from the make rule it leaves, without its own program and library. */
async function listDependencies(rule: string, tools: Tools): Promise<readonly string[]> {
  const text = await readFile(rule, 'utf8')
  const paths = text.slice(text.indexOf(':') + 1).split(/\s+/)
  const own = (path: string) => path.startsWith(tools.verilator.root) || /\/verilator_bin[^/]*$/.test(path)
  return [...new Set(paths)]
    .filter((path) => path !== '' && path !== '\\' && path !== ':' && !own(path))
    .sort()
}

function stringify(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? { bigint: String(item) } : item), 2)
}

function reviveBigint(_: string, value: unknown): unknown {
  const text = (value as { readonly bigint?: unknown } | null)?.bigint
  return typeof text === 'string' ? BigInt(text) : value
}

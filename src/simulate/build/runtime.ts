/** Verilator's runtime and the bridge, compiled once and shared by all models. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { runTool } from '../../process/run-tool.ts'
import { hashFile, hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { sweepScratch } from '../../store/scratch.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { runCompiler } from './compiler.ts'
import type { Tools } from './types.ts'

/** The generic C++ side of the bridge, beside `src/` and `dist/` alike. */
export const bridgeFolder = fileURLToPath(new URL('../../../sim/', import.meta.url))

const bridgeFiles = [
  'hooks.h',
  'bridge.h',
  'clocks.h',
  'memories.h',
  'snapshot.h',
  'opened-files.h',
  'streams.h',
  'bridge.cpp',
] as const

/** Changes whenever the way changes in which this file, units.ts or compile.ts calls the compiler. */
const recipe = '7'

/** Of all code. The precompiled header serves those who compile with the same. */
const level = '-O2'

/** What a model is compiled and linked with: made once for a set of flags, and kept in the cache. */
export interface Runtime {
  readonly key: string
  readonly folder: string
  /** Where the objects of models are kept. */
  readonly unitFolder: string
  /** Flags of its own compilation. */
  readonly flags: readonly string[]
  readonly sources: readonly string[]
  readonly compileFlags: readonly string[]
  readonly objects: readonly string[]
  readonly linkFlags: readonly string[]
}

/** Flags that the runtime and every model share. */
export function listCompileFlags(tools: Tools, trace: boolean, coverage: boolean): readonly string[] {
  const include = join(tools.verilator.root, 'include')
  const defines = [
    `COVERAGE=${+coverage}`,
    'SC=0',
    `TRACE=${+trace}`,
    `TRACE_FST=${+trace}`,
    'TRACE_VCD=0',
    'TRACE_SAIF=0',
  ]
  return [
    '-std=gnu++17',
    ...tools.machineFlags,
    '-fPIC',
    '-fvisibility=hidden',
    '-fno-gnu-unique',
    '-faligned-new',
    '-fcf-protection=none',
    // An endless loop in the RTL must stay one, for the deadline to find.
    '-fno-finite-loops',
    '-w',
    `-I${include}`,
    `-I${join(include, 'vltstd')}`,
    `-I${bridgeFolder}`,
    ...defines.map((define) => `-DVM_${define}`),
    '-DVL_USER_FATAL',
    '-DVL_USER_STOP',
    '-DVL_USER_FINISH',
    '-DVL_USER_WARN',
  ]
}

const linkFlags = ['-shared', '-pthread', '-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL', '-Wl,--wrap=system']

/** Which runtime a model takes: its key is part of the model's, and needs no compiler. */
export async function planRuntime(
  tools: Tools,
  cacheFolder: string,
  trace: boolean,
  coverage: boolean,
): Promise<Runtime> {
  const flags = listCompileFlags(tools, trace, coverage)
  const hashes = await Promise.all(bridgeFiles.map((file) => hashFile(join(bridgeFolder, file))))
  const key = hashParts([recipe, tools.identity, ...flags, ...hashes]).slice(0, 32)
  const folder = join(cacheFolder, 'runtime', key)
  const sources = listRuntimeSources(tools, trace, coverage)
  return {
    key,
    folder,
    unitFolder: join(cacheFolder, 'units'),
    flags,
    sources,
    compileFlags: [...flags, level, '-include', headerOf(folder)],
    objects: sources.map((_, index) => join(folder, `${index}.o`)),
    linkFlags: trace ? [...linkFlags, '-lz'] : linkFlags,
  }
}

const headerOf = (folder: string): string => join(folder, 'model.h')

function listRuntimeSources(tools: Tools, trace: boolean, coverage: boolean): readonly string[] {
  const include = join(tools.verilator.root, 'include')
  return [
    join(include, 'verilated.cpp'),
    join(include, 'verilated_threads.cpp'),
    ...(trace ? [join(include, 'verilated_fst_c.cpp')] : []),
    ...(coverage ? [join(include, 'verilated_cov.cpp')] : []),
    join(bridgeFolder, 'bridge.cpp'),
  ]
}

/** A runtime takes some 60 MB, most of it the precompiled header. */
const kept: SweepLimits = {
  pattern: /^[0-9a-f]{32}$/,
  mostEntries: 6,
  mostBytes: 1e9,
  inUseMs: 3600 * 1000,
  oldMs: 14 * 24 * 3600 * 1000,
}

/** Verilator's runtime, the bridge and a precompiled header, compiled once into the runtime's folder. */
export async function buildRuntime(tools: Tools, runtime: Runtime): Promise<void> {
  const { folder, flags, sources } = runtime
  await publishSealed(folder, v.string(), async (at) => {
    const header = headerOf(at)
    const trace = sources.some((source) => source.endsWith('verilated_fst_c.cpp'))
    const includes = ['hooks.h', 'verilated.h', ...(trace ? ['verilated_fst_c.h'] : [])]
    await writeFile(header, `${includes.map((name) => `#include "${name}"`).join('\n')}\n`)
    const hooks = join(bridgeFolder, 'hooks.h')
    const compile = (source: string, output: string, weight: number, ...others: readonly string[]) =>
      runCompiler(tools, [...flags, ...others, '-c', source, '-o', output], { weight })
    // Models wait for the header, and the bridge, which gains by it. Verilator's library takes longest, and no cycle calls it.
    const precompiled = compile(header, `${header}.gch`, 3, level, '-x', 'c++-header')
    await Promise.all([
      precompiled,
      ...sources.map(async (source, index) => {
        const output = join(at, `${index}.o`)
        const isBridge = source.startsWith(bridgeFolder)
        if (isBridge) await precompiled
        const own = isBridge ? [level, '-include', header] : [trace ? level : '-O1', '-include', hooks]
        return compile(source, output, index === 0 ? 2 : 1, ...own)
      }),
    ])
    return runtime.key
  })
  await sweepScratch(join(folder, '..'))
  await sweepEntries(join(folder, '..'), kept)
}

/** Verilator's runtime and the bridge, compiled once and shared by all models. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { runTool } from '../../process/run-tool.ts'
import { hashFile, hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { sweepScratch } from '../../store/scratch.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { runCompiler } from './tools.ts'
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
  'readmem.h',
  'streams.h',
  'dut.h',
  'callbacks.h',
  'tick.h',
  'bridge.cpp',
] as const

/** Changes whenever the way changes in which this file or compile.ts calls the compiler. */
const recipe = '7'

/** Flags of the code that runs every cycle, and of the rest. */
export const levels = ['-O3', '-O0'] as const

/** What a model is compiled and linked with: made once for a set of flags, and kept in the cache. */
export interface Runtime {
  readonly key: string
  readonly folder: string
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
    ...tools.target.flags,
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

/** Calls that the bridge takes: `$system`, and Verilator's reader of memory files (sim/readmem.h). */
const wrapped = ['system', '_Z12VL_READMEM_NbimiRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEPvmm']

const linkFlags = [
  '-shared',
  '-pthread',
  '-Wl,-Bsymbolic',
  '-Wl,--exclude-libs,ALL',
  ...wrapped.map((name) => `-Wl,--wrap=${name}`),
]

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
    flags,
    sources,
    compileFlags: [...flags, '-include', headerOf(folder)],
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

/** A runtime takes some 115 MB, most of it precompiled headers. */
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
    await mkdir(`${header}.gch`)
    const hooks = join(bridgeFolder, 'hooks.h')
    await Promise.all([
      // The compiler takes the one that was made with the same optimisation.
      ...levels.map((level) => {
        const output = join(`${header}.gch`, level.slice(1))
        const args = [...flags, level, '-x', 'c++-header', header, '-o', output]
        return runTool(tools.compiler.command, args)
      }),
      ...sources.map((source, index) => {
        const output = join(at, `${index}.o`)
        return runCompiler(tools, [...flags, levels[0], '-include', hooks, '-c', source, '-o', output])
      }),
    ])
    return runtime.key
  })
  await sweepScratch(join(folder, '..'))
  await sweepEntries(join(folder, '..'), kept)
}

/** Verilator's runtime and the bridge, compiled once and shared by all models. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { hashFile, hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { sweepScratch } from '../../store/scratch.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import type { Tools } from './types.ts'

/** The generic C++ side of the bridge, beside `src/` and `dist/` alike. */
export const bridgeFolder = fileURLToPath(new URL('../../../sim/', import.meta.url))

const bridgeFiles = [
  'hooks.h',
  'random.h',
  'random-call.h',
  'bridge.h',
  'clocks.h',
  'memories.h',
  'snapshot.h',
  'opened-files.h',
  'readmem.h',
  'readmem-call.h',
  'streams.h',
  'bus-signals.h',
  'axi-memory.h',
  'bus-managers.h',
  'dut.h',
  'stream-calls.h',
  'callbacks.h',
  'tick.h',
  'agent-calls.h',
  'bridge.cpp',
] as const

/** Changes whenever the way changes in which this file, units.ts or compile.ts calls the compiler. */
const recipe = '12'

/** Of all code. The precompiled header serves those who compile with the same. */
const level = '-O3'

/** What a model is compiled and linked with: made once for a set of flags, and kept in the cache. */
export interface Runtime {
  readonly key: string
  readonly folder: string
  /** Where the objects of models are kept. */
  readonly unitFolder: string
  /** Flags of its own compilation. */
  readonly flags: readonly string[]
  /** What the precompiled header includes. */
  readonly headers: readonly string[]
  readonly parts: readonly RuntimePart[]
  readonly compileFlags: readonly string[]
  readonly objects: readonly string[]
  readonly linkFlags: readonly string[]
}

/** One run of the compiler. */
interface RuntimePart {
  readonly sources: readonly string[]
  readonly level: string
  /** Compiled with the precompiled header, which takes its time. */
  readonly waits: boolean
}

/** Where Verilator's headers are. */
export const listLibrary = ({ verilator }: Tools): readonly string[] =>
  ['include', 'include/vltstd'].map((name) => join(verilator.root, name))

/** Flags that the runtime and every model share. */
export function listCompileFlags(
  tools: Tools,
  trace: boolean,
  coverage: boolean,
  timing = false,
): readonly string[] {
  const defines = [
    `COVERAGE=${+coverage}`,
    'SC=0',
    `TRACE=${+trace}`,
    `TRACE_FST=${+trace}`,
    'TRACE_VCD=0',
    'TRACE_SAIF=0',
  ]
  return [
    // Processes that wait for a time are coroutines. Clang has them without a flag.
    ...(timing ? ['-std=gnu++20', '-DASSAY_TIMING=1'] : ['-std=gnu++17']),
    ...(timing && !/clang/i.test(tools.compiler.banner) ? ['-fcoroutines'] : []),
    ...tools.target.flags,
    '-fPIC',
    '-fvisibility=hidden',
    // An endless loop in the RTL must stay one, for the deadline to find: -fno-finite-loops.
    ...tools.compiler.flags,
    '-w',
    ...[...listLibrary(tools), bridgeFolder].map((folder) => `-I${folder}`),
    ...defines.map((define) => `-DVM_${define}`),
    ...(tools.compiler.wraps ? [] : ['-DASSAY_NO_WRAP']),
    '-DVL_USER_FATAL',
    '-DVL_USER_STOP',
    '-DVL_USER_FINISH',
    '-DVL_USER_WARN',
  ]
}

/** Calls that the bridge takes: `$system`, and Verilator's reader of memory files (sim/readmem.h). */
const wrapped = ['system', '_Z12VL_READMEM_NbimiRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEPvmm']

export const listLinkFlags = (
  { compiler: { linkFlags, libraries, wraps }, verilator }: Pick<Tools, 'compiler' | 'verilator'>,
  trace: boolean,
): readonly string[] => [
  '-shared',
  '-pthread',
  ...linkFlags,
  ...(wraps ? wrapped.map((name) => `-Wl,--wrap=${name}`) : []),
  ...libraries,
  // From 5.050 on Verilator has a writer of its own, which leaves LZ4 to the system.
  ...(trace ? ['-lz', ...(existsSync(join(verilator.root, 'include', 'fstcpp')) ? ['-llz4'] : [])] : []),
]

/** Which runtime a model takes: its key is part of the model's, and needs no compiler. */
export async function planRuntime(
  tools: Tools,
  cacheFolder: string,
  trace: boolean,
  coverage: boolean,
  timing = false,
): Promise<Runtime> {
  const flags = listCompileFlags(tools, trace, coverage, timing)
  const hashes = await Promise.all(bridgeFiles.map((file) => hashFile(join(bridgeFolder, file))))
  // Where headers lie decides nothing: their content is in the key, and another installation has the same.
  const decisive = flags.filter((flag) => !flag.startsWith('-I'))
  const key = hashParts([recipe, tools.identity, ...decisive, ...hashes]).slice(0, 32)
  const folder = join(cacheFolder, 'runtime', key)
  const parts = listParts(trace, coverage, timing)
  return {
    key,
    folder,
    unitFolder: join(cacheFolder, 'units'),
    flags,
    headers: [
      'hooks.h',
      'verilated.h',
      'readmem-call.h',
      'random-call.h',
      ...(trace ? ['verilated_fst_c.h'] : []),
    ],
    parts,
    compileFlags: [...flags, level, '-include', headerOf(folder)],
    objects: parts.map((_, index) => join(folder, `${index}.o`)),
    linkFlags: listLinkFlags(tools, trace),
  }
}

const headerOf = (folder: string): string => join(folder, 'model.h')

function listParts(trace: boolean, coverage: boolean, timing: boolean): readonly RuntimePart[] {
  const others = [...(coverage ? ['verilated_cov.cpp'] : []), ...(timing ? ['verilated_timing.cpp'] : [])]
  const library = ['verilated.cpp', 'verilated_threads.cpp', ...others]
  return [
    // The longest to compile, and no part of a cycle.
    { sources: library, level: '-Og', waits: false },
    ...(trace ? [{ sources: ['verilated_fst_c.cpp'], level, waits: true }] : []),
    { sources: ['bridge.cpp'], level, waits: true },
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
  // Most runs find their model, and compile nothing.
  const { runCompiler } = await import('./compiler.ts')
  const { folder, flags, headers, parts } = runtime
  const include = (names: readonly string[]) => names.map((name) => `#include "${name}"\n`).join('')
  await publishSealed(folder, v.string(), async (at) => {
    const compile = (args: readonly string[], weight: number) =>
      runCompiler(tools, [...flags, ...args], { cwd: at, weight })
    const header = headerOf(at)
    await writeFile(header, include(headers))
    const precompiled = tools.compiler.movesHeaders
      ? compile([level, '-x', 'c++-header', header, '-o', `${header}.gch`], 3)
      : Promise.resolve()
    const compilePart = async ({ sources, level, waits }: RuntimePart, index: number): Promise<void> => {
      const source = join(at, `${index}.cc`)
      await writeFile(source, include(sources))
      if (waits) await precompiled
      const before = waits ? header : join(bridgeFolder, 'random.h')
      await compile([level, '-include', before, '-c', source, '-o', `${index}.o`], 2)
    }
    await Promise.all([precompiled, ...parts.map(compilePart)])
    return runtime.key
  })
  await sweepScratch(join(folder, '..'))
  await sweepEntries(join(folder, '..'), kept)
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashFile, hashParts, publishFolder } from './cache.ts'
import type { Tools } from './tools.ts'
import { runCompiler, runTool } from './tools.ts'

/** The generic C++ side of the bridge, beside `src/` and `dist/` alike. */
export const bridgeFolder = fileURLToPath(new URL('../../sim/', import.meta.url))

const bridgeFiles = [
  'hooks.h',
  'bridge.h',
  'clocks.h',
  'memories.h',
  'snapshot.h',
  'streams.h',
  'bridge.cpp',
] as const

/** Changes whenever the way changes in which this file or compile.ts calls the compiler. */
const recipe = '3'

/** Of the code that runs every cycle, and of the rest. */
export const levels = ['-O2', '-O0'] as const

/** What a model is compiled and linked with: made once for a set of flags, and kept in the cache. */
export interface Runtime {
  readonly key: string
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

/** Verilator's runtime, the bridge and a precompiled header, compiled once into `<cache>/runtime/<hash>`. */
export async function buildRuntime(
  tools: Tools,
  cacheFolder: string,
  trace: boolean,
  coverage: boolean,
): Promise<Runtime> {
  const flags = listCompileFlags(tools, trace, coverage)
  const hashes = await Promise.all(bridgeFiles.map((file) => hashFile(join(bridgeFolder, file))))
  const key = hashParts([recipe, tools.verilator.banner, tools.compiler.banner, ...flags, ...hashes]).slice(
    0,
    32,
  )
  const folder = join(cacheFolder, 'runtime', key)
  const include = join(tools.verilator.root, 'include')
  const sources = [
    join(include, 'verilated.cpp'),
    join(include, 'verilated_threads.cpp'),
    ...(trace ? [join(include, 'verilated_fst_c.cpp')] : []),
    ...(coverage ? [join(include, 'verilated_cov.cpp')] : []),
    join(bridgeFolder, 'bridge.cpp'),
  ]
  const header = (at: string) => join(at, 'model.h')
  const objectNames = sources.map((_, index) => `${index}.o`)
  await publishFolder(folder, async (at) => {
    const includes = ['hooks.h', 'verilated.h', ...(trace ? ['verilated_fst_c.h'] : [])]
    await writeFile(header(at), `${includes.map((name) => `#include "${name}"`).join('\n')}\n`)
    await mkdir(`${header(at)}.gch`)
    const hooks = join(bridgeFolder, 'hooks.h')
    await Promise.all([
      // The compiler takes the one that was made with the same optimisation.
      ...levels.map((level) =>
        runTool(tools.compiler.command, [
          ...flags,
          level,
          '-x',
          'c++-header',
          header(at),
          '-o',
          join(`${header(at)}.gch`, level.slice(1)),
        ]),
      ),
      ...sources.map((source, index) =>
        runCompiler(tools, [
          ...flags,
          '-O2',
          '-include',
          hooks,
          '-c',
          source,
          '-o',
          join(at, objectNames[index]!),
        ]),
      ),
    ])
  })
  return {
    key,
    compileFlags: [...flags, '-include', header(folder)],
    objects: objectNames.map((name) => join(folder, name)),
    linkFlags: ['-shared', '-pthread', '-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL', ...(trace ? ['-lz'] : [])],
  }
}

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildOptions, BuiltModel } from './build.ts'
import {
  cacheFolderOf,
  hashInputs,
  openBuilt,
  readDependencies,
  readPorts,
  shortPath,
  writeManifest,
} from './build.ts'
import { exists, hashFile, publishFolder, scratchName, sweepCache, writeWhole } from './cache.ts'
import { compileModel } from './compile.ts'
import { ToolError } from './errors.ts'
import { type Boundary, benchName, generateBench, generateIcarusGlue } from './icarus.ts'
import { bridgeFolder, buildRuntime } from './runtime.ts'
import { findTools, runTool } from './tools.ts'

/**
 * As `buildModel`, for Icarus: the module in a test bench of `vvp`, and a library that drives it. Ports are still read by
 * Verilator.
 *
 * @throws ToolError when Icarus or Verilator does not accept the sources, and for what only Verilator does.
 */
export async function buildIcarus(options: BuildOptions & Boundary): Promise<BuiltModel> {
  for (const [name, asked] of Object.entries({ waveforms: options.trace, coverage: options.coverage }))
    if (asked === true)
      throw new ToolError(`Icarus gives no ${name} here: leave them to Verilator.`, { tool: 'iverilog' })
  const cacheFolder = cacheFolderOf(options.cacheDir)
  const [tools, banner] = await Promise.all([findTools(), readVersion()])
  const runtime = await buildRuntime(tools, cacheFolder, false, false)
  const flags = ['-g2012', '-s', benchName, ...sourceFlags(options)]
  const own = await hashFile(join(bridgeFolder, 'icarus.h'))
  const parameters = Object.entries(options.parameters ?? {}).map(([name, value]) => `${name}=${value}`)
  // The library knows by name where an x is an error.
  const { streams, reset, clocks } = options
  const boundary = JSON.stringify([streams ?? null, reset ?? null, clocks ?? null])
  const parts = ['icarus 4', runtime.key, own, banner, options.top, boundary, ...flags, ...parameters]
  const direct = await hashInputs(parts, options.sources)
  const index = join(cacheFolder, 'index', `${direct}.json`)
  const known = await readDependencies(index)
  if (known !== null) {
    const key = await hashInputs([direct], known)
    if (await exists(join(cacheFolder, key))) return openBuilt(join(cacheFolder, key), key)
  }
  const scratch = scratchName(cacheFolder, 'icarus')
  await mkdir(scratch, { recursive: true })
  await sweepCache(cacheFolder)
  try {
    const module = await readPorts(options)
    const bench = join(scratch, 'bench.sv')
    await writeFile(bench, generateBench(module, options.parameters ?? {}))
    const list = join(scratch, 'dependencies')
    const program = join(scratch, 'model.vvp')
    await runTool('iverilog', [...flags, '-M', list, '-o', program, ...options.sources.map(shortPath), bench])
    const read = (await readFile(list, 'utf8')).split('\n')
    const dependencies = [...new Set(read)].filter((path) => path !== '' && path !== bench).sort()
    const key = await hashInputs([direct], dependencies)
    const folder = join(cacheFolder, key)
    await publishFolder(folder, async (at) => {
      await compileModel(tools, runtime, scratch, generateIcarusGlue(module, options), join(at, 'model.so'))
      await writeFile(join(at, 'model.vvp'), await readFile(program))
      await writeManifest(at, { options, module, dependencies, flags, verilator: banner, compiler: '' })
    })
    await writeWhole(index, JSON.stringify(dependencies))
    return await openBuilt(folder, key)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function readVersion(): Promise<string> {
  return (await runTool('iverilog', ['-V'])).split('\n')[0] ?? ''
}

function sourceFlags({ includeDirs = [], defines = {} }: BuildOptions): readonly string[] {
  return [
    ...Object.entries(defines).map(([name, text]) => (text === '' ? `-D${name}` : `-D${name}=${text}`)),
    ...includeDirs.map((folder) => `-I${shortPath(folder)}`),
  ]
}

/** How Icarus makes a model. */
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { findProgram } from '../../process/find-program.ts'
import { runTool } from '../../process/run-tool.ts'
import { hashFile } from '../../store/hash.ts'
import type { Boundary } from '../boundary/types.ts'
import { compileModel } from './compile.ts'
import { callCompiler } from './compiler.ts'
import { shortPath } from './dependencies.ts'
import { benchName, generateBench, generateIcarusGlue } from './icarus-bench.ts'
import { readPorts } from './read-ports.ts'
import type { Recipe } from './recipe.ts'
import { bridgeFolder, buildRuntime, planRuntime } from './runtime.ts'
import { isForeign, listSearchFlags, usesTiming } from './source-flags.ts'
import { findTools } from './tools.ts'
import type { SettledOptions } from './types.ts'

/**
 * How Icarus makes a model: the module in a test bench of `vvp`, and a library that drives it. Ports are still read by
 * Verilator.
 *
 * @throws ToolError when Icarus is missing, and for what only Verilator does.
 */
export async function planIcarus(options: SettledOptions & Boundary): Promise<Recipe> {
  const refused = {
    waveforms: options.trace === true,
    coverage: options.coverage === true,
    delays: usesTiming(options, options.verilatorFlags),
  }
  for (const [name, asked] of Object.entries(refused))
    if (asked)
      throw new ToolError(`Icarus gives no ${name} here: leave them to Verilator.`, { tool: 'iverilog' })
  const foreign = options.sources.find(isForeign)
  if (foreign !== undefined) throw refuseDpi(foreign)
  const [tools, banner] = await Promise.all([findTools(options.environment, options.cacheDir), readVersion()])
  const runtime = await planRuntime(tools, options.cacheDir, false, false)
  const flags = ['-g2012', '-s', benchName, ...listSearchFlags(options)]
  const programs = ['iverilog', 'vvp'].map((name) => findProgram(name) ?? name)
  const bridge = ['icarus.h', 'icarus-files.cpp'].map((name) => join(bridgeFolder, name))
  const own = await Promise.all([...bridge, ...programs].map((path) => hashFile(path)))
  const parameters = Object.entries(options.parameters ?? {}).map(([name, value]) => `${name}=${value}`)
  const { includeDirs = [], language, streams, reset, clocks } = options
  // The library knows by name where an x is an error.
  const boundary = JSON.stringify([streams ?? null, reset ?? null, clocks ?? null])
  return {
    options,
    tool: 'icarus',
    parts: ['6', runtime.key, ...own, banner, options.top, boundary, language ?? '', ...flags, ...parameters],
    about: { flags, icarus: banner },
    tools,
    translate: async (scratch) => {
      const module = await readPorts(options)
      const bench = join(scratch, 'bench.sv')
      await writeFile(bench, generateBench(module, options.parameters ?? {}))
      const list = join(scratch, 'dependencies')
      const program = join(scratch, 'model.vvp')
      await runTool('iverilog', [
        ...flags,
        '-M',
        list,
        '-o',
        program,
        ...(await listSources(scratch, options)),
        bench,
      ]).catch(async (error: unknown) => {
        for (const path of options.sources)
          if (/\bimport\s*"DPI/.test(await readFile(path, 'utf8'))) throw refuseDpi(path, error)
        throw error
      })
      const read = (await readFile(list, 'utf8')).split('\n')
      const files = [...new Set(read)].filter((path) => path !== '' && !path.startsWith(scratch)).sort()
      return { module, files, warnings: [], search: { folders: ['.', ...includeDirs], endings: [''] } }
    },
    prepare: () => buildRuntime(tools, runtime),
    complete: async (scratch, { module }) => {
      await writeFile(join(scratch, 'glue.cpp'), generateIcarusGlue(module, options))
      return null
    },
    compile: async (scratch, _, at, afresh) => {
      await compileModel(tools, runtime, scratch, join(at, 'model.so'), afresh)
      const files = ['-O1', join(bridgeFolder, 'icarus-files.cpp'), '-o', join(at, 'icarus-files.so')]
      await callCompiler(tools, [...runtime.flags, '-shared', ...files])
      await copyFile(join(scratch, 'model.vvp'), join(at, 'model.vvp'))
    },
  }
}

const refuseDpi = (path: string, cause?: unknown): ToolError =>
  new ToolError(`${path} needs DPI, which Icarus does not have: use Verilator for it.`, {
    tool: 'iverilog',
    cause,
  })

/** The files that Icarus is given: one whose language has fewer words than the newest is included between directives. */
async function listSources(
  scratch: string,
  { sources, language }: SettledOptions,
): Promise<readonly string[]> {
  // A `.vlt` file is for Verilator alone.
  const own = sources.filter((path) => !path.endsWith('.vlt'))
  return Promise.all(
    own.map(async (path, index) => {
      const words = language ?? (path.endsWith('.v') ? '1364-2005' : '1800-2012')
      if (words >= '1800-2012') return shortPath(path)
      const between = join(scratch, `words_${index}.sv`)
      const text = `\`begin_keywords "${words}"\n\`include "${resolve(path)}"\n\`end_keywords\n`
      await writeFile(between, text)
      return between
    }),
  )
}

async function readVersion(): Promise<string> {
  return (await runTool('iverilog', ['-V'])).split('\n')[0] ?? ''
}

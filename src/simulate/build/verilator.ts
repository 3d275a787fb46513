/** How Verilator makes a model. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../process/run-tool.ts'
import { alignVectors } from './align.ts'
import { checkCanary } from './canary.ts'
import { compileModel } from './compile.ts'
import { isOfTool, listSources, readSearchPath, shortPath } from './dependencies.ts'
import type { Recipe } from './entry.ts'
import { generateEvaluation, readEvaluation } from './evaluation.ts'
import { findForeignCode, generateGlue, readModelState } from './glue.ts'
import { freePortNames, modelClass } from './names.ts'
import { readPortsInto } from './read-ports.ts'
import { buildRuntime, planRuntime } from './runtime.ts'
import { listSourceFlags } from './source-flags.ts'
import { findTools } from './tools.ts'
import type { SettledOptions } from './types.ts'

const modelFlags = ['--x-initial', 'fast', '--x-assign', 'fast']

const randomFlags = ['--x-initial', 'unique', '--x-assign', 'unique']

/** Of Verilator, for speed. */
export const speedFlags = [
  '-O3',
  '--unroll-count',
  '1024',
  // A larger loop stays one, of which the compiler makes vector instructions.
  '--unroll-stmts',
  '16000',
  // Files of this size, so that a change compiles few of them; but functions whole: what a function keeps to itself
  // stays in registers.
  '--output-split',
  '1000',
  '--output-split-cfuncs',
  '1000000',
  // A wider word is copied by a loop, which the compiler makes vectors of.
  '--expand-limit',
  '8',
]

export async function planVerilator(options: SettledOptions): Promise<Recipe> {
  const { cacheDir, trace = false, coverage = false } = options
  const tools = await findTools(options.environment, cacheDir)
  const runtime = await planRuntime(tools, cacheDir, trace, coverage)
  const flags = [
    '--cc',
    ...speedFlags,
    ...tools.verilator.flags,
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
    prepare: async () => {
      await buildRuntime(tools, runtime)
      // Waveforms and coverage add to a model; a verdict rests on one without them.
      if (!trace && !coverage)
        await checkCanary(tools, runtime, cacheDir, [
          ...speedFlags,
          ...tools.verilator.flags,
          ...modelFlags,
          '--assert',
        ])
    },
    compile: async (scratch, module, at, afresh) => {
      // Counts of coverage are part of the state, and must outlive a return to a snapshot.
      const state = coverage ? null : await readModelState(scratch)
      const own = (await listSources(scratch, modelClass, tools)).filter((path) => !isOfTool(path, tools))
      const reserved = await freePortNames(scratch)
      const glue = generateGlue(module, trace, state, await findForeignCode(scratch, own), reserved)
      await writeFile(join(scratch, 'evaluation.cpp'), generateEvaluation(await readEvaluation(scratch)))
      await alignVectors(scratch)
      await compileModel(tools, runtime, scratch, glue, join(at, 'model.so'), afresh)
    },
  }
}

/** How Verilator makes a model. What only a build needs is loaded by a build: most runs find their model in the cache. */
import { join } from 'node:path'
import { notice } from '../../store/notice.ts'
import type { Recipe } from './recipe.ts'
import { buildRuntime, planRuntime } from './runtime.ts'
import { listSourceFlags, usesTiming } from './source-flags.ts'
import { findTools } from './tools.ts'
import type { SettledOptions } from './types.ts'
import { warningFlags } from './warnings.ts'

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

/**
 * What a version needs besides. From 5.042 on, loops are unrolled one by one, whatever is in them: the loop of rtl/mac_array.sv that is to
 * become vectors would not stay one at 32x32x4, where a cycle then takes 80 times as long. The comment against it is known from 5.022 on,
 * and refused before.
 */
export const listSpeedFlags = (version: number): readonly string[] =>
  version < 5.022 ? speedFlags : [...speedFlags, '-DASSAY_VECTORISE']

export async function planVerilator(options: SettledOptions): Promise<Recipe> {
  const { cacheDir, trace = false, coverage = false } = options
  const tools = await findTools(options.environment, cacheDir)
  const timing = usesTiming(options, options.verilatorFlags)
  const runtime = await planRuntime(tools, cacheDir, trace, coverage, timing)
  const own = [...listSpeedFlags(tools.verilator.version), ...tools.verilator.flags]
  const flags = [
    '--cc',
    ...own,
    ...(options.randomiseUnknowns ? randomFlags : modelFlags),
    '--assert',
    ...(trace ? ['--trace-fst'] : []),
    ...(coverage ? ['--coverage'] : []),
    ...warningFlags,
    ...listSourceFlags(options, options.verilatorFlags),
  ]
  const { cFlags = [], ldFlags = [] } = options
  const foreign = [...cFlags, ...ldFlags].length === 0 ? [] : ['C', ...cFlags, 'linked', ...ldFlags]
  const parts = [runtime.key, ...flags, ...foreign]
  return {
    options,
    tool: 'verilator',
    parts,
    about: { flags, verilator: tools.verilator.banner, compiler: tools.compiler.banner },
    tools,
    translate: async (scratch) =>
      (await import('./verilated.ts')).translateSources(scratch, tools, runtime, options, flags),
    prepare: async () => {
      await buildRuntime(tools, runtime)
      // Waveforms, coverage and delays add to a model; a verdict rests on one without them.
      if (trace || coverage || timing) return
      const { checkCanary } = await import('./canary.ts')
      await checkCanary(tools, runtime, cacheDir, [...own, ...modelFlags, '--assert'])
      const { describeVersion } = await import('./tested-versions.ts')
      const remark = describeVersion(tools.verilator.version)
      if (remark !== null) notice(remark)
    },
    complete: async (scratch, translation) => {
      const { completeTranslation } = await import('./verilated.ts')
      const model = { ...translation, trace, timing, hasState: !coverage }
      const keys = await completeTranslation(scratch, model, tools, ['verilator', ...parts])
      // What a flag of C or of the linker names is not in what Verilator wrote.
      return foreign.length === 0 ? keys : null
    },
    compile: async (scratch, translation, at, afresh) => {
      const { compileModel } = await import('./compile.ts')
      const library = join(at, 'model.so')
      await compileModel(tools, runtime, scratch, library, afresh, translation.foreign, options)
    },
  }
}

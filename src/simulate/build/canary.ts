/** Known answers: what Verilator and the compiler make of a few small processes, before anything is proved with them. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ToolError } from '../../input/tool-error.ts'
import { runTool } from '../../process/run-tool.ts'
import { inTemporaryFolder } from '../../store/files.ts'
import { hashFile, hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { runCompiler } from './compiler.ts'
import { bridgeFolder, type Runtime } from './runtime.ts'
import type { Tools } from './types.ts'

const [rtl, answers] = ['canary.sv', 'canary.cpp'].map((name) => join(bridgeFolder, name)) as [string, string]

const kept: SweepLimits = { pattern: /^[0-9a-f]{32}$/, mostEntries: 100 }

/**
 * Compiles `sim/canary.sv` as a model is compiled and compares its outputs with those that `sim/canary.cpp` works out: once for each
 * version of the tools and each set of flags. Needs the runtime.
 *
 * @param flags of Verilator, that decide what its passes do.
 * @throws ToolError if a result is wrong.
 */
export async function checkCanary(
  tools: Tools,
  runtime: Runtime,
  cacheFolder: string,
  flags: readonly string[],
): Promise<void> {
  const hashes = await Promise.all([rtl, answers].map((path) => hashFile(path)))
  const key = hashParts(['1', runtime.key, ...flags, ...hashes]).slice(0, 32)
  const ask = async (at: string): Promise<string> => {
    const files = ['--cc', ...flags, '--top-module', 'canary', '--prefix', 'Vcanary', '-Mdir', at, rtl]
    await runTool('verilator', files)
    const sources = (await readdir(at)).filter((name) => name.endsWith('.cpp')).sort()
    const include = [...sources, answers].map((name) => `#include "${name}"\n`)
    await writeFile(join(at, 'all.cc'), include.join(''))
    const program = join(at, 'canary')
    const library = runtime.objects[0]!
    const args = [
      ...runtime.compileFlags,
      '-I.',
      'all.cc',
      library,
      '-pthread',
      ...tools.compiler.libraries,
      '-o',
      program,
    ]
    await runCompiler(tools, args, { cwd: at, weight: 1 })
    return (await runTool(program, [])).trim()
  }
  const verdict = join(cacheFolder, 'canary', key)
  const said = await publishSealed(verdict, v.string(), () => inTemporaryFolder('assay-canary-', ask))
  await sweepEntries(join(verdict, '..'), kept)
  if (said === '') return
  const { verilator, compiler } = tools
  throw new ToolError(
    `${verilator.banner} with ${compiler.banner} computes wrong results: ${said} in sim/canary.sv. ` +
      'Nothing can be proved with them: install another version (docs/installing.md names those that are tested).',
    { tool: 'verilator' },
  )
}

/** Compiled models are shared between tests: the key is the content. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment } from '../../src/process/environment.ts'
import { buildRuntime, planRuntime } from '../../src/simulate/build/runtime.ts'
import { findTools } from '../../src/simulate/build/tools.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'

/**
 * Lets a command that runs with `--out out` find what other tests have built. The runtime of all models is there then: a command
 * that waits for another test's build of it says so, and many tests expect a command that says nothing.
 */
export async function shareModels(out: string): Promise<void> {
  await mkdir(VERILATOR_CACHE, { recursive: true })
  await mkdir(join(out, 'cache'), { recursive: true })
  await symlink(VERILATOR_CACHE, join(out, 'cache', 'verilator'))
  const tools = await findTools(readEnvironment(), VERILATOR_CACHE)
  await buildRuntime(tools, await planRuntime(tools, VERILATOR_CACHE, false, false))
}

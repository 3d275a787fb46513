/** Compiled models are shared between tests: the key is the content. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'

/** Lets a command that runs with `--out out` find what other tests have built. */
export async function shareModels(out: string): Promise<void> {
  await mkdir(VERILATOR_CACHE, { recursive: true })
  await mkdir(join(out, 'cache'), { recursive: true })
  await symlink(VERILATOR_CACHE, join(out, 'cache', 'verilator'))
}

import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext } from './measure.ts'

/** A folder that shares what was quantised and built with the project's own, but no evidence. */
export async function makeOut(
  { home, scratch }: Pick<BenchContext, 'home' | 'scratch'>,
  name: string,
  kept: readonly string[] = ['verilator', 'quantised'],
): Promise<string> {
  const out = join(scratch, name)
  await mkdir(join(out, 'cache'), { recursive: true })
  for (const kind of kept) {
    await mkdir(join(home, 'build', 'cache', kind), { recursive: true })
    await symlink(join(home, 'build', 'cache', kind), join(out, 'cache', kind))
  }
  return out
}

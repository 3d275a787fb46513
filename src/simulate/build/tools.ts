/** Which tools are installed here, and how the compiler is called. */
import { join } from 'node:path'
import { readCpu } from '../../process/cpu.ts'
import type { Environment } from '../../process/environment.ts'
import { searchPath } from '../../process/find-program.ts'
import { hashParts } from '../../store/hash.ts'
import { chooseTarget } from './target.ts'
import { keepToolFacts } from './tool-cache.ts'
import type { Tools } from './types.ts'

const found = new Map<string, Promise<Tools>>()

/**
 * Finds Verilator and the C++ compiler, once a process; with a cache folder, once for each version of them.
 *
 * @throws ToolError when one is missing, or cannot compile for the CPU that is wanted.
 */
export function findTools(
  { compiler, cpu, tools: variables }: Environment,
  cacheFolder: string | null = null,
): Promise<Tools> {
  const file = cacheFolder === null ? null : join(cacheFolder, 'tools-2.json')
  const key = JSON.stringify([compiler, cpu, variables, searchPath()])
  const known = found.get(key)
  if (known !== undefined) return known
  const words = compiler.trim().split(/\s+/)
  const asked = { programs: ['verilator', 'verilator_bin', ...words, 'ccache'], variables }
  const looking = keepToolFacts(file, asked, async () =>
    (await import('./look-up-tools.ts')).lookUpTools(words),
  )
    .then((tools) => ({
      ...tools,
      identity: hashParts([tools.identity, JSON.stringify(variables)]),
      target: chooseTarget(readCpu(), tools.targets, cpu),
    }))
    .catch((error: unknown) => {
      found.delete(key)
      throw error
    })
  found.set(key, looking)
  return looking
}

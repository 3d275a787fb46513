import { readFile, realpath, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { hashParts, writeWhole } from './cache.ts'

/**
 * What `look` finds out by asking programs, kept in a file until one of the programs is another: asking Verilator takes
 * longer than opening a model. A program is known by its real path, size and time of change.
 */
export async function keepToolFacts<Facts>(
  file: string | null,
  programs: readonly string[],
  look: () => Promise<Facts>,
): Promise<Facts> {
  if (file === null) return look()
  const variables = ['VERILATOR_ROOT', 'VERILATOR_BIN'].map((name) => process.env[name] ?? '')
  const key = hashParts([...variables, ...(await Promise.all(programs.map(identify)))])
  const kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as { readonly key: string; readonly facts: Facts },
    () => null,
  )
  if (kept?.key === key) return kept.facts
  const facts = await look()
  await writeWhole(file, JSON.stringify({ key, facts }))
  return facts
}

async function identify(program: string): Promise<string> {
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter)
  for (const folder of folders) {
    try {
      const path = await realpath(folder === '' ? program : join(folder, program))
      const { size, mtimeMs, mode } = await stat(path)
      if ((mode & 0o111) !== 0) return `${path} ${size} ${mtimeMs}`
    } catch {
      // Not in this folder.
    }
  }
  return `${program} missing`
}

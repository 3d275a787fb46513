/** What is known of the tools, kept until one of them is another. */
import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { openObject } from '../../input/schema.ts'
import { findProgram } from '../../process/find-program.ts'
import { writeCached } from '../../store/files.ts'
import { hashParts } from '../../store/hash.ts'
import { readSealed, seal } from '../../store/kept.ts'
import { statIfSeen } from '../../store/stat.ts'
import { type ToolFacts, toolFacts } from './types.ts'

/** What is looked at before the facts are believed. */
interface Asked {
  readonly programs: readonly string[]
  /** Variables that the programs obey. */
  readonly variables: Readonly<Record<string, string>>
}

const KEPT = openObject({ programs: v.string(), behind: v.string(), facts: toolFacts })

/**
 * What `look` finds out by asking programs, kept in a file until one of the programs is another: asking Verilator takes
 * longer than opening a model. A program is known by its real path, size, times and place on the disk. What a script of
 * somebody's own would choose this time nobody knows: then `look` is asked each time.
 */
export async function keepToolFacts(
  file: string | null,
  { programs, variables }: Asked,
  look: () => Promise<ToolFacts>,
): Promise<ToolFacts> {
  if (file === null || !(await Promise.all(programs.map(isPlain))).every(Boolean)) return look()
  const choices = ['VERILATOR_ROOT', 'VERILATOR_BIN'].map((name) => variables[name] ?? '')
  const key = hashParts([...choices, ...programs.map(identify)])
  const kept = await readSealed(file, KEPT)
  if (kept?.programs === key && kept.behind === identifyBehind(kept.facts)) return kept.facts
  const facts = await look()
  // A cache that can only be read serves as well.
  await writeCached(file, seal({ programs: key, behind: identifyBehind(facts), facts })).catch(
    () => undefined,
  )
  return facts
}

/** What the programs lead to: the one that `verilator` starts, and the library that models are compiled with. */
function identifyBehind({ verilator }: ToolFacts): string {
  const library = join(verilator.root, 'include')
  return hashParts([identify(verilator.binary), ...listFolder(library).map(identify)])
}

/** Files of a folder and of those in it. */
export function listFolder(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() ? [`${entry.parentPath}/${entry.name}`] : [])).sort()
  } catch {
    return []
  }
}

function identify(program: string): string {
  const path = program.startsWith('/') ? program : findProgram(program)
  const info = path === null ? undefined : statIfSeen(path)
  return info === undefined
    ? `${program} missing`
    : `${path} ${info.size} ${info.mtimeMs} ${info.ctimeMs} ${info.ino}`
}

/** A compiled program, or Verilator's own script, whose choice is known; and what is not there. */
async function isPlain(program: string): Promise<boolean> {
  const path = findProgram(program)
  if (path === null) return true
  const file = await open(path).catch(() => null)
  if (file === null) return false
  try {
    const read = async (bytes: number): Promise<string> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
      return buffer.toString('latin1', 0, bytesRead)
    }
    if ((await read(2)) !== '#!') return true
    const script = await read(65_536)
    return /^#!.*perl/.test(script) && script.includes('sub verilator_bin {')
  } finally {
    await file.close()
  }
}

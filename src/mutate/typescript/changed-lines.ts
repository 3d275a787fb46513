/** The lines that changed since a commit. */
import { execa } from 'execa'
import type { LineRanges } from './instrument.ts'

/** Lines of src/ that a commit does not have, as they are in the work tree. @throws {Error} git does not know the commit */
export async function changedLines(since: string): Promise<LineRanges> {
  const { stdout } = await execa('git', ['diff', '--unified=0', '--no-color', since, '--', 'src'])
  return readChangedLines(stdout)
}

/** From a diff without context: what stands on its `+` side. */
export function readChangedLines(diff: string): LineRanges {
  const ranges = new Map<string, (readonly [number, number])[]>()
  let file = ''
  for (const line of diff.split('\n')) {
    file = /^\+\+\+ b\/(.*)$/.exec(line)?.[1] ?? file
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line)
    if (hunk === null) continue
    const [first, count] = [Number(hunk[1]), Number(hunk[2] ?? 1)]
    if (count > 0) ranges.set(file, [...(ranges.get(file) ?? []), [first, first + count - 1]])
  }
  return ranges
}

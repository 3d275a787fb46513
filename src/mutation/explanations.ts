/** The explanations of survivors, read from their files. */
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { type Checked, checkJson, closedObject } from '../input/schema.ts'
import type { Mutant } from './mutate-source.ts'

/** A survivor that a person has looked at: why no test can, or need, kill it. */
export const explanation = closedObject({
  file: v.string(),
  /** The line's text, trimmed: it stays right when lines move. */
  line: v.string(),
  before: v.string(),
  after: v.string(),
  /** Equivalent: no input makes a difference. Accepted: a difference that the contract allows. */
  verdict: v.picklist(['equivalent', 'accepted']),
  because: v.string(),
})
export type Explanation = Checked<typeof explanation>

export async function readExplanations(path: string): Promise<readonly Explanation[]> {
  const text = await readFile(path, 'utf8').catch(() => '[]')
  return checkJson(v.array(explanation), text, path)
}

/** The explanation of a mutant, if there is one. */
export function explain(
  mutant: Mutant,
  sourceLines: readonly string[],
  explanations: readonly Explanation[],
): Explanation | null {
  const line = sourceLines[mutant.line - 1]?.trim()
  return (
    explanations.find(
      (item) =>
        item.file === mutant.file &&
        item.line === line &&
        item.before === mutant.before &&
        item.after === mutant.after,
    ) ?? null
  )
}

/** The explanations of survivors, read from their files. */
import * as v from 'valibot'
import { readWholeText } from '../input/read-file.ts'
import { type Checked, checkJson, closedObject, listOf } from '../input/schema.ts'
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

/** @throws InputError for a file that is missing, or is none of explanations */
export async function readExplanations(path: string): Promise<readonly Explanation[]> {
  return parseExplanations(await readWholeText(path, 'Check the path.'), path)
}

/** @throws InputError naming the place that is wrong */
export const parseExplanations = (text: string, path: string): readonly Explanation[] =>
  checkJson(listOf(explanation), text, path)

/** Explanations of no mutant: the line has changed, or it never was as they say. */
export function findStale(
  explanations: readonly Explanation[],
  files: readonly { readonly source: string; readonly mutants: readonly Mutant[] }[],
): readonly Explanation[] {
  const used = files.flatMap(({ source, mutants }) => {
    const lines = source.split('\n')
    return mutants.map((mutant) => explain(mutant, lines, explanations))
  })
  return explanations.filter((one) => !used.includes(one))
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

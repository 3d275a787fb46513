/** This file reads the scores that `make coverage` and `make mutate` write, for the HTML page. */
import { InputError } from '../../input/input-error.ts'
import type { ScoreFile } from '../../report/html/sections.ts'

const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && key in value
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/**
 * Takes the counts as the tool wrote them, so that the page and the tool agree: covered points of all points, or killed mutants of
 * those that are not equivalent. Null if there is no file.
 * @throws InputError if the file holds no score.
 */
export function toScore(value: unknown, where: string): ScoreFile | null {
  if (value === null) return null
  if (has(value, 'hit') && has(value, 'all')) {
    const { hit, all, modules } = value as ScoreFile
    if (isCount(hit) && isCount(all)) return { hit, all, modules }
  }
  throw new InputError(
    'expected a coverage or mutation score',
    where,
    'Make it again with `make coverage` or `make mutate`, or remove it.',
  )
}

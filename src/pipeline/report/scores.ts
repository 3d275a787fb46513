/** Scores that other tools of the house leave behind: what `make coverage` and `make mutate` write, as the page wants them. */
import { InputError } from '../../input/input-error.ts'
import type { ScoreFile } from '../../report/html/sections.ts'

const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && key in value
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/**
 * What the tool that wrote the file counted, so that the page and the tool say the same: points covered of points, or mutants killed
 * of those that are no equivalents. Null where there is no file.
 * @throws InputError where the file has no score in it.
 */
export function toScore(value: unknown, where: string): ScoreFile | null {
  if (value === null) return null
  if (has(value, 'hit') && has(value, 'all')) {
    const { hit, all, modules } = value as ScoreFile
    if (isCount(hit) && isCount(all)) return { hit, all, ...(modules === undefined ? {} : { modules }) }
  }
  throw new InputError(
    'expected a coverage or mutation score',
    where,
    'Make it again with `make coverage` or `make mutate`, or remove it.',
  )
}

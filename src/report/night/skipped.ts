/** Why a night of the history is no baseline. */
import type { Regression } from '../../regress/compare.ts'
import type { NightRecord } from '../../regress/history.ts'
import { formatCount } from '../table.ts'
import { whenOf } from './words.ts'

const REGRESSION_WORDS: Readonly<Record<Regression, string>> = {
  ...{ unsteady: 'unsteady entries', slower: 'more cycles' },
}

/** @param records of at least one night, the oldest first. */
export function describeSkipped(records: readonly NightRecord[]): string {
  const { startedAt, redByComparison = [] } = records.at(-1)!
  const why = redByComparison.map((name) => REGRESSION_WORDS[name]).join(', ')
  const several = records.length === 1 ? 'the night' : `${formatCount(records.length)} nights, the last`
  return `No baseline: ${several} of ${whenOf(startedAt)}, red by comparison (${why}).`
}

/** Why a night of the history is no baseline. */
import type { Regression } from '../../regress/compare.ts'
import type { NightRecord } from '../../regress/history.ts'
import { whenOf } from './words.ts'

const REGRESSION_WORDS: Readonly<Record<Regression, string>> = {
  ...{ unsteady: 'unsteady entries', slower: 'more cycles' },
}

export const describeSkipped = ({ startedAt, redByComparison = [] }: NightRecord): string =>
  `No baseline: the night of ${whenOf(startedAt)}, red by comparison (${redByComparison.map((name) => REGRESSION_WORDS[name]).join(', ')}).`

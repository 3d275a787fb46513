/** These types are the JSON data of a night's page: numbers that stand for texts, because a night has thousands of entries. */
import type { RedRun } from '../../result/reproduce.ts'

export interface NightData {
  readonly origin: RedRun['origin']
  /** Texts that `words` and `folder` count in. */
  readonly texts: readonly string[]
  readonly runs: readonly RunData[]
  readonly entries: readonly EntryData[]
  /** Words of the statuses. */
  readonly statuses: readonly string[]
  /** Titles of the causes. */
  readonly causes: readonly string[]
}

export type RunData = readonly [
  id: string,
  folder: number,
  /** None of a run that never began. */
  words: readonly number[],
  imageHash: string | null,
  seconds: number,
  /** Whether runs/<id>/report.json is there. */
  hasReport: 0 | 1,
  waveform: string | null,
  /** Where to look in it. */
  picoseconds: number | null,
]

export type EntryData = readonly [
  name: string,
  status: number,
  run: number,
  /** Only of red entries. */
  red?: readonly [
    cause: number,
    seed: number | null,
    layer: string | null,
    isChained: 0 | 1,
    image: string | null,
    message: string,
  ],
]

/** Readers of nights and of their history. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addToHistory, readHistory, readNight } from '../../../src/pipeline/regress/history.ts'
import { compareNights } from '../../../src/regress/compare.ts'
import { renderNightSummary } from '../../../src/report/night/github.ts'
import { renderNightJunit } from '../../../src/report/night/junit.ts'
import { renderNightPage } from '../../../src/report/night/page.ts'
import { renderNight } from '../../../src/report/night/terminal.ts'
import { viewNight } from '../../../src/report/night/view.ts'
import { fault, makeNight } from '../../regress/nights.ts'
import { json, makeFolder } from '../files.ts'
import type { Reader } from '../fuzz.ts'

export async function nightReaders(): Promise<readonly Reader[]> {
  const folder = makeFolder()
  const night = makeNight({
    ...{ images: 2, seeds: 2 },
    fate: ({ run }) => (run === 0 ? { status: 'differs', fault: fault() } : {}),
  })
  const path = await addToHistory(folder, night)
  return [
    {
      // What is let through does not fail where it is shown and compared, either.
      name: 'night',
      seeds: [json(night)],
      isJson: true,
      weight: 0.5,
      file: 'regress.json',
      read: async (bytes) => {
        const read = await readNight('regress.json', bytes)
        // One that shares no entry is refused by the option that names it.
        const names = new Set(read.entries.map(({ name }) => name))
        const isShared = night.entries.some(({ name }) => names.has(name))
        const view = viewNight(read, isShared ? compareNights(night, read, 0) : null, [])
        return [renderNight(view), renderNightJunit(view), renderNightSummary(view), renderNightPage(view)]
      },
    },
    {
      // A damaged record is passed over.
      name: 'night-record',
      seeds: [readFileSync(path)],
      isJson: true,
      weight: 0.5,
      file: join(folder, ''),
      read: async (bytes) => {
        writeFileSync(path, bytes)
        const { records, damaged } = await readHistory(folder)
        return damaged.length > 0 ? null : records
      },
    },
  ]
}

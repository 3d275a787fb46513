/** `make fuzz`: every reader for its share of the time, from a seed that is printed. */
import { afterAll, describe, expect, test } from 'vitest'
import { listenToNotices } from '../../src/store/notice.ts'
import { fuzz, type Outcome } from './fuzz.ts'
import { listReaders } from './readers.ts'

const { FUZZ_RUNS, FUZZ_SECONDS = '60', FUZZ_SEED, FUZZ_ONLY = '', FUZZ_CASE: path } = process.env
const seed = Number(FUZZ_SEED ?? Date.now() % 2 ** 31)
afterAll(listenToNotices(() => {}))
// One case belongs to one reader.
const readers = (await listReaders()).filter(({ name }) =>
  path === undefined ? name.includes(FUZZ_ONLY) : name === FUZZ_ONLY,
)
const outcomes: Outcome[] = []

describe(`seed ${seed}`, () => {
  test.each(readers)('$name', { timeout: 3_600_000 }, async (reader) => {
    const seconds = FUZZ_RUNS === undefined ? Number(FUZZ_SECONDS) / readers.length : 3600
    const outcome = await fuzz(reader, { runs: Number(FUZZ_RUNS ?? 2 ** 30), seconds, seed, path })
    outcomes.push(outcome)
    expect(outcome.cases).toBeGreaterThan(0)
  })
})

afterAll(() => {
  const lines = outcomes.map(
    ({ name, cases, read, seconds }) =>
      `${name.padEnd(24)} ${String(cases).padStart(9)} files, ${String(read).padStart(8)} read, ${seconds.toFixed(1)} s`,
  )
  const total = outcomes.reduce((sum, { cases }) => sum + cases, 0)
  process.stdout.write(
    `${lines.join('\n')}\n${total} damaged files, seed ${seed}: each of them read or refused\n`,
  )
})

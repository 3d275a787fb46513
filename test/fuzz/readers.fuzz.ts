/** `make fuzz`: every reader for its share of the time, from a seed that is printed. */
import { afterAll, describe, expect, test } from 'vitest'
import { fuzz, type Outcome } from './fuzz.ts'
import { listTargets } from './targets.ts'

const { FUZZ_RUNS, FUZZ_SECONDS = '60', FUZZ_SEED, FUZZ_ONLY = '' } = process.env
const seed = Number(FUZZ_SEED ?? Date.now() % 2 ** 31)
const targets = (await listTargets()).filter(({ name }) => name.includes(FUZZ_ONLY))
const outcomes: Outcome[] = []

describe(`seed ${seed}`, () => {
  test.each(targets)('$name', { timeout: 3_600_000 }, async (target) => {
    const seconds = FUZZ_RUNS === undefined ? Number(FUZZ_SECONDS) / targets.length : 3600
    const outcome = await fuzz(target, { runs: Number(FUZZ_RUNS ?? 2 ** 30), seconds, seed })
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

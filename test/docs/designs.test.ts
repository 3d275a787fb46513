/** The table of docs/profiles.md is what the code declares. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { summariseStages } from '../../src/arithmetic/describe-stages.ts'
import { DESIGNS } from '../../src/arithmetic/designs.ts'

test('docs/profiles.md lists the designs as they are declared', () => {
  const rows = DESIGNS.map(
    ({ name, bits, stages }) => `| ${name} | ${bits} bits | ${summariseStages(stages)} |`,
  )
  const page = readFileSync('docs/profiles.md', 'utf8').split('\n')
  const begin = page.indexOf('| design | accumulator | stages |')
  expect(page.slice(begin + 2, begin + 2 + rows.length)).toEqual(rows)
  expect(new Set(DESIGNS.map(({ name }) => name)).size).toBe(DESIGNS.length)
})

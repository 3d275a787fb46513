/** Tests of RTL in each of vitest's pools. Two of them run a test in a context of its own, where Node's own objects are strangers. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

test.each(['threads', 'vmThreads', 'vmForks'])('%s runs models, their children and their errors', (pool) => {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/testing/fixtures/vitest.config.ts',
    '--pool',
    pool,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined } }) // biome-ignore format: one call
  expect(`${stdout}${stderr}`).toMatch(/Tests {2}4 passed \(4\)/)
  expect(status).toBe(0)
})

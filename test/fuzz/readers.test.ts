/** What once failed, and a few hundred damaged files a reader, always the same. `make fuzz` runs as many as there is time for. */
import { describe, expect, test } from 'vitest'
import { check, fuzz, keptCases, keptFolders } from './fuzz.ts'
import { listTargets } from './targets.ts'

test('every case that once failed belongs to a reader that there is', async () => {
  const names = (await listTargets()).map(({ name }) => name)
  expect(keptFolders().filter((folder) => !names.includes(folder))).toEqual([])
  for (const folder of keptFolders()) expect(keptCases(folder).length, folder).toBeGreaterThan(0)
})

describe.each(await listTargets())('reader of $name', (target) => {
  test('gives a value or says what is wrong', async () => {
    for (const { file, bytes } of keptCases(target.name)) {
      const failure = await check(target, bytes).then(
        () => null,
        (error: unknown) => error,
      )
      expect(failure, file).toBeNull()
    }
    const { cases, read } = await fuzz(target, {
      runs: Math.ceil(150 * (target.weight ?? 1)),
      seconds: 30,
      seed: 20_26,
    })
    expect(cases).toBeGreaterThan(0)
    expect(read).toBeLessThan(cases)
  })
})

/** What once failed, every wrong type, and some damaged files a reader, always the same. `make fuzz` runs as many as there is time for. */
import { afterAll, describe, expect, test } from 'vitest'
import { listenToNotices } from '../../src/store/notice.ts'
import { type Path, placesOf, replaceAt } from './damage.ts'
import { check, fuzz, keptCases, keptFolders } from './fuzz.ts'
import { listReaders } from './readers.ts'

// A damaged cache is said, thousands of times here.
afterAll(listenToNotices(() => {}))
const readers = await listReaders()

test('every case that once failed belongs to a reader that there is', () => {
  const names = readers.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(keptFolders().filter((folder) => !names.includes(folder))).toEqual([])
  for (const folder of keptFolders()) expect(keptCases(folder).length, folder).toBeGreaterThan(0)
})

describe.each(readers)('reader of $name', (reader) => {
  test('gives a value or says what is wrong', async () => {
    for (const { file, bytes } of keptCases(reader.name)) {
      const failure = await check(reader, bytes).then(
        () => null,
        (error: unknown) => error,
      )
      expect(failure, file).toBeNull()
    }
    const runs = Math.ceil(150 * (reader.weight ?? 1))
    const { cases, read } = await fuzz(reader, { runs, seconds: 30, seed: 20_26 })
    expect(cases).toBe(runs)
    expect(read).toBeLessThan(reader.name === 'libraries' ? cases + 1 : cases)
  })
})

/** Of a text that is nobody's JSON, no field can be named; the sums and the identity of shards are refused as wholes. */
const NAMELESS = ['strict-json', 'libraries', 'report', 'shard-manifest', 'shard-report']
const named = readers.filter(({ isJson, name }) => isJson === true && !NAMELESS.includes(name))

describe.each(named)('reader of $name', (reader) => {
  test('says the field of every wrong type, or is a cache', async () => {
    const root: unknown = JSON.parse(Buffer.from(reader.seeds[0]!).toString('utf8'))
    // Of long lists the first and the last items: the others are no different.
    const places = placesOf(root).filter((at) => at.length > 0)
    const some = places.filter((_, index) => index % Math.ceil(places.length / 150) === 0)
    const silent: string[] = []
    for (const at of some)
      for (const wrong of ['null', '{}', '[]', '"?"', '-0.5', 'true']) {
        const refusal = await check(reader, Buffer.from(replaceAt(root, at, wrong)))
        if (refusal !== null && refusal !== 'null' && !names(refusal, at))
          silent.push(`${wrong} at ${at}: ${refusal}`)
      }
    expect(some.length).toBeGreaterThan(0)
    expect(silent).toEqual([])
  })
})

/** Whether a message names a key on the way to a place, or what belongs together: classes, types in Verilator's table. */
const names = (message: string, at: Path): boolean =>
  / is missing|has no (classes|images)|^Expected /.test(message) ||
  at.some((key) => message.includes(typeof key === 'number' ? `[${key}]` : key))

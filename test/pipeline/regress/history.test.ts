/** A history that many machines write at once, and what becomes of a record that is not whole. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { addToHistory, findLastNight, readHistory, readNight } from '../../../src/pipeline/regress/history.ts'
import { makeNight, ORIGIN } from '../../regress/nights.ts'
import { makeFolder } from '../prepared.ts'

const DIST = new URL('../../../dist/pipeline/regress/history.js', import.meta.url).href
/** A process of its own that adds twenty nights. */
const ADD = `import { addToHistory } from '${DIST}'
const [folder, host, text] = process.argv.slice(1)
const night = JSON.parse(text)
for (let at = 0; at < 20; at++)
  await addToHistory(folder, { ...night, startedAt: \`2026-07-01T00:00:0\${at % 10}.000Z\`, origin: { ...night.origin, host: \`\${host}-\${at}\` } })`
const at = (minute: number, own = {}) =>
  makeNight({ own: { startedAt: `2026-07-01T12:${String(minute).padStart(2, '0')}:00.000Z`, ...own } })

const lastOf = async (...given: Parameters<typeof findLastNight>) =>
  (await findLastNight(...given)).last?.night ?? null

describe('a history', () => {
  test('of many processes at once has every record, whole', async () => {
    const folder = makeFolder()
    await Promise.all(
      Array.from({ length: 6 }, (_, host) =>
        execa(process.execPath, [
          '--input-type=module',
          '-e',
          ADD,
          folder,
          `host${host}`,
          JSON.stringify(makeNight()),
        ]),
      ),
    )
    const { records, damaged } = await readHistory(folder)
    expect(damaged).toEqual([])
    expect(new Set(records.map(({ host }) => host)).size).toBe(120)
    // Each process added its nights one after another, whatever their clocks said.
    for (let host = 0; host < 6; host++)
      expect(records.map((record) => record.host).filter((name) => name.startsWith(`host${host}-`))).toEqual(
        Array.from({ length: 20 }, (_, at) => `host${host}-${at}`),
      )
    // Of the whole nights only the last are kept, and nothing that was half done.
    const others = readdirSync(folder).filter(
      (name) => !/^\d{17}-[0-9a-f]{12}-[0-9a-f]{8}\.(night\.json\.gz|json)$/.test(name),
    )
    expect(others).toEqual([])
    expect(readdirSync(folder).filter((name) => name.endsWith('.gz')).length).toBeLessThanOrEqual(3 + 6)
  })

  test('a record that is cut, empty or of something else is named and passed over', async () => {
    const folder = makeFolder()
    const paths = []
    for (const minute of [1, 2, 3, 4]) paths.push(await addToHistory(folder, at(minute)))
    truncateSync(paths[0]!, 100)
    truncateSync(paths[1]!, 0)
    writeFileSync(paths[2]!, readFileSync(paths[2]!, 'utf8').replace('"exact":2', '"exact":-2'))
    writeFileSync(join(folder, 'notes.txt'), 'not a record')
    const { records, damaged } = await readHistory(folder)
    expect(damaged).toEqual(paths.slice(0, 3))
    expect(records.map(({ startedAt }) => startedAt)).toEqual(['2026-07-01T12:04:00.000Z'])
  })

  test('a night that is added again replaces its record; a folder that is not there holds nothing', async () => {
    const folder = join(makeFolder(), 'not', 'there')
    expect(await readHistory(folder)).toEqual({ records: [], damaged: [] })
    await addToHistory(folder, at(1))
    await addToHistory(folder, at(1, { seconds: 9 }))
    expect((await readHistory(folder)).records.map(({ seconds }) => seconds)).toEqual([9])
  })

  test('a file in its place is refused by name', async () => {
    const path = join(makeFolder(), 'file')
    writeFileSync(path, '')
    await expect(readHistory(path)).rejects.toThrow(
      `${path}: a part of the path is a file, expected a folder`,
    )
  })
})

describe('the last night', () => {
  test('is that before of the same plan, whatever was added after it', async () => {
    const folder = makeFolder()
    expect(await findLastNight(folder, at(5))).toEqual({ last: null, skipped: [], damaged: [] })
    for (const minute of [1, 2]) await addToHistory(folder, at(minute))
    await addToHistory(folder, at(4, { name: 'weekly' }))
    for (const minute of [5, 9]) await addToHistory(folder, at(minute))
    expect((await lastOf(folder, at(5)))!.startedAt).toBe('2026-07-01T12:02:00.000Z')
    expect((await lastOf(folder, at(6, { name: 'weekly' })))!.name).toBe('weekly')
  })

  test('is one that came to results, which no number of broken nights pushes out', async () => {
    const folder = makeFolder()
    const broken = (minute: number) => {
      const { entries, ...night } = at(minute)
      return { ...night, entries: entries.map((entry) => ({ ...entry, status: 'error' as const })) }
    }
    await addToHistory(folder, at(1))
    for (const minute of [2, 3, 4, 5]) await addToHistory(folder, broken(minute))
    expect((await lastOf(folder, at(9)))!.startedAt).toBe('2026-07-01T12:01:00.000Z')
    expect((await readHistory(folder)).records).toHaveLength(5)
    const { entries, ...night } = broken(6)
    const partly = {
      ...night,
      entries: entries.map((entry, index) => (index === 0 ? at(6).entries[0]! : entry)),
    }
    await addToHistory(folder, partly)
    expect((await lastOf(folder, at(9)))!.startedAt).toBe('2026-07-01T12:06:00.000Z')
    const red = {
      ...night,
      startedAt: at(7).startedAt,
      entries: entries.map((own) => ({ ...own, status: 'differs' as const })),
    }
    await addToHistory(folder, red)
    expect((await lastOf(folder, at(9)))!.startedAt).toBe('2026-07-01T12:07:00.000Z')
  })

  test('is none that was red by comparison, however many there are', async () => {
    const folder = makeFolder()
    await addToHistory(folder, at(1))
    for (const minute of [2, 3, 4, 5]) await addToHistory(folder, at(minute), ['slower'])
    const { last, skipped } = await findLastNight(folder, at(6))
    expect(last!.night.startedAt).toBe(at(1).startedAt)
    expect(skipped.map(({ startedAt }) => startedAt)).toEqual([2, 3, 4, 5].map((own) => at(own).startedAt))
    // Accepted: it is said again without a regression.
    await addToHistory(folder, at(5))
    expect((await findLastNight(folder, at(6))).last!.night.startedAt).toBe(at(5).startedAt)
    await addToHistory(folder, at(5), ['unsteady'])
    expect((await lastOf(folder, at(6)))!.startedAt).toBe(at(1).startedAt)
  })

  test('is the last that was added, though a clock was years ahead', async () => {
    const folder = makeFolder()
    const ahead = (second: number) => at(0, { startedAt: `2030-01-01T00:00:0${second}.000Z` })
    await addToHistory(folder, at(1))
    for (const second of [1, 2, 3]) await addToHistory(folder, ahead(second))
    expect((await lastOf(folder, at(2)))!.startedAt).toBe(ahead(3).startedAt)
    for (const minute of [2, 3]) {
      await addToHistory(folder, at(minute))
      expect((await lastOf(folder, at(minute + 1)))!.startedAt).toBe(at(minute).startedAt)
    }
    expect((await lastOf(folder, at(3)))!.startedAt).toBe(at(2).startedAt)
    const { records } = await readHistory(folder)
    expect(records.map(({ startedAt }) => startedAt)).toEqual(
      [at(1), ahead(1), ahead(2), ahead(3), at(2), at(3)].map(({ startedAt }) => startedAt),
    )
  })

  test('is the one before, where the last is damaged', async () => {
    const folder = makeFolder()
    for (const minute of [1, 2]) await addToHistory(folder, at(minute))
    const file = readdirSync(folder)
      .filter((name) => name.endsWith('.gz'))
      .sort()
      .at(-1)!
    truncateSync(join(folder, file), 30)
    const { last, damaged } = await findLastNight(folder, at(3))
    expect(last!.night.startedAt).toBe(at(1).startedAt)
    expect(damaged).toEqual([expect.stringContaining(`${file}: it cannot be unpacked`)])
  })

  test('knows the cycles of a layer that is red in it from the night before', async () => {
    const folder = makeFolder()
    const red = (minute: number) => {
      const { designs, entries, ...night } = at(minute)
      return {
        ...night,
        entries: entries.map((entry) => ({ ...entry, status: 'failed' as const })),
        designs: designs.map((design) => ({ ...design, inexact: ['model.1'] })),
      }
    }
    await addToHistory(folder, at(1))
    for (const minute of [2, 3, 4, 5]) await addToHistory(folder, red(minute))
    expect((await lastOf(folder, at(6)))!.designs[0]!.earlierCycles).toEqual({ 'model.1': 500 })
    await addToHistory(folder, at(6))
    expect((await lastOf(folder, at(7)))!.designs).toEqual(at(6).designs)
  })

  test('the last three of each plan are kept whole', async () => {
    const folder = makeFolder()
    for (const minute of [1, 2, 3, 4, 5]) await addToHistory(folder, at(minute))
    await addToHistory(folder, at(0, { name: 'weekly' }))
    const whole = readdirSync(folder).filter((name) => name.endsWith('.gz'))
    expect(whole.map((name) => name.slice(8, 12)).sort()).toEqual(['1200', '1203', '1204', '1205'])
    expect((await readHistory(folder)).records).toHaveLength(6)
  })
})

describe('the file of a night', () => {
  const bytes = (night: unknown) => Buffer.from(JSON.stringify(night))

  test('is read as it is and compressed', async () => {
    const night = at(1)
    expect(await readNight('n', bytes(night))).toEqual(night)
    expect(await readNight('n', gzipSync(bytes(night)))).toEqual(night)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['no JSON', Buffer.from('{'), /^n: /],
    ['another format', bytes({ ...at(1), format: 'assay report' }), /^n: format: /],
    ['cut', gzipSync(bytes(at(1))).subarray(0, 60), /^n: it cannot be unpacked: /],
    [
      'a run that is not there',
      bytes({ ...at(1), runs: at(1).runs.slice(1) }),
      /^n: entries\[1\]\.run: there is no runs\[1\]/,
    ],
    [
      'a design that is not there',
      bytes({ ...at(1), designs: [] }),
      /^n: runs\[0\]\.design: there is no designs\[0\]/,
    ],
    [
      'a folder of its own',
      bytes({ ...at(1), runs: at(1).runs.map((run) => ({ ...run, id: '../../etc' })) }),
      /^n: runs\[0\]\.id: /,
    ],
  ])('%s is refused by name', async (_, content, message) => {
    await expect(readNight('n', content)).rejects.toThrow(message)
  })
})

test('hosts share a folder: nights that began at once are two', async () => {
  const folder = makeFolder()
  mkdirSync(folder, { recursive: true })
  for (const host of ['a', 'b']) await addToHistory(folder, at(1, { origin: { ...ORIGIN, host } }))
  expect((await readHistory(folder)).records.map(({ host }) => host).sort()).toEqual(['a', 'b'])
})

/** What `assay clean` removes, and all that it leaves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAge, renderCleaned } from '../../../src/cli/commands/clean.ts'
import { type CleanChoice, type Cleaned, clean, judge } from '../../../src/pipeline/clean/clean.ts'
import type { Entry } from '../../../src/pipeline/clean/inventory.ts'
import { takeLock } from '../../../src/store/lock.ts'
import { makeFolder } from '../prepared.ts'

const hex = (digits: number) => 'a'.repeat(digits)
const DAY = 24 * 3600 * 1000

function put(root: string, path: string, text = '12345'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** By kind, a file of it. */
const OWN: Readonly<Record<string, string>> = {
  results: 'm-w8a8/sim.json',
  nights: 'regress/nightly/plan.json',
  models: `cache/verilator/${hex(40)}/model.so`,
  runtimes: `cache/verilator/runtime/${hex(32)}/0.o`,
  pieces: `cache/verilator/units/${hex(32)}/unit.o`,
  evidence: `cache/evidence/${hex(64)}.json`,
  ROMs: `cache/roms/${hex(40)}/w.mem`,
  quantised: `cache/quantised/${hex(64)}.assay`,
  stimulus: `cache/stimulus/${hex(64)}.bin`,
  accuracy: `cache/validate/full-${hex(24)}/x.boxes`,
  facts: 'cache/libraries.json',
}
/** Of others, beside and inside of what is Assay's. */
const OTHERS = [
  'notes.txt',
  'm-w8a8/notes.txt',
  'm-w8a8/waves.txt',
  'other/report.json',
  'other/waves/a.fst',
  'cache/mine.json',
  'cache/evidence/mine.json',
  'cache/verilator/mine/model.so',
  `cache/verilator/${hex(40)}x`,
  'web/manifest.json',
  'coverage/index.html',
  'sim.json/a',
]

function makeProject(): string {
  const out = join(makeFolder(), 'build')
  for (const path of Object.values(OWN)) put(out, path)
  put(out, OWN.results!, '{ "model": "m.pt", "modelHash": "x" }')
  put(out, OWN.nights!, '{ "format": "assay regress plan" }')
  for (const path of ['m-w8a8/waves/a.fst', 'm-w8a8/detections-1.png']) put(out, path)
  for (const path of OTHERS) put(out, path, '{"format": "of somebody"}')
  return out
}

const run = (out: string, own: Partial<CleanChoice> = {}): Promise<Cleaned> =>
  clean({
    out,
    models: join(out, 'cache', 'verilator'),
    olderThanMs: null,
    cacheOnly: false,
    dryRun: false,
    ...own,
  })
const list = (out: string): readonly string[] =>
  (
    readdirSync(out, { recursive: true, withFileTypes: true }) as {
      name: string
      parentPath: string
      isFile(): boolean
    }[]
  )
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    .sort()

describe('what is removed', () => {
  test("all of Assay's and nothing of others", async () => {
    const out = makeProject()
    const { kinds } = await run(out)
    expect(list(out)).toEqual([...OTHERS].sort())
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(OWN))
    for (const { entries, bytes, freedEntries, freedBytes } of kinds)
      expect([freedEntries, freedBytes]).toEqual([entries, bytes])
    expect(kinds[0]).toMatchObject({ entries: 3, bytes: 37 + 5 + 5 })
    expect((await run(out)).kinds).toEqual([])
  })

  test('a night, below the folder or in it, with all but its history and what is not of it', async () => {
    const parent = makeFolder()
    const night = join(parent, 'night')
    put(night, 'regress.json', '{"format":"assay night"}')
    for (const path of [
      'plan.json',
      'last.json',
      'junit.xml',
      'runs/1/sim.json',
      'data/0/w.mem',
      'shard-1.log',
    ])
      put(night, path)
    const kept = ['golden/mine.mem', 'history/1.json', 'notes.txt', 'shards.json'].sort()
    for (const path of kept) put(night, path)
    const dry = await run(night, { dryRun: true })
    expect(dry.nights).toEqual([{ folder: night, bytes: 24 + 6 * 5 }])
    expect(renderCleaned(dry)).toMatch(/\nNight: .*\/night, 54B\.\n/)
    expect((await run(parent, { dryRun: true })).nights).toEqual(dry.nights)
    expect((await run(night, { cacheOnly: true })).nights).toEqual([])
    const lock = await takeLock(join(night, 'night.lock'))
    expect((await run(night)).inUse).toBe(7)
    await lock.release()
    await run(night)
    expect(list(night)).toEqual(kept)
  })

  test('nothing of a folder that is no night itself', async () => {
    const out = makeFolder()
    put(out, 'sim.json', '{ "model": "m.pt", "modelHash": "x" }')
    put(out, 'plan.json', '{ "format": "assay plan" }')
    put(out, 'golden/a')
    expect((await run(out)).kinds).toEqual([])
  })

  test('a folder that held nothing else goes, too', async () => {
    const out = join(makeFolder(), 'build')
    put(out, OWN.models!)
    put(out, 'regress/night/regress.json', '{ "format": "assay night" }')
    put(out, 'regress/night/runs/1/sim.json')
    await run(out)
    expect(existsSync(out)).toBe(false)
  })

  test('models elsewhere go by name, and their folder stays', async () => {
    const [out, models] = [makeProject(), join(makeFolder(), 'shared')]
    put(models, `${hex(40)}/model.so`)
    put(models, 'mine.txt')
    await run(out, { models })
    expect(list(models)).toEqual(['mine.txt'])
    expect(existsSync(join(out, OWN.models!))).toBe(true)
    const empty = makeFolder()
    put(empty, `${hex(40)}/model.so`)
    await run(out, { models: empty })
    expect(readdirSync(empty)).toEqual([])
  })

  test('a link is removed and not what it leads to', async () => {
    const [out, elsewhere] = [makeProject(), makeFolder()]
    put(elsewhere, 'model.so')
    symlinkSync(elsewhere, join(out, 'cache', 'roms', 'b'.repeat(40)))
    symlinkSync(elsewhere, join(out, 'm-w8a8', 'waves', 'link'))
    await run(out)
    expect(list(elsewhere)).toEqual(['model.so'])
    expect(readdirSync(join(out, 'm-w8a8')).sort()).toEqual(['notes.txt', 'waves.txt'])
  })

  test('the cache alone, where results are to stay', async () => {
    const out = makeProject()
    const { kinds } = await run(out, { cacheOnly: true })
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(OWN).slice(2))
    expect(existsSync(join(out, 'm-w8a8', 'waves', 'a.fst'))).toBe(true)
    expect(existsSync(join(out, OWN.ROMs!))).toBe(false)
  })

  test('nothing, where it is but asked', async () => {
    const out = makeProject()
    const before = list(out)
    const { kinds } = await run(out, { dryRun: true })
    expect(list(out)).toEqual(before)
    expect(kinds[2]).toEqual({ kind: 'models', entries: 1, bytes: 5, freedEntries: 1, freedBytes: 5 })
  })

  test('nothing is no error', async () => {
    expect((await run(join(makeFolder(), 'none'))).kinds).toEqual([])
  })
})

describe('what stays', () => {
  test('what was used lately', async () => {
    const out = makeProject()
    const old = new Date(Date.now() - 8 * DAY)
    for (const path of [OWN.evidence!, OWN.ROMs!.slice(0, -6)]) utimesSync(join(out, path), old, old)
    const { kinds } = await run(out, { olderThanMs: 7 * DAY })
    const freed = kinds.filter(({ freedEntries }) => freedEntries > 0).map(({ kind }) => kind)
    expect(freed).toEqual(['evidence', 'ROMs'])
    expect(existsSync(join(out, OWN.models!))).toBe(true)
  })

  test('what somebody makes', async () => {
    const out = makeProject()
    const lock = await takeLock(join(out, `cache/verilator/${hex(40)}.lock`))
    const { inUse } = await run(out)
    await lock.release()
    expect([inUse, existsSync(join(out, OWN.models!))]).toEqual([1, true])
    expect(existsSync(join(out, OWN.ROMs!))).toBe(false)
  })

  test('what a process has open, and what was used of late beside it', async () => {
    const out = makeProject()
    const old = new Date(Date.now() - 2 * DAY)
    for (const path of [OWN.models!.slice(0, -9), OWN.evidence!]) utimesSync(join(out, path), old, old)
    const program = 'require("fs").openSync(process.argv[1]); console.log(); process.stdin.resume()'
    const reader = spawn(process.execPath, ['-e', program, join(out, OWN.models!)])
    await once(reader.stdout, 'data')
    const { inUse } = await run(out)
    reader.stdin.end()
    await once(reader, 'close')
    expect(existsSync(join(out, OWN.models!))).toBe(true)
    expect(existsSync(join(out, OWN.ROMs!))).toBe(true)
    expect(existsSync(join(out, OWN.evidence!))).toBe(false)
    // Three parts of the result; all kinds but it and the evidence.
    expect(inUse).toBe(3 + 9)
    expect((await run(out)).inUse).toBe(0)
  })
})

describe('an entry', () => {
  const entry: Entry = { kind: 'models', path: '/c/a', bytes: 1, used: 10 * DAY, isLocked: false }
  const idle = { open: [], isBusy: false }
  test.each([
    ['goes', entry, idle, 10 * DAY, null],
    ['goes', entry, idle, 17 * DAY, 7 * DAY],
    ['young', entry, idle, 17 * DAY - 1, 7 * DAY],
    ['in use', { ...entry, isLocked: true }, idle, 99 * DAY, null],
    ['in use', entry, { open: ['/c/a/model.so'], isBusy: true }, 99 * DAY, null],
    ['in use', entry, { open: ['/c/a'], isBusy: true }, 99 * DAY, null],
    ['goes', entry, { open: ['/c/ab/model.so'], isBusy: true }, 99 * DAY, null],
    ['in use', entry, { open: [], isBusy: true }, 11 * DAY, null],
    ['goes', entry, { open: [], isBusy: true }, 11 * DAY + 1, null],
  ] as const)('%s', (verdict, own, use, now, olderThan) => {
    expect(judge(own, use, now, olderThan)).toBe(verdict)
  })
})

test.each([
  ['30m', 1800e3],
  ['12h', 12 * 3600e3],
  ['7d', 7 * DAY],
  ['0d', 0],
  ['4w', 28 * DAY],
])('%s is %i ms', (text, ms) => {
  expect(parseAge(text, '--older-than')).toBe(ms)
})

test.each(['7', 'd', '7 d', '-7d', '1.5d', '7days', '1234567d', ''])('"%s" is no time', (text) => {
  expect(() => parseAge(text, '--older-than')).toThrow('--older-than: expected a time such as 30m, 12h, 7d')
})

test('what is said fits 80 columns', () => {
  const size = { entries: 12_345, bytes: 4e9, freedEntries: 2, freedBytes: 2e9 }
  const cleaned: Cleaned = {
    ...{ out: 'build', models: '/shared', dryRun: false, inUse: 1234, refused: 5 },
    nights: [],
    kinds: [
      { kind: 'models', ...size },
      { kind: 'evidence', ...size },
    ],
  }
  const text = renderCleaned(cleaned)
  for (const line of [...text.split('\n'), ...renderCleaned({ ...cleaned, dryRun: true }).split('\n')])
    expect(line.length).toBeLessThanOrEqual(80)
  expect(text).toMatch(/^all +24,690 +8\.00 GB +4 +4\.00 GB$/m)
  expect(text).toContain('Models are in /shared (ASSAY_CACHE).')
  expect(text).toContain('Left because a process works with them: 1,234.')
  expect(text).toContain('Left because they belong to another user: 5.')
  expect(text).toMatch(/\n4\.00 GB freed\./)
  expect(renderCleaned({ ...cleaned, models: 'build/cache/verilator', inUse: 0, refused: 0 })).not.toMatch(
    /Left|ASSAY/,
  )
  expect(renderCleaned({ ...cleaned, kinds: [] })).toBe("Nothing of Assay's lies in build.")
})

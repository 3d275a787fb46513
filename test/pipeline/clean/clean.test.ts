/** What `assay clean` removes, and all that it leaves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatAge, parseAge, renderCleaned } from '../../../src/cli/commands/clean.ts'
import { type CleanChoice, type Cleaned, clean, judge } from '../../../src/pipeline/clean/clean.ts'
import type { Entry } from '../../../src/pipeline/clean/inventory.ts'
import { ownIdentity } from '../../../src/store/identity.ts'
import { takeLock } from '../../../src/store/lock.ts'
import { makeFolder } from '../prepared.ts'

const hex = (digits: number) => 'a'.repeat(digits)
const DAY = 24 * 3600 * 1000

function put(root: string, path: string, text: string | Buffer = '12345'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const RECORD = `20250101000000000-${hex(12)}-${hex(8)}`
const PLAN = '{"format":"assay regress plan"}'
const NIGHT = 'regress/nightly'

/** A night in a folder of results, with its history. */
function putNight(out: string, night: string): void {
  put(out, join(night, 'plan.json'), PLAN)
  put(out, join(night, 'history', `${RECORD}.json`), '{"format":"assay night record"}')
  put(out, join(night, 'history', `${RECORD}.night.json.gz`), Buffer.from('1f8b', 'hex'))
}

/** By kind, a file of it. */
const OWN: Readonly<Record<string, string>> = {
  results: 'm-w8a8/sim.json',
  nights: `${NIGHT}/plan.json`,
  histories: `${NIGHT}/history/${RECORD}.json`,
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
  'm-w8a8/report.html',
  'm-w8a8/weights/w.bin',
  'm-w8a8/waves/mine.fst',
  'm-w8a8/detections-street-00000000.png',
  'm-w8a8/mine/sim.json',
  'other/report.json',
  'other/waves/a.fst',
  'cache/mine.json',
  'cache/evidence/mine.json',
  'cache/verilator/mine/model.so',
  `cache/verilator/${hex(40)}x`,
  'web/manifest.json',
  'coverage/index.html',
  'sim.json/a',
  `${NIGHT}/notes.txt`,
  `${NIGHT}/history/notes.json`,
  `${NIGHT}/history/${RECORD}1.json`,
  `${NIGHT}/history/${RECORD.replace('2025', '2026')}.json`,
  `mine/history/${RECORD.replace('2025', '2026')}.json`,
]

function makeProject(): string {
  const out = join(makeFolder(), 'build')
  for (const path of Object.values(OWN)) put(out, path)
  putNight(out, NIGHT)
  put(out, OWN.results!, '{ "model": "m.pt", "modelHash": "x" }')
  put(out, 'm-w8a8/waves/a.gtkw', '[dumpfile] "a.fst"\n[savefile] "a.gtkw"\n')
  put(out, 'm-w8a8/waves/a.fst')
  for (const path of OTHERS) put(out, path, '{"format": "of somebody"}')
  return out
}

const run = (out: string, own: Partial<CleanChoice> = {}): Promise<Cleaned> =>
  clean({
    out,
    models: join(out, 'cache', 'verilator'),
    olderThanMs: null,
    cacheOnly: false,
    histories: false,
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
    const { kinds } = await run(out, { histories: true })
    expect(list(out)).toEqual([...OTHERS].sort())
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(OWN))
    for (const { entries, bytes, freedEntries, freedBytes } of kinds)
      expect([freedEntries, freedBytes]).toEqual([entries, bytes])
    expect(kinds[0]).toMatchObject({ entries: 3, bytes: 37 + 39 + 5 })
    expect((await run(out)).kinds).toEqual([])
  })

  test('a folder that held nothing else goes, too', async () => {
    const out = join(makeFolder(), 'build')
    put(out, OWN.models!)
    put(out, 'regress/night/regress.json', '{ "format": "assay night" }')
    put(out, `regress/night/runs/${hex(12)}/sim.json`, '{ "model": "m.pt", "modelHash": "x" }')
    put(out, `cache/evidence/seeds/${hex(64)}/a.log`)
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
    put(elsewhere, 'sim.json', '{ "model": "m.pt", "modelHash": "x" }')
    symlinkSync(elsewhere, join(out, 'linked-w8a8'))
    symlinkSync(elsewhere, join(out, 'm-w8a8', 'golden'))
    await run(out)
    expect(list(elsewhere)).toEqual(['model.so', 'sim.json'])
    expect(existsSync(join(out, 'cache', 'roms'))).toBe(false)
  })

  test('the cache alone, where results are to stay', async () => {
    const out = makeProject()
    const { kinds } = await run(out, { cacheOnly: true })
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(OWN).slice(3))
    expect(existsSync(join(out, OWN.nights!))).toBe(true)
    expect(existsSync(join(out, 'm-w8a8', 'waves', 'a.fst'))).toBe(true)
    expect(existsSync(join(out, OWN.ROMs!))).toBe(false)
  })

  test('nothing, where it is but asked', async () => {
    const out = makeProject()
    const before = list(out)
    const { kinds } = await run(out, { dryRun: true })
    expect(list(out)).toEqual(before)
    expect(kinds[3]).toEqual({ kind: 'models', entries: 1, bytes: 5, freedEntries: 1, freedBytes: 5 })
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

  test('a night in progress, and not one whose process has died', async () => {
    const out = makeProject()
    const lock = await takeLock(join(out, 'm-w8a8', 'shard-1.lock'))
    expect((await run(out)).inUse).toBe(4)
    const elsewhere = JSON.stringify({ ...ownIdentity(), home: '0'.repeat(12) })
    await lock.release()
    put(out, 'm-w8a8/night.lock', elsewhere)
    expect((await run(out)).inUse).toBe(4)
    const old = new Date(Date.now() - 2 * 3600e3)
    utimesSync(join(out, 'm-w8a8/night.lock'), old, old)
    expect((await run(out)).kinds[0]).toMatchObject({ kind: 'results', freedEntries: 4 })
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
    // Three files of the result; all kinds but it, the evidence, and the history, which was not asked for.
    expect(inUse).toBe(3 + 9)
    expect((await run(out)).inUse).toBe(0)
  })
})

describe('nights', () => {
  const inNight = async (out: string, own: Partial<CleanChoice> = {}): Promise<readonly unknown[]> =>
    (await run(out, { dryRun: true, ...own })).nights.map(({ night, files, fate }) => [night, files, fate])

  test('each is listed with its size and how long it was not used', async () => {
    const out = join(makeFolder(), 'build')
    putNight(out, NIGHT)
    putNight(out, 'regress/runs')
    putNight(out, 'own-folder')
    const runs = `regress/runs/runs/${hex(12)}/sim.json`
    put(out, runs, '{ "model": "m.pt", "modelHash": "x" }')
    const old = new Date(Date.now() - 8 * DAY)
    utimesSync(join(out, NIGHT, 'plan.json'), old, old)
    const { nights } = await run(out, { dryRun: true })
    expect(nights[0]).toMatchObject({
      night: 'regress/runs',
      files: 2,
      bytes: PLAN.length + 37,
      fate: 'goes',
    })
    const nightly = nights.find(({ night }) => night === NIGHT)!
    expect(Math.floor(nightly.idleMs / DAY)).toBe(8)
    expect(await inNight(out, { olderThanMs: 7 * DAY })).toEqual([
      ['regress/runs', 2, 'young'],
      ...[
        ['own-folder', 1, 'young'],
        [NIGHT, 1, 'goes'],
      ],
    ])
    await run(out, { olderThanMs: 7 * DAY })
    expect(existsSync(join(out, NIGHT, 'plan.json'))).toBe(false)
    expect(existsSync(join(out, runs))).toBe(true)
    expect(existsSync(join(out, NIGHT, 'history', `${RECORD}.json`))).toBe(true)
  })

  test('the folder of results may be one, and its history alone is still its own', async () => {
    const out = join(makeFolder(), 'night')
    putNight(out, '.')
    put(out, 'data/0/roms/manifest.json', '{"format":"assay roms"}')
    expect(await inNight(out)).toEqual([['.', 2, 'goes']])
    await run(out)
    expect(list(out)).toEqual([`history/${RECORD}.json`, `history/${RECORD}.night.json.gz`])
    expect((await run(out)).kinds).toMatchObject([{ kind: 'histories', entries: 2, freedEntries: 0 }])
    await run(out, { histories: true })
    expect(existsSync(out)).toBe(false)
  })

  test('one that runs stays, with its history', async () => {
    const out = join(makeFolder(), 'build')
    putNight(out, NIGHT)
    const lock = await takeLock(join(out, NIGHT, 'night.lock'))
    const { nights, inUse } = await run(out, { histories: true })
    await lock.release()
    expect(nights).toMatchObject([{ night: NIGHT, fate: 'in use' }])
    expect([inUse, list(out).length]).toEqual([4, 3])
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

test.each([
  [0, '0m'],
  [59 * 60e3, '59m'],
  [23.9 * 3600e3, '23h'],
  [40 * DAY, '40d'],
])('an age of %i ms', (ms, text) => {
  expect(formatAge(ms)).toBe(text)
})

test('what is said of histories', () => {
  const said = (freedEntries: number, dryRun: boolean): string =>
    renderCleaned({
      ...{ out: 'build', models: 'build/cache', dryRun, inUse: 0, refused: 0, nights: [] },
      kinds: [{ kind: 'histories', entries: 2, bytes: 10, freedEntries, freedBytes: 5 * freedEntries }],
    })
  expect(said(0, false)).toContain('Histories of nights stay unless --histories is given.')
  expect(said(2, false)).not.toContain('stay')
  expect(said(2, true)).toContain('A history cannot be made again.')
})

test.each(['7', 'd', '7 d', '-7d', '1.5d', '7days', '1234567d', ''])('"%s" is no time', (text) => {
  expect(() => parseAge(text, '--older-than')).toThrow('--older-than: expected a time such as 30m, 12h, 7d')
})

test('what is said fits 80 columns', () => {
  const size = { entries: 12_345, bytes: 4e9, freedEntries: 2, freedBytes: 2e9 }
  const cleaned: Cleaned = {
    ...{ out: 'build', models: '/shared', dryRun: false, inUse: 1234, refused: 5 },
    nights: Array.from({ length: 22 }, (_, index) => ({
      ...{ night: `regress/${'x'.repeat(60)}${index}`, files: 3, bytes: 4e9, idleMs: 1.5 * DAY },
      fate: 'refused',
    })),
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
  expect(text).toMatch(/^build\/regress\/x+…x+0 +4\.00 GB +1d +another user's$/m)
  expect(text).toContain('\nand 2 more (--json lists all)\n')
  expect(renderCleaned({ ...cleaned, kinds: [] })).toBe("Nothing of Assay's lies in build.")
})

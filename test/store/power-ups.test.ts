/** The log of random power-ups: whole lines count, of any process, and nothing else. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { beforeEach, expect, test } from 'vitest'
import { type EvidenceStore, powerUpFolder } from '../../src/store/evidence.ts'
import { openPowerUps, type PowerUp } from '../../src/store/power-ups.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const [group, a, b] = ['g', 'a', 'b'].map((letter) => letter.repeat(64)) as [string, string, string]
let store: EvidenceStore
beforeEach(() => {
  store = { folder: makeFolder(), programHash: 'p' }
})

const open = (parts = [a, b], own = group) =>
  openPowerUps<readonly string[]>(store, own, parts, v.array(v.string()))
const exact = (cycles: number, opened: readonly string[] = []): PowerUp<readonly string[]> => ({
  ...{ kind: 'exact', cycles, seconds: 0.1234567, opened, provedAt: '2026-01-01T00:00:00.000Z' },
})
const red: PowerUp<readonly string[]> = { kind: 'red', opened: [] }
const files = (): readonly string[] =>
  readdirSync(join(powerUpFolder(store), group)).map((name) => join(powerUpFolder(store), group, name))

async function enter(
  ...found: readonly (readonly [string, number, PowerUp<readonly string[]>])[]
): Promise<void> {
  const log = await open()
  for (const [part, seed, own] of found) log.enter(part, seed, own)
  await log.close()
}

test('what was entered is found, of each part and seed its own, in a line a seed', async () => {
  await enter([a, 1, exact(10)], [b, 1, exact(20)], [a, 2, exact(30)], [b, 2, red])
  const log = await open([b, a])
  expect(log.find(a, 1)).toEqual([{ ...exact(10), seconds: 0.123457 }])
  expect(log.find(b, 1)).toEqual([{ ...exact(20), seconds: 0.123457 }])
  expect([log.find(a, 2)[0], log.find(b, 2)]).toEqual([{ ...exact(30), seconds: 0.123457 }, [red]])
  expect([log.find(a, 3), log.find('other', 1)]).toEqual([[], []])
  const [file, ...others] = files()
  // The head, three lines (a red one has no time), and the end.
  expect([others.length, readFileSync(file!, 'utf8').split('\n').length]).toEqual([0, 5])
})

test('nothing entered leaves no file, and a part that was not asked for is refused', async () => {
  await enter()
  expect(() => files()).toThrow(/ENOENT/)
  const log = await open([a])
  expect(() => log.enter(b, 1, exact(1))).toThrow(RangeError)
})

test('each kind and each list of opened files counts once, the newest last', async () => {
  await enter([a, 1, red], [a, 1, exact(5, ['x'])])
  await enter([a, 1, exact(6)])
  await enter([a, 1, exact(7)])
  const found = (await open()).find(a, 1)
  expect(found.map((each) => (each.kind === 'red' ? 'red' : each.cycles)).toSorted()).toEqual([5, 7, 'red'])
  expect(files()).toHaveLength(3)
})

test('two processes at once lose nothing of each other', async () => {
  const [one, two] = [await open(), await open()]
  for (let seed = 0; seed < 20; seed++) (seed % 2 === 0 ? one : two).enter(a, seed, exact(seed))
  await Promise.all([one.close(), two.close()])
  const log = await open()
  for (let seed = 0; seed < 20; seed++) expect(log.find(a, seed)).toHaveLength(1)
})

test('it is on the disk before the run ends', async () => {
  const log = await open()
  log.enter(a, 1, exact(1))
  await expect.poll(async () => (await open()).find(a, 1).length).toBe(1)
  await log.close()
})

test('a line that was cut, altered or comes from another file counts as not there', async () => {
  await enter([a, 1, exact(10)], [a, 2, exact(20)])
  const [file] = files()
  const text = readFileSync(file!, 'utf8')
  const see = async (): Promise<readonly number[]> => {
    const log = await open()
    return [1, 2].filter((seed) => log.find(a, seed).length > 0)
  }
  writeFileSync(file!, text.slice(0, -20))
  expect(await see()).toEqual([1])
  writeFileSync(file!, text.replace('"seed":2', '"seed":3'))
  expect(await see()).toEqual([1])
  writeFileSync(file!, text.replace(a, b))
  expect(await see()).toEqual([])
  writeFileSync(file!, '')
  expect(await see()).toEqual([])
  writeFileSync(file!, text)
  appendFileSync(file!, 'no line of ours\n\n{}\n')
  expect(await see()).toEqual([1, 2])
  // A line under the head of another group.
  const log = await open([b], 'h'.repeat(64))
  log.enter(b, 2, exact(1))
  await log.close()
  const [other] = readdirSync(join(powerUpFolder(store), 'h'.repeat(64)))
  writeFileSync(file!, readFileSync(join(powerUpFolder(store), 'h'.repeat(64), other!), 'utf8'))
  expect((await open()).find(b, 2)).toEqual([])
})

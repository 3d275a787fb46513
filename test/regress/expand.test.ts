/** The pieces of a plan that need no options: seeds, words, labels, times, and which run begins next. */
import { expect, test } from 'vitest'
import { describeSeeds, identityOf, wordsOf } from '../../src/regress/expand-plan.ts'
import { foldName, shortenAll } from '../../src/regress/name-entries.ts'
import { parseDuration } from '../../src/regress/plan.ts'
import { createSchedule } from '../../src/regress/schedule.ts'
import { asName } from '../../src/report/junit.ts'

test('words of a run', () => {
  const values = { model: 'a.pt', pictures: false, cache: true, names: '-x.json', bits: 4 }
  expect(wordsOf(values, [1, 2, 3])).toEqual([
    ...['--model', 'a.pt', '--no-pictures', '--cache', '--names=-x.json', '--bits', '4', '--seeds', '1..3'],
  ])
  expect(wordsOf({}, null)).toEqual([])
})

test('seeds that follow each other are a range', () => {
  expect([[5], [5, 6], [5, 6, 7], [5, 6, 8]].map(describeSeeds)).toEqual(['5', '5,6', '5..7', '5,6,8'])
})

test('times', () => {
  expect([undefined, '90s', '10m', '8h', '1h30m', '1h1m1s'].map(parseDuration)).toEqual([
    ...[null, 90, 600, 28_800, 5400, 3661],
  ])
})

test('the identity of a plan is of its entries and of the words of their runs', () => {
  const run = { id: '0'.repeat(12), words: ['--bits', '8'], design: 0 }
  const entry = { name: 'a', axes: {}, run: 0, seed: null }
  const one = identityOf({ entries: [entry], runs: [run] })
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  const others = [
    identityOf({ entries: [{ ...entry, name: 'b' }], runs: [run] }),
    identityOf({ entries: [{ ...entry, seed: 3 }], runs: [run] }),
    identityOf({ entries: [entry], runs: [{ ...run, words: ['--bits', '7'] }] }),
    identityOf({ entries: [entry, entry], runs: [run] }),
  ]
  expect(new Set([one, ...others]).size).toBe(5)
})

test.each([
  [
    ['x/a.png', 'x/b.png'],
    ['a', 'b'],
  ],
  [
    ['x/a.png', 'y/a.png', 'y/b.png'],
    ['x/a', 'y/a', 'b'],
  ],
  [
    ['a.png', 'a.jpg'],
    ['a.png', 'a.jpg'],
  ],
  [
    ['a.png', 'x/a.png'],
    ['a', 'x/a'],
  ],
  [['.hidden'], ['.hidden']],
])('labels of %j', (paths, labels) => {
  expect([...shortenAll(paths).values()].sort()).toEqual(labels.toSorted())
  expect([...shortenAll(paths).keys()].sort()).toEqual(paths.toSorted())
})

test.each([
  [['x/street 1.jpg'], ['street_1']],
  [
    ['x/street (1).jpg', 'x/street 2.jpg'],
    ['street_1', 'street_2'],
  ],
  [['x/Straße “Ost”.png'], ['Straße_Ost']],
  [
    ['my folder/a.png', 'b/a.png'],
    ['my_folder/a', 'b/a'],
  ],
  [
    ['x/a=1,b.png', 'x/a:1.png'],
    ['a_1_b', 'a_1'],
  ],
])('odd characters of %j', (paths, labels) => {
  expect([...shortenAll(paths).values()].sort()).toEqual(labels.toSorted())
})

test('where two names would coincide, digits are added', () => {
  const same = /^street_1-[0-9a-f]{8}$/
  const labels = [...shortenAll(['x/street 1.jpg', 'x/street_1.jpg', 'x/street 2.jpg']).entries()].sort()
  expect(labels).toEqual([
    ['x/street 1.jpg', expect.stringMatching(same)],
    ['x/street 2.jpg', 'street_2'],
    ['x/street_1.jpg', expect.stringMatching(same)],
  ])
})

test('names differ also where JUnit and file systems fold them', () => {
  const ends = ['street 1', 'Street_1', 'street.1', 'street  1', ' street 1', 'straße', 'STRASSE', 'e\u0301']
  const paths = [...ends, '\u00e9', '???', '!!!', `${'x'.repeat(60)}1`, `${'x'.repeat(60)}2`].flatMap(
    (name) => [...[`x/${name}.jpg`, `x/${name}.png`, `y/${name}.jpg`, `x_${name}.jpg`]],
  )
  const labels = [...shortenAll(paths).values()]
  const folds = [(name: string) => asName(name), foldName, (name: string) => asName(name).toLowerCase()]
  for (const fold of folds) expect(new Set(labels.map(fold)).size).toBe(paths.length)
  expect(labels.filter((label) => !/^[\p{L}\p{M}\p{N}._+@~/-]{1,40}$/u.test(label))).toEqual([])
})

test('a label has at most 40 characters, of which the last tell more', () => {
  const [label] = shortenAll([`${'x'.repeat(60)}-000123.png`]).values()
  expect(label).toMatch(/^x{17}-000123-[0-9a-f]{8}$/)
})

test('of runs that need the same build one goes ahead', () => {
  const needs = [['w8'], ['w8'], ['w4', 'q'], ['w8', 'q']]
  const schedule = createSchedule([0, 1, 2, 3], (run) => needs[run]!)
  expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([0, 2, null])
  schedule.end(0, true)
  expect([schedule.next(), schedule.next()]).toEqual([1, null])
  schedule.end(2, true)
  expect(schedule.next()).toBe(3)
  for (const run of [1, 3]) schedule.end(run, true)
  expect(schedule.next()).toBeNull()
})

test('where a build failed, the next run tries it, again alone', () => {
  const schedule = createSchedule([0, 1, 2], () => ['w8'])
  expect([schedule.next(), schedule.next()]).toEqual([0, null])
  schedule.end(0, false)
  expect([schedule.next(), schedule.next()]).toEqual([1, null])
  schedule.end(1, true)
  expect(schedule.next()).toBe(2)
})

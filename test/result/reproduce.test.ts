/** The line that reproduces a red part: what it names, and that a shell reads back every word. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wrapShell } from '../../src/report/reproduce.ts'
import { quote, type RedRun, reproduce } from '../../src/result/reproduce.ts'
import { reproduceResult } from '../../src/result/reproduce-result.ts'
import type { SimResult } from '../../src/result/result.ts'
import { differs, make, stimulus } from '../report/ci-run.ts'
import { BOXES, makeLayer } from '../report/shard-reports.ts'

const COMMIT = '69375b8fa42e4736053ac83cd1ea4f6215bc76db'
const RED: RedRun = {
  origin: { commit: COMMIT, dirty: false, folder: '', installs: true },
  words: ['--bits', '8'],
  mode: 'isolated',
  layer: 'model.0',
  seed: null,
  image: 'a.png',
  imageHash: 'f'.repeat(64),
}
const lineOf = (own: Partial<RedRun>): string => reproduce({ ...RED, ...own }).line
const HEAD = `git checkout ${COMMIT} && npm ci --ignore-scripts && npx --no-install assay sim`

describe('the line', () => {
  test.each<[string, Partial<RedRun>, string]>([
    ['the layer alone', {}, `${HEAD} --bits 8 --layers model.0`],
    [
      'in place of what was chosen',
      { words: ['-l', 'x', '--bits', '8', '--layers=y'] },
      `${HEAD} --bits 8 --layers model.0`,
    ],
    ['the power-up alone', { words: ['--seeds', '1..9'], seed: 3 }, `${HEAD} --seeds 3 --layers model.0`],
    ['a seed of 0', { words: ['--seeds=0..9'], seed: 0 }, `${HEAD} --seeds 0 --layers model.0`],
    ['a chain is run whole', { mode: 'chained', words: ['--mode', 'chained'] }, `${HEAD} --mode chained`],
    ['boxes take all layers that were chosen', { layer: 'q_NMS', words: ['-l', 'x'] }, `${HEAD} -l x`],
    ['no layer began', { layer: null }, `${HEAD} --bits 8`],
    [
      'a folder',
      { origin: { ...RED.origin, folder: 'hw/a b' } },
      `git checkout ${COMMIT} && cd 'hw/a b' && npm ci --ignore-scripts && npx --no-install assay sim --bits 8 --layers model.0`,
    ],
    [
      'no repository',
      { origin: { commit: null, dirty: null } },
      'npx --no-install assay sim --bits 8 --layers model.0',
    ],
    [
      'a variable',
      { origin: { ...RED.origin, settings: ['ASSAY_SEED=5'] } },
      `git checkout ${COMMIT} && npm ci --ignore-scripts && ASSAY_SEED=5 npx --no-install assay sim --bits 8 --layers model.0`,
    ],
  ])('%s', (_, own, expected) => {
    expect(lineOf(own)).toBe(expected)
  })

  test('what it cannot say is noted', () => {
    const notes = (own: Partial<RedRun>): readonly string[] => reproduce({ ...RED, ...own }).notes
    const image = `SHA-256 of a.png: ${'f'.repeat(64)}`
    expect(notes({})).toEqual([image])
    expect(notes({ imageHash: null })).toEqual([])
    expect(notes({ image: null })).toEqual([])
    expect(notes({ origin: { ...RED.origin, dirty: true } })).toEqual([
      'The run had uncommitted changes, which a clone lacks: the line may come to something else.',
      image,
    ])
    const changed = { ...RED.origin, dirty: true, changed: ['rtl/a.sv', 'rtl/b.sv'] }
    expect(notes({ origin: changed })[0]).toContain('uncommitted changes (rtl/a.sv, rtl/b.sv), which a clone')
    expect(notes({ origin: { ...RED.origin, installs: undefined } })).toEqual([
      'Install Assay first: no package-lock.json in the clone has it.',
      image,
    ])
    const untracked = [
      { input: 'a.png', files: [] },
      { input: 'rtl', files: ['new.sv', 'sub/x.sv'] },
      { input: 'other', files: [] },
    ]
    expect(
      notes({ words: ['--rtl=rtl', '-i', 'a.png'], origin: { ...RED.origin, untracked } }).slice(0, -1),
    ).toEqual([
      'Git does not track all of rtl, so that a clone lacks it: new.sv, sub/x.sv',
      'Git does not track a.png, so that a clone lacks it',
    ])
    expect(notes({ origin: { commit: null, dirty: null } })[0]).toMatch(/no git repository/)
    expect(notes({ words: ['--model', '/m.pt', '-c', '../x', '--bits', '8', 'a..b'] })).toEqual([
      image,
      'Perhaps not in the clone: /m.pt, ../x',
    ])
  })

  test('a shell reads back every word, also where the line is broken', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary', minLength: 1 }).filter((word) => !/[\0\p{Cs}]/u.test(word)),
          { minLength: 1 },
        ),
        (words) => {
          const line = words.map(quote).join(' ')
          const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`]).toString()
          expect(said.split('\0').slice(0, -1)).toEqual(words)
        },
      ),
      { numRuns: 60 },
    )
    const words = ['a'.repeat(70), "it's", 'b c', '$HOME', 'd'.repeat(30), '--bits', '8']
    const lines = wrapShell(`printf '%s\\0' ${words.map(quote).join(' ')}`)
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(
      execFileSync('/bin/sh', ['-c', lines.join('\n')])
        .toString()
        .split('\0')
        .slice(0, -1),
    ).toEqual(words)
  })
})

describe('of a single run', () => {
  const origin = {
    commit: COMMIT,
    dirty: false,
    folder: '',
    installs: true,
    command: ['sim'],
    words: ['--bits', '8'],
    host: 'h',
  }
  const lineOf = (layers: SimResult['layers'], boxes: SimResult['boxes'], own: Partial<SimResult> = {}) => {
    const result = make(layers, boxes, own)
    return reproduceResult({ ...result, run: { ...result.run, origin } })?.line.slice(HEAD.length)
  }

  test('its first red part and its first red seed', () => {
    const seeds = { run: [1, 2, 3], red: [2, 3] }
    expect(lineOf([makeLayer('a'), { ...differs('b'), seeds }, differs('c')], null)).toBe(
      ' --bits 8 --seeds 2 --layers b',
    )
    expect(lineOf([makeLayer('a')], { ...BOXES, error: 'hung' })).toBe(' --bits 8')
    expect(lineOf([makeLayer('a')], null, { stimulus, verdict: 'mismatch' })).toBe(' --bits 8 --layers s')
    const boxes = { ...stimulus, red: [] }
    expect(lineOf([makeLayer('a')], null, { stimulus: boxes, verdict: 'mismatch' })).toBe(' --bits 8')
  })

  test('none of an exact run, or of one that kept no words', () => {
    expect(lineOf([makeLayer('a')], BOXES)).toBeUndefined()
    expect(reproduceResult(make([differs('b')], null))).toBeNull()
  })

  test('the path of a picture of elsewhere is not told', () => {
    const result = make([differs('b')], null, { image: '/home/me/i.png' })
    expect(reproduceResult({ ...result, run: { ...result.run, origin } })!.notes[0]).toMatch(
      /^SHA-256 of i\.png: /,
    )
  })
})

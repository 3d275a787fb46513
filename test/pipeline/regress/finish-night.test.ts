/** The outputs of a night, whole: one record, one JUnit, one page, one verdict. */
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { checkJson } from '../../../src/input/schema.ts'
import { type FinishOptions, finishNight, readAgainst } from '../../../src/pipeline/regress/finish-night.ts'
import { type Night, nightSchema } from '../../../src/regress/night.ts'
import { fault, makeNight, sha } from '../../regress/nights.ts'
import { holdAgainst, holdAgainstClosed } from '../../schemas/hold-against.ts'
import { makeFolder } from '../prepared.ts'

const ALL = new Set(['json', 'junit', 'html', 'github'] as const)
const finish = (night: Night, folder: string, own: Partial<FinishOptions> = {}) =>
  finishNight(night, folder, { kinds: ALL, against: null, maxCyclesGrowth: null, env: {}, ...own }, '/r')
const red = (own: Partial<Night> = {}): Night =>
  makeNight({
    ...{ images: 7, bits: [8], seeds: 9, own },
    fate: ({ seed }) => ({
      status: 'differs',
      fault: fault({ message: `model.1 c${seed} y0 x0: expected ${seed}, received 3; ${seed} of 24 differ` }),
    }),
  })
const later = { startedAt: '2026-07-02T12:00:00.000Z' }
const readNightFile = (folder: string): Night => {
  const path = join(folder, 'regress.json')
  return checkJson(nightSchema, readFileSync(path, 'utf8'), path)
}

describe('of a red night', () => {
  test('63 reds of one cause are one paragraph on the terminal, in the summary and on the page', async () => {
    const folder = makeFolder()
    const summary = join(folder, 'summary.md')
    const { text, isRed, files, annotations, failures } = await finish(red(), folder, {
      env: { GITHUB_STEP_SUMMARY: summary },
    })
    expect([isRed, failures]).toEqual([true, []])
    expect(files).toEqual(['regress.json', 'junit.xml', 'report.html'].map((name) => join(folder, name)))
    const title = '63 entries differ at model.1: off by one: rounding'
    expect(text.split(title)).toHaveLength(2)
    expect(text).toContain('  63 entries: all 7 images × seeds 1..9')
    expect(text.match(/npx --no-install assay sim/g)).toHaveLength(1)
    expect(text).toContain('Not proved: 63 of 63 entries differ; 1 cause, the first at model.1.')
    const lines = text.split('\n').filter((line) => !line.startsWith('Report: '))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    const markdown = readFileSync(summary, 'utf8')
    expect(markdown.match(/### 63 entries differ at model\.1: off by one: rounding/g)).toHaveLength(1)
    expect(markdown.match(/npx --no-install assay sim/g)).toHaveLength(1)
    expect(readFileSync(join(folder, 'report.html'), 'utf8').match(/<div class="cause /g)).toHaveLength(1)
    expect(annotations).toEqual([
      expect.stringMatching(
        /^::error title=63 entries differ at model\.1%3A off by one%3A rounding::images\/000000\.png W8A8 isolated seed 1: /,
      ),
    ])
  })

  test('regress.json is what its published schema says, with a line for every red entry', async () => {
    const folder = makeFolder()
    await finish(red(), folder)
    const night = readNightFile(folder)
    expect(holdAgainst('night')(night)).toEqual([])
    expect(holdAgainstClosed('night')(night)).toEqual([])
    expect(night.entries.map(({ reproduce }) => /--seeds (\d)/.exec(reproduce!.line)![1])).toEqual(
      night.entries.map(({ seed }) => String(seed)),
    )
  })

  test('no two cases of JUnit coincide, and they add up', async () => {
    const folder = makeFolder()
    const fates = {
      8: 'differs',
      7: 'failed',
      6: 'late',
      5: 'notRun',
      4: 'exact',
      3: 'error',
      2: 'unsteady',
    } as const
    const night = makeNight({
      ...{ images: 2, bits: [8, 7, 6, 5, 4, 3, 2], modes: ['isolated', 'chained'], seeds: 2 },
      fate: ({ axes }) => {
        const status = fates[Number(axes.bits) as keyof typeof fates]
        return { status, fault: status === 'exact' ? null : fault() }
      },
    })
    await finish(night, folder)
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' })
    const { testsuites } = parser.parse(readFileSync(join(folder, 'junit.xml'), 'utf8'))
    expect(testsuites).toMatchObject({ tests: '56', failures: '16', errors: '32', skipped: '0' })
    const cases = (testsuites.testsuite as { testcase: { name: string; classname: string }[] }[]).flatMap(
      ({ testcase }) => testcase,
    )
    expect(new Set(cases.map(({ name, classname }) => `${classname} ${name}`)).size).toBe(56)
    expect(cases[0]).toMatchObject({
      ...{
        name: 'images/000000.png W8A8 isolated seed 1',
        classname: 'assay.nightly.shapes_W8A8_isolated',
        file: 'plan.yaml',
      },
      ...{ time: '1.000000', failure: { type: 'rounding' } },
      'system-out': expect.stringContaining('npx --no-install assay sim') as string,
    })
    expect(testsuites.testsuite[0].properties.property).toContainEqual({
      name: 'commit',
      value: 'c'.repeat(40),
    })
  })

  test('a report that cannot be written takes no other with it', async () => {
    const folder = makeFolder()
    mkdirSync(join(folder, 'history'), { recursive: true })
    const history = join(folder, 'plain')
    writeFileSync(history, '')
    const { text, failures, files } = await finish(red(), folder, { history })
    expect(text).toContain('Not proved: ')
    expect(failures).toHaveLength(2)
    expect(files).toHaveLength(3)
  })
})

describe('of a green night', () => {
  test('it says what was proved; the results of an earlier night are gone, its history is not', async () => {
    const folder = makeFolder()
    await finish(red(), folder)
    const night = makeNight({
      images: 3,
      own: later,
      fate: ({ run }) => ({ status: run === 0 ? 'before' : 'exact' }),
    })
    const { text, isRed } = await finish(night, folder, { kinds: new Set(['json'] as const) })
    expect(isRed).toBe(false)
    expect(text).toContain('Proved: all 3 entries of nightly are bit-exact, 1 of them unchanged since they')
    expect(['junit.xml', 'report.html'].map((name) => existsSync(join(folder, name)))).toEqual([false, false])
    expect(readNightFile(folder).verdict).toBe('exact')
    expect(existsSync(join(folder, 'history'))).toBe(true)
  })

  test('growth of cycles beyond the limit is red', async () => {
    const folder = makeFolder()
    await finish(makeNight(), folder)
    const grown = makeNight({ own: later })
    const designs = grown.designs.map((design) => ({
      ...design,
      cycles: { ...design.cycles, 'model.0': 1011 },
    }))
    const within = await finish({ ...grown, designs }, folder, { against: 'last', maxCyclesGrowth: 0.02 })
    expect([within.isRed, within.text.includes('1 layer slower')]).toEqual([false, false])
    const beyond = await finish({ ...grown, designs }, folder, { against: 'last', maxCyclesGrowth: 0.01 })
    expect(beyond.isRed).toBe(true)
    expect(beyond.text.replace(/\s+/g, ' ')).toContain(
      'Red by comparison: 1 layer took over 1 % more cycles.',
    )
    expect(beyond.annotations).toEqual([expect.stringContaining('title=red by comparison::Proved: ')])
  })
})

describe('against another night', () => {
  test('its own folder, whose results it replaces; a file; a night that was read', async () => {
    const folder = makeFolder()
    await finish(red(), folder)
    const night = makeNight({ images: 7, seeds: 9, own: later })
    const fixed = { ...night, runs: night.runs.map((run) => ({ ...run, rtlHash: sha('fixed') })) }
    const before = await readAgainst(folder)
    const asked = [folder, join(folder, 'regress.json'), before, 'last']
    for (const against of asked) {
      await finish(red(), folder)
      const { text, isRed } = await finish(fixed, folder, { against })
      expect(text).toContain('0 new red, 63\n  fixed, 0 still red')
      expect(isRed).toBe(false)
    }
  })

  test('last of a plan that has none, or whose last is damaged, is said and the night stands', async () => {
    const folder = makeFolder()
    const first = await finish(makeNight(), folder, { against: 'last' })
    expect(first.text).toContain('No night of nightly before this one')
    const [record] = readFileSync(join(folder, 'regress.json'), 'utf8')
    expect(record).toBe('{')
    const { readdirSync } = await import('node:fs')
    for (const name of readdirSync(join(folder, 'history'))) truncateSync(join(folder, 'history', name), 30)
    const second = await finish(makeNight({ own: later }), folder, { against: 'last' })
    expect(second.text).toMatch(/Not compared: .*cannot be unpacked/)
    expect(second.text).toMatch(/\.json is damaged and passed over\./)
    expect(second.isRed).toBe(false)
  })

  test.each(['missing.json', '.'])('%s is refused by name', async (name) => {
    const path = join(makeFolder(), name)
    await expect(readAgainst(path)).rejects.toThrow(/json: no such file/)
  })
})

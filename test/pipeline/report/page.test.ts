/** The page is made of several files of a run's folder: each is read whole and right, or refused by name and field. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { summarise } from '../../../src/mutation/score.ts'
import { readReportFile, writePage } from '../../../src/pipeline/report/page.ts'
import { renderReport } from '../../../src/result/report-file.ts'
import { runAssay } from '../../cli/run-assay.ts'
import { makeLayer, makeReport } from '../../report/shard-reports.ts'
import { makeFolder } from '../prepared.ts'
import { DEFAULT_IMAGE } from '../shared-data.ts'

const { result } = makeReport(1, [makeLayer('a'), makeLayer('b', 2)])
const lines = { covered: 2, total: 2 }
const modules = [
  { module: 'rom', mutants: 5, killed: 4, survivors: [], seconds: 1 },
  { module: 'q_nms', mutants: 7, killed: 7, survivors: [], seconds: 1 },
]
const flip = { kind: 'rtl', what: 'bit 3', expected: 'a', found: 'a', caught: true }
const selftest = {
  ...{ model: 'm.pt', image: 'i.png', array: '8x8x2', seed: 1, verdict: 'all caught' },
  ...{ flips: [flip], skipped: [], seconds: 1 },
}
/** What `make coverage`, `make mutate` and `assay selftest` write. */
const FILES = {
  'coverage.json': {
    ...{ format: 1, hit: 3, all: 4, modules: [{ name: 'rtl/rom.sv', hit: 3, all: 4 }] },
    ...{ files: [{ file: 'rtl/rom.sv', lines }], total: { lines } },
  },
  'mutation.json': summarise(modules),
  'selftest.json': selftest,
}

/** The page of a folder of a run that has these files, too. */
async function makePage(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = join(makeFolder(), 'run')
  for (const [name, value] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  }
  return readFileSync(await writePage(result, folder, join(folder, 'report.html')), 'utf8')
}

describe('what else the page shows', () => {
  test('is there if its file is', async () => {
    const [full, bare] = [await makePage(FILES), await makePage({})]
    for (const shown of ['rtl/rom.sv', 'q_nms', 'flipped bits went red']) {
      expect(full).toContain(shown)
      expect(bare).not.toContain(shown)
    }
  })

  test.each<{ file: string; value: unknown; says: string }>([
    { file: 'coverage.json', value: '{"hit":', says: 'coverage.json: is not JSON' },
    { file: 'coverage.json', value: [], says: 'coverage.json: expected an object, got a list of 0' },
    { file: 'coverage.json', value: { hit: 3 }, says: 'coverage.json: all is missing' },
    {
      file: 'mutation.json',
      value: { hit: 3, all: '4' },
      says: 'mutation.json: all: expected a whole number',
    },
    {
      file: 'mutation.json',
      value: { hit: 3, all: 4, modules: [{ name: 'a', hit: 1 }] },
      says: 'mutation.json: modules[0]: all is missing',
    },
    {
      file: 'selftest.json',
      value: { ...selftest, flips: [{ ...flip, kind: 'rmo word' }] },
      says: 'selftest.json: flips[0].kind: expected',
    },
    { file: 'validate/validate.json', value: {}, says: 'validate.json: model is missing' },
    { file: 'validate/validate.json', value: 'null', says: 'validate.json: expected an object, got null' },
  ])('$file $value', async ({ file, value, says }) => {
    await expect(makePage({ [file]: value })).rejects.toThrow(says)
  })
})

describe('pictures that a report names', () => {
  const show = async (name: string, content: string | Buffer | null): Promise<string> => {
    const folder = makeFolder()
    const path = join(folder, name)
    if (content === null) execFileSync('mkfifo', [path])
    else writeFileSync(path, content)
    const page = join(folder, 'report.html')
    return readFileSync(await writePage({ ...result, pictures: [path] }, folder, page), 'utf8')
  }

  test.each([
    { because: 'a text', name: 'a.jpg', content: 'text', says: /a\.jpg: cannot be decoded/ },
    { because: 'a text called PNG', name: 'a.png', content: 'text', says: /a\.png: cannot be decoded/ },
    { because: 'nothing', name: 'a.png', content: '', says: /a\.png: is empty/ },
    { because: 'a pipe', name: 'a.png', content: null, says: /a\.png: is a pipe or a device/ },
  ])('$because is refused by name', async ({ name, content, says }) => {
    await expect(show(name, content)).rejects.toThrow(says)
  })

  test('are read from the folder of the run and the working directory alone', async () => {
    const png = readFileSync(DEFAULT_IMAGE)
    expect(await show('a.png', png)).toContain(png.toString('base64'))
    const [outside, folder] = [join(makeFolder(), 'a.png'), makeFolder()]
    writeFileSync(outside, png)
    for (const path of [outside, '/dev/zero', join(folder, '..', relative(dirname(folder), outside))]) {
      const page = await writePage({ ...result, pictures: [path] }, folder, join(folder, 'p.html'))
      expect(readFileSync(page, 'utf8')).not.toContain('<img')
    }
  })
})

describe('assay report', () => {
  const text = renderReport(result)
  test.each<{ because: string; report: string; says: string }>([
    { because: 'cut short', report: text.slice(0, 300), says: 'report.json: is not JSON' },
    {
      because: 'wrongly typed',
      report: text.replace('"stray": 0', '"stray": "0"'),
      says: 'report.json: layers[0].stray: expected a whole number of at least 0, got "0"',
    },
    {
      because: 'of a later version',
      report: text.replace('"version": 1', '"version": 2'),
      says: 'report.json: version: expected 1, got 2',
    },
    {
      because: 'of another verdict than its layers',
      report: text.replace('"verdict": "mismatch"', '"verdict": "exact"'),
      says: 'report.json: the report says exact, its 2 parts say mismatch',
    },
  ])('a report that is $because ends with 2 and its field', async ({ report, says }) => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'report.json'), report)
    const { exitCode, stderr } = await runAssay(['report', '--run', folder])
    expect(stderr).toContain(says)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(exitCode).toBe(2)
  })

  test('no report at all: what writes one', async () => {
    await expect(readReportFile(makeFolder())).rejects.toThrow('Run `assay sim` first')
  })
})

/** Figures of accuracy that several pages quote are those of the one table that `make accuracy` prints. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(path, 'utf8')

/** The rows of the first table of a page whose first column has this title: cells by title, by the row's name. */
function readTable(page: string, title: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const lines = read(page).split('\n')
  const begin = lines.findIndex((line) => line.startsWith(`| ${title} |`))
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('**', ''))
  const titles = cells(lines[begin]!)
  const rows = new Map<string, Readonly<Record<string, string>>>()
  for (const line of lines.slice(begin + 2)) {
    if (!line.startsWith('|')) break
    const own = cells(line)
    rows.set(own[0]!, Object.fromEntries(titles.map((name, index) => [name, own[index]!])))
  }
  return rows
}

const table = readTable('docs/accuracy.md', 'scheme')
const mapOf = (scheme: string): number => {
  const row = table.get(scheme)
  if (row === undefined) throw new Error(`no row ${scheme} in docs/accuracy.md`)
  return Number(row.mAP)
}

test('the README quotes the table', () => {
  const sentence = /float\s([\d.]+), W8A8 ([\d.]+), W6A8 ([\d.]+), and W4A8 ([\d.]+) with\s`--effort best`/
  const [, ...quoted] = sentence.exec(read('README.md').replaceAll('\n', ' ')) ?? []
  const schemes = ['float', 'W8A8 `--effort fast`', 'W6A8 `--effort fast`', 'W4A8 `--effort best`']
  expect(quoted).toEqual(schemes.map((scheme) => mapOf(scheme).toFixed(1)))
})

test('docs/validation.md has the same network: every calibration image, `--effort fast`, W8A8', () => {
  const stages = readTable('docs/validation.md', 'stage | mAP50-95')
  const stageOf = (name: string): number => {
    const row = [...stages].find(([stage]) => stage.startsWith(name))
    return Number(row?.[1]['mAP50-95'])
  }
  expect(stageOf('float')).toBe(mapOf('float'))
  for (const stage of ['full', 'rtl'])
    expect(stageOf(stage)).toBe(mapOf('W8A8 `--effort fast`, every calibration image'))
})

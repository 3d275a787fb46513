/** Every Markdown page of the repository keeps to the rules of test/rules/markdown.ts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  findDeadLinks,
  findDeadPaths,
  findDeadTests,
  findLongLines,
  listAnchors,
  listLinks,
} from './rules/markdown.ts'

const FOLDERS = ['docs', 'examples', 'golden', 'templates']
const pages = [
  ...readdirSync('.'),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  ),
].filter((name) => name.endsWith('.md'))
const tests = readdirSync('test', { recursive: true })
  .map((name) => join('test', String(name)))
  .filter((name) => name.endsWith('.test.ts'))

describe.each(pages)('%s', (page) => {
  test('wraps its prose at 100 columns', () => {
    expect(findLongLines(readFileSync(page, 'utf8'))).toEqual([])
  })

  test('links to files and headings that there are', () => {
    expect(findDeadLinks(page)).toEqual([])
  })

  test('names files that there are', () => {
    const text = readFileSync(page, 'utf8')
    expect([...findDeadPaths(text), ...findDeadTests(text, tests)]).toEqual([])
  })
})

test('docs/README.md lists every page of docs/', () => {
  const links = listLinks(readFileSync('docs/README.md', 'utf8'))
  const others = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md')
  expect(links).toEqual(expect.arrayContaining(others))
})

describe('the rules', () => {
  const wide = 'x'.repeat(101)

  test.each([
    ['prose', `short\n${wide}`, ['line 2: 101 columns']],
    ['a heading', `# ${wide}`, ['line 1: 103 columns']],
    ['code', `\`\`\`\n${wide}\n\`\`\`\nshort`, []],
    ['prose after code', `\`\`\`\n\`\`\`\n${wide}`, ['line 3: 101 columns']],
    ['a table', `| ${wide} |`, []],
    ['an HTML tag', `  <img alt="${wide}">`, []],
    ['a generated section', `<!-- score -->\n${wide}\n<!-- /score -->`, []],
  ])('judge the width of %s', (_, page, found) => {
    expect(findLongLines(page)).toEqual(found)
  })

  test('find paths in code spans that lead nowhere', () => {
    const page = '`src/gone.ts` `src/index.ts` `sim/` `src/x y` `make test`\n```\n`src/code.ts`\n```\n'
    expect(findDeadPaths(page)).toEqual(['src/gone.ts'])
  })

  test('find tests in code spans that are nowhere, or in two places', () => {
    const files = ['test/a.test.ts', 'test/b/c.test.ts', 'test/d/c.test.ts']
    const page = '`a.test.ts` `c.test.ts` `test/b/c.test.ts` `d/c.test.ts` `gone.test.ts` `*.slow.test.ts`'
    expect(findDeadTests(page, files)).toEqual(['c.test.ts', 'gone.test.ts'])
  })

  test('know headings as GitHub does', () => {
    const page = '# `report.json`, A-1\n## Twice\n## Twice\n```\n# not one\n```'
    expect([...listAnchors(page)]).toEqual(['reportjson-a-1', 'twice', 'twice-1'])
  })

  test('find links and images, not web addresses or code', () => {
    const page = '[a\nb](c.md#d) ![e](f.png) <img src="g.png"> [h](https://i.org) `[j](k)`'
    expect(listLinks(page)).toEqual(['c.md#d', 'f.png', 'g.png'])
  })
})

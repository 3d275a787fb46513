/** No text of a file becomes markup: every template of HTML escapes what enters it, and the page's script parses none. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findBareMarkup, findOddHoles, findRaw, findSinks } from './markup.ts'
import { type Rule, readSource } from './syntax.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))
const files = (readdirSync(SOURCES, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts') && !/\.(min|as)\.ts$/.test(name))
  .sort()
const check = (rule: Rule, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => rule(readSource(name, readFileSync(`${SOURCES}${name}`, 'utf8'))))

test.each([
  // GitHub's summary is Markdown, which escapes by its own rules.
  ['markup stands in html templates', findBareMarkup, files.filter((name) => name !== 'report/github.ts')],
  ['their holes are content or quoted attributes', findOddHoles, files],
  ["the page's script parses nothing", findSinks, files.filter((name) => name.startsWith('report/browser/'))],
] as const)('%s', (_, rule, names) => {
  expect(names.length).toBeGreaterThan(4)
  expect(check(rule, names)).toEqual([])
})

test('style sheets, the script and its data alone are raw', () => {
  const places = check(findRaw, files).map((sentence) => sentence.split(':')[0])
  expect(places).toEqual([
    'bench/pictures/draw-waveform.ts',
    ...Array.from({ length: 3 }, () => 'report/html/document.ts'),
    'report/html/source-page.ts',
  ])
})

// A hole is written @{…}: to the linter a dollar in a plain string looks like a slip.
describe('the rules find', () => {
  test.each([
    [findBareMarkup, '`<b>@{name}</b>`', 1],
    [findBareMarkup, '\'<a href="x">\'', 1],
    [findBareMarkup, '`<p>@{list.map((x) => `<i>@{x}</i>`)}</p>`', 2],
    [findBareMarkup, 'html`<b>@{name}</b>`', 0],
    [findBareMarkup, "html`<b>@{x ? '' : html`<i>a</i>`}</b>`", 0],
    [findBareMarkup, "'expected <folder> < 3'", 0],
    [findOddHoles, 'html`<b title=@{name}>`', 1],
    [findOddHoles, 'html`<@{name}>`', 1],
    [findOddHoles, "html`<b title='@{name}'>`", 1],
    [findOddHoles, 'html`<b @{name}="x">`', 1],
    [findOddHoles, 'html`<script>@{code}</script>`', 1],
    [findOddHoles, 'html`<style>@{code}</style>`', 1],
    [findOddHoles, 'html`<style>@{raw(code)}</style>`', 0],
    [findOddHoles, 'html`<b class="a @{b} @{c}" title="@{d}">@{e} > @{f}</b>@{g}`', 0],
    [findOddHoles, 'html`<td@{classOf(x)}>@{y}</td>`', 0],
    [findOddHoles, 'html` class="@{name}"`', 0],
    [findRaw, 'html`<b>@{raw(name)}</b>`', 1],
    [findSinks, 'a.innerHTML = b', 1],
    [findSinks, 'document.write(b)', 1],
    [findSinks, "new Function('x')", 1],
    [findSinks, 'a.textContent = b', 0],
  ] as const)('%o in %s: %d', (rule, text, count) => {
    expect(rule(readSource('a.ts', text.replaceAll('@', '$')))).toHaveLength(count)
  })
})

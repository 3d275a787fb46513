import { expect, test } from 'vitest'
import {
  addShares,
  type CoveragePoint,
  formatShare,
  readCounts,
  summariseFile,
} from '../../src/coverage/counts.ts'
import { renderFile, renderIndex } from '../../src/report/html/coverage.ts'

const point = (fields: Record<string, string | number>, count: number): string =>
  `C '${Object.entries(fields)
    .map(([name, value]) => `\x01${name}\x02${value}`)
    .join('')}' ${count}`

const file = (...points: readonly string[]): string => ['# SystemC::Coverage-3', ...points, ''].join('\n')

const at = (l: number, page: string, o: string, S = ''): Record<string, string | number> => ({
  f: 'rtl/m.sv',
  l,
  n: 5,
  page: `v_${page}/m`,
  o,
  ...(S === '' ? {} : { S }),
})

const first = file(
  point({ ...at(3, 'line', 'block', '3'), h: 'TOP.m' }, 10),
  point({ ...at(4, 'branch', 'if', '4-5'), h: 'TOP.m' }, 0),
  point({ ...at(4, 'branch', 'else', '7'), n: 6, h: 'TOP.m' }, 10),
  point({ ...at(2, 'toggle', 'q[0]'), h: 'TOP.m' }, 4),
  point({ ...at(2, 'toggle', 'q[1]'), h: 'TOP.m' }, 0),
  point({ ...at(2, 'toggle', 'q[2]'), h: 'TOP.m' }, 0),
)
// Another instance of the same module.
const second = file(
  point({ ...at(4, 'branch', 'if', '4-5'), h: 'TOP.top.m' }, 2),
  point({ ...at(2, 'toggle', 'q[1]'), h: 'TOP.top.m' }, 1),
)

function read(...texts: readonly string[]): readonly CoveragePoint[] {
  const into = new Map<string, Map<string, CoveragePoint>>()
  for (const text of texts) readCounts(text, into)
  return [...into.get('rtl/m.sv')!.values()]
}

test('counts lines, branches and bits of one run', () => {
  const { lines, branches, toggles } = summariseFile('rtl/m.sv', read(first))
  expect({ lines, branches, toggles }).toEqual({
    // 3 and 7 ran, 4 and 5 did not.
    lines: { covered: 2, total: 4 },
    branches: { covered: 1, total: 2 },
    toggles: { covered: 1, total: 3 },
  })
})

test('instances of a module, and runs, add up', () => {
  const { lines, branches, toggles } = summariseFile('rtl/m.sv', read(first, second))
  expect([lines.covered, branches.covered, toggles.covered]).toEqual([4, 2, 2])
  expect(read(first, first).find(({ what }) => what === 'block')?.count).toBe(20)
})

test('pages show counts, what was never taken and what never toggled', () => {
  const points = read(first)
  const summary = summariseFile('rtl/m.sv', points)
  const html = renderFile(summary, points, ['a', 'q <d>', 'c', 'd', 'e', 'f', 'g'].join('\n'))
  expect(html).toContain('q &lt;d&gt;</code>\n<span class="note">// q[2:1] never toggled')
  expect(html).toContain('<tr class="no"><td class="n">4</td><td class="n">0</td><td><code>d</code>')
  expect(html).toContain('// if never taken')
  expect(html).toContain('<tr class="yes"><td class="n">3</td><td class="n">10</td>')
  expect(renderIndex([summary])).toContain(
    '<a href="rtl_m.sv.html">rtl/m.sv</a></td><td title="2 of 4">50.0 %',
  )
})

test('shares of nothing are a dash, not a number', () => {
  expect(formatShare(addShares([]).lines)).toBe('-')
})

test('refuses another format', () => {
  expect(() => readCounts('TN:\n', new Map())).toThrow('Expected # SystemC::Coverage-3')
})

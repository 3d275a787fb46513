import { expect, test } from 'vitest'
import { mutateSource } from '../../src/mutation/mutate-source.ts'
import { type MutationSummary, summarise } from '../../src/mutation/score.ts'
import { renderCoverage } from '../../src/report/coverage.ts'
import { renderMutationPage } from '../../src/report/html/mutation.ts'
import { groupSurvivors, renderMutation } from '../../src/report/mutation.ts'

const long = 'a'.repeat(90)
const source = `module m;\n  assign y = a + b - c;\n  always_ff @(posedge k) q <= ${long};\nendmodule\n`
const [minus, plus, update] = mutateSource(source, 'rtl/m.sv').mutants
const lines = source.split('\n')
const survivorOf = (mutant: NonNullable<typeof plus>) => ({
  ...mutant,
  source: lines[mutant.line - 1]!.trim(),
  explanation: null,
})
const explanation = {
  file: 'rtl/m.sv',
  line: '',
  before: '',
  after: '',
  verdict: 'accepted',
  because: 'c is <0>',
} as const
const score = {
  module: 'rtl/m.sv',
  mutants: 3,
  killed: 1,
  survivors: [survivorOf(plus!), survivorOf(update!)],
  seconds: 1,
  noticed: [{ ...minus!, test: 't', reason: 'no', ended: true }],
  unbuildable: [minus!],
  left: 2,
}
const witnesses = [{ name: 'test/m.test.ts', killed: 1, remarks: ['opens no model of these sources'] }]
const render = (summary: MutationSummary) => renderMutation(summary).split('\n')

test('the text has scores, survivors by line, and what did not count, within 80 columns', () => {
  const text = render(summarise([score], witnesses, ['rtl/m.svh is not broken.']))
  expect(text.slice(0, 6)).toEqual([
    'rtl/m.svh is not broken.',
    'test/m.test.ts opens no model of these sources.',
    '',
    'file      mutants  noticed  survived   score',
    '────────  ───────  ───────  ────────  ──────',
    'rtl/m.sv        3        1         2  33.3 %',
  ])
  expect(text).toContain('rtl/m.sv:2')
  expect(text).toContain('    assign y = a + b - c;')
  expect(text).toContain('   20 arithmetic  a + b - c -> (a + b) + c')
  expect(text.join('\n')).toMatch(/ {2,}26 update {6}q <= a+…$/m)
  expect(text).toContain('Noticed mutants that hung or crashed, and were ended: 1.')
  expect(text).toContain('Mutants that do not compile, and count neither way: 1.')
  expect(text).toContain('Mutants that were not asked for: 2.')
  expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('explained survivors have columns of their own and no place in the list', () => {
  const own = { ...score, survivors: [{ ...score.survivors[0]!, explanation }] }
  const text = render(summarise([own, { ...own, module: 'rtl/n.sv' }]))
  expect(text[0]).toMatch(/equivalent {2}accepted {2}survived/)
  expect(text.filter((line) => line.startsWith('all'))).toHaveLength(1)
  expect(groupSurvivors([own])).toEqual([])
  expect(text.join('\n')).not.toContain('rtl/m.sv:2')
})

test('survivors of a line stand together, in the order of the line', () => {
  const [one, other] = score.survivors
  const second = { ...one!, column: 3 }
  expect(
    groupSurvivors([{ ...score, survivors: [one!, other!, second] }]).map(({ line, survivors }) => [
      line,
      survivors.map(({ column }) => column),
    ]),
  ).toEqual([
    [2, [3, 20]],
    [3, [26]],
  ])
})

test('nothing that ran has no score', () => {
  expect(render(summarise([{ ...score, mutants: 0, killed: 0, survivors: [] }]))[2]).toMatch(/-$/)
})

test('the page shows each line with what was noticed and what was not', () => {
  const own = { ...score, survivors: [...score.survivors, { ...survivorOf(minus!), explanation }] }
  const remarks = ['rtl/m.svh is not broken.']
  const page = renderMutationPage(summarise([own], witnesses, remarks), new Map([['rtl/m.sv', source]]))
  expect(page).toContain('<tr class="some"><td class="n">2</td><td class="n">1/3</td>')
  expect(page).toContain('<tr class="no"><td class="n">3</td><td class="n">0/1</td>')
  expect(page).toContain('<tr class=""><td class="n">1</td><td class="n"></td>')
  expect(page).toContain('</a></td><td>33.3 %</td><td>2</td><td>3</td><td>1</td><td>0</td><td>1</td></tr>')
  expect(page).toContain('<p>rtl/m.svh is not broken.</p>')
  expect(page).toContain('// a + b - c -&gt; (a + b) + c (survived)')
  expect(page).toContain('(accepted: c is &lt;0&gt;)')
  expect(page).toContain(
    '<td>test/m.test.ts</td><td>1</td><td class="text">opens no model of these sources</td>',
  )
  expect(page).toContain('noticed/mutants of each line; not asked for: 2; not compiled: 1')
  const noticed = renderMutationPage(
    summarise([{ ...score, survivors: [] }]),
    new Map([['rtl/m.sv', source]]),
  )
  expect(noticed).toContain('<tr class="yes"><td class="n">2</td><td class="n">1/1</td>')
  expect(noticed).not.toContain('Noticed first by')
})

test('coverage has a line for each file, and one for all of several', () => {
  const share = (covered: number, total: number) => ({ covered, total })
  const file = { file: 'rtl/m.sv', lines: share(1, 2), branches: share(0, 0), toggles: share(3, 3) }
  expect(renderCoverage([file]).split('\n')).toEqual([
    'file       lines  branches  toggles',
    '────────  ──────  ────────  ───────',
    'rtl/m.sv  50.0 %         -  100.0 %',
  ])
  expect(renderCoverage([file, file]).split('\n').at(-1)).toBe('all       50.0 %         -  100.0 %')
})

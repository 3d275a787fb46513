/** What a night says of one cause: reason, evidence, places, and the line of a tool. */
import { expect, test } from 'vitest'
import { isRedEntry } from '../../../src/regress/night.ts'
import { withLines } from '../../../src/regress/reproduce-entry.ts'
import { renderNightAnnotations, renderNightSummary } from '../../../src/report/night/github.ts'
import { renderNightJunit } from '../../../src/report/night/junit.ts'
import { renderNightPage } from '../../../src/report/night/page.ts'
import { renderNight } from '../../../src/report/night/terminal.ts'
import { viewNight } from '../../../src/report/night/view.ts'
import { fault, makeNight } from '../../regress/nights.ts'

const ERROR = 'verilator failed: rtl/requantise.sv:38:7: syntax error, unexpected end'
const broken = makeNight({
  fate: () => ({ status: 'error', fault: fault({ layer: null, kind: null, message: `${ERROR}\nsecond` }) }),
  own: { verilator: null },
})

test('RTL that does not compile is said in the title, once, and annotated at its line', () => {
  const view = viewNight(broken, null, [])
  const title = `2 entries came to no result: ${ERROR}`
  const text = renderNight(view)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`${title}.`)
  expect(text.match(/requantise/g)).toHaveLength(1)
  expect(text).toContain('\n  second\n')
  expect(renderNightSummary(view)).not.toContain('Verilator')
  expect(renderNightAnnotations(view)).toEqual([
    expect.stringMatching(
      /^::error file=rtl\/requantise\.sv,line=38,col=7,title=.*::syntax error, unexpected end$/,
    ),
  ])
  const moved = renderNightAnnotations(view, (problems) =>
    problems.map((problem) => ({ ...problem, file: 'hw/x.sv' })),
  )
  expect(moved[0]).toMatch(/^::error file=hw\/x\.sv,line=38/)
})

test('a mismatch names no file, whatever its message looks like', () => {
  const message = 'rtl/a.sv:3:1: looks like a place'
  const night = makeNight({ images: 1, fate: () => ({ status: 'differs', fault: fault({ message }) }) })
  expect(renderNightAnnotations(viewNight(night, null, []))[0]).toMatch(/^::error title=/)
})

test('a long reason stands below the title', () => {
  const message = 'x '.repeat(70).trim()
  const night = makeNight({
    images: 1,
    fate: () => ({ status: 'late', fault: fault({ kind: null, message }) }),
  })
  const text = renderNight(viewNight(night, null, []))
  expect(text).toMatch(/^1 entry ran out of time at model\.1\.\nEntry: /)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(message)
})

test('the smallest case has its evidence, how many layers are red in it, its run and its waveform', () => {
  const night = makeNight({
    images: 1,
    fate: () => ({
      status: 'differs',
      fault: fault({ message: 'first', evidence: 'truncation instead of rounding', red: 63, parts: 74 }),
    }),
  })
  const [run] = night.runs
  const waveform = `runs/${run!.id}/waves/a.fst`
  const look = { cycle: 3264, save: `runs/${run!.id}/waves/a.gtkw` }
  const view = viewNight({ ...night, runs: [{ ...run!, waveform, look }] }, null, [], 'build/regress')
  const text = renderNight(view)
  for (const line of [
    '  Truncation instead of rounding.',
    '  63 of 74 layers are red in it.',
    `  Its run: build/regress/runs/${run!.id}`,
    `  Its waveform: build/regress/${waveform}, look at 6528 ps`,
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).toContain(`  gtkwave build/regress/${look.save}\n`)
  const cycle = `gtkwave ${look.save}`
  expect(renderNightSummary(view)).toContain(`Its waveform: ${waveform}, look at 6528 ps\n\n${cycle}`)
  const page = renderNightPage(view)
  expect(page).toContain(`<a href="./${waveform}">waveform</a>, look at 6528 ps ${cycle}`)
  // A record of an older version does not say where.
  const older = { ...view, night: { ...night, runs: [{ ...run!, waveform }] } }
  expect(renderNight(older)).toContain(`  Its waveform: build/regress/${waveform}\n`)
  expect(page).toContain('first\nTruncation instead of rounding.\n63 of 74 layers are red in it.')
})

test('several that never began have no smallest case, and a reason has one full stop', () => {
  const message = 'nobody ran it: see the plan.'
  const late = makeNight({
    images: 2,
    fate: () => ({ status: 'notRun', fault: fault({ kind: null, layer: null, message }) }),
  })
  const night = { ...late, runs: late.runs.map((run) => ({ ...run, ended: 'notRun' as const })) }
  const view = viewNight(night, null, [])
  const text = renderNight(view)
  expect(text).toMatch(/^2 entries did not run: nobody ran it: see the plan\.\n {2}2 entries: all 2 images\n/)
  for (const said of [text, renderNightSummary(view), renderNightPage(view)])
    expect(said).not.toMatch(/Smallest|\*\*images/)
})

test('a design of which no run came to a result has no cycles, not 0', () => {
  const night = { ...broken, designs: broken.designs.map((design) => ({ ...design, cycles: {} })) }
  expect(renderNightPage(viewNight(night, null, []))).toMatch(/<td class="n">-<\/td>/)
})

test('what never began has no line to reproduce it', () => {
  const night = makeNight({
    images: 2,
    fate: ({ run }) => ({ status: run === 0 ? 'notRun' : 'late', fault: fault({ kind: null, layer: null }) }),
  })
  const runs = night.runs.map((run, at) => ({
    ...run,
    ended: at === 0 ? ('notRun' as const) : ('late' as const),
  }))
  const own = { ...night, runs }
  expect(own.entries.every(isRedEntry)).toBe(true)
  expect(withLines(own).entries.map(({ reproduce }) => reproduce !== undefined)).toEqual([false, true])
  const view = viewNight(own, null, [])
  for (const text of [renderNight(view), renderNightJunit(view), renderNightSummary(view)])
    expect(text.match(/npx --no-install/g)).toHaveLength(1)
})

/** Generated stimulus in every output: a red one is red in all of them, and what was not exercised is named. */
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { closingLine } from '../../src/report/conclusion.ts'
import { renderAnnotations, renderSummary } from '../../src/report/github.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { renderReport } from '../../src/result/report-file.ts'
import type { SimResult, StimulusResult } from '../../src/result/result.ts'
import { holdAgainstClosed } from '../schemas/hold-against.ts'
import { makeRun } from './broken-run.ts'

const findFaults = holdAgainstClosed('report')
const green = makeRun([])
const redLayer = { ...makeRun(['model.0']).layers[0]!, name: 'model.0 [corners]' }
const redBoxes = { ...green.boxes!, actual: 7, mismatches: 1 }

const exact: StimulusResult = {
  ...{
    choice: 'all',
    seeds: [1],
    isRed: false,
    tensors: 148,
    sets: 37,
    elements: 12345,
    cycles: 1000,
    seconds: 1,
  },
  ...{ redTensors: 0, redSets: 0, red: [], redBoxes: [] },
  rows: [
    { rule: 'rounding ties', unit: 'layers', hit: 2, of: 3, count: 9, missing: ['model.5'] },
    { rule: 'table entries', unit: 'entries', hit: 1000, of: 1024, count: 1000, missing: ['model.5'] },
    { rule: 'no candidate', unit: 'q_NMS', hit: 1, of: 1, count: 1, missing: [] },
    { rule: 'overlaps across classes', unit: 'q_NMS', hit: 0, of: 0, count: 0, missing: [] },
  ],
  notExercised: ['model.5: no sum on a rounding tie', '24 of 1024 table entries not read, in 1 layer'],
  impossible: ['q_NMS: no cross-class overlap'],
}
const red: StimulusResult = {
  ...exact,
  ...{ isRed: true, redTensors: 1, redSets: 1, red: [redLayer] },
  redBoxes: [{ name: 'model.22 [capacity +1]', boxes: redBoxes }],
}
const withExact: SimResult = { ...green, stimulus: exact }
const withRed: SimResult = { ...green, stimulus: red, verdict: 'mismatch' }
const plain = (_: string, text: string): string => text
const flat = (text: string): string => text.replace(/\s+/g, ' ')

describe('the closing line says where a proof is less than it seems', () => {
  const image: StimulusResult = { ...exact, choice: 'image', tensors: 0, sets: 0, elements: 0 }
  const idle = { ...green, boxes: { ...green.boxes!, expected: 0, actual: 0, candidates: 0 } }
  test.each([
    { what: 'a run in parts', result: green, says: / Not counted: what the image exercised\.$/ },
    {
      what: 'an image without candidates, alone',
      result: { ...idle, stimulus: image },
      says: / Vacuous for q_NMS: no candidate reached it\.$/,
    },
    { what: 'the same, in parts', result: idle, says: /Not counted: .* Vacuous for q_NMS/ },
  ])('$what', ({ result, says }) => expect(closingLine(result)).toMatch(says))

  test('and says nothing of it where stimulus ran', () => {
    expect(closingLine({ ...idle, stimulus: exact })).not.toMatch(/Not counted|Vacuous/)
    expect(closingLine({ ...green, stimulus: image })).not.toMatch(/Not counted|Vacuous/)
  })
})

describe('exact', () => {
  const text = flat(renderSimResult(withExact, plain))

  test('the terminal says what ran and names what was not exercised', () => {
    expect(text).toContain('148 tensors (12,345 elements) and 37 sets of logits: all exact.')
    expect(text).toContain(
      'Exercised: 1 of 3 rules of the arithmetic wherever they matter, 1,000 of 1,024 table',
    )
    expect(text).toContain('Not exercised: model.5: no sum on a rounding tie; 24 of 1024')
    expect(closingLine(withExact)).toMatch(/^Proved: on this image and on generated stimulus the RTL/)
  })

  test('a run of the image alone claims no more than that', () => {
    const alone = { ...green, stimulus: { ...exact, choice: 'image' as const, tensors: 0, sets: 0 } }
    expect(closingLine(alone)).toMatch(/^Proved: on this image the RTL/)
    expect(flat(renderSimResult(alone, plain))).toContain('Stimulus: none but the image.')
  })

  test('report.json is as its schema says, JUnit has a case, the page a table', () => {
    expect(findFaults(JSON.parse(renderReport(withExact)))).toEqual([])
    expect(renderJunit(withExact)).toContain('generated stimulus')
    const page = renderPage(withExact)
    expect(page).toContain('What was exercised')
    expect(page).toContain('cannot happen')
  })
})

describe('red', () => {
  test('the terminal, and no sentence that says proved', () => {
    const text = flat(renderSimResult(withRed, plain))
    expect(text).toContain('1 tensor and 1 set differ')
    expect(text).toContain('model.0 [corners] c0')
    expect(text).toContain('model.22 [capacity +1]:')
    expect(text).toContain('Not proved: exact on this image, but not on generated stimulus.')
    expect(text).not.toMatch(/Proved:/)
  })

  test('JUnit fails in as many cases', () => {
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(renderJunit(withRed))
    expect(parsed.testsuites['@_failures']).toBe('2')
    const names = parsed.testsuites.testsuite.testcase
      .filter((one: Record<string, unknown>) => one.failure !== undefined)
      .map((one: Record<string, unknown>) => one['@_name'])
    expect(names).toEqual(['model.0 [corners]', 'model.22 [capacity +1]'])
  })

  test('annotations, summary, page and schema', () => {
    expect(renderAnnotations(withRed)).toHaveLength(2)
    expect(renderSummary(withRed)).toContain('capacity +1')
    expect(renderPage(withRed)).toContain('model.0 [corners]')
    expect(findFaults(JSON.parse(renderReport(withRed)))).toEqual([])
  })
})

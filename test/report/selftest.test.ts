/** The table of the self-test, whole: a fault that stayed green is red in it. */
import { expect, test } from 'vitest'
import { renderSelftest } from '../../src/report/selftest.ts'

test('each fault has its line: what was flipped, where it had to go red, where it did', () => {
  const flips = [
    { kind: 'golden', what: 'bit 3', expected: 'model.0', found: 'model.0', caught: true },
    { kind: 'rom word', what: 'weights[812].130', expected: 'model.1 only', found: 'nowhere', caught: false },
  ] as const
  const result = {
    ...{ model: 'm.pt', image: 'i.png', array: '16x16x4', seed: 7, seconds: 1.5, skipped: [] },
    ...{ flips, verdict: 'something stayed green' as const },
  }
  expect(
    renderSelftest(result, (style, text) => `${style}<${text}>`)
      .split('\n')
      .slice(0, 5),
  ).toEqual([
    'flipped                   must go red   went red',
    '────────────────────────  ────────────  ────────',
    'golden bit 3              model.0       model.0',
    'red<rom word wei…ts[812].130  model.1 only  nowhere>',
    '',
  ])
})

test('what was planted in the RTL has a table with the causes, and a wrong cause is told', () => {
  const planted = { kind: 'rtl', expected: 'boxes', found: 'boxes' } as const
  const flips = [
    { ...planted, what: 'no score table', cause: 'score-code', named: 'score-code', caught: true },
    { ...planted, what: 'no suppression', cause: 'none-suppressed', named: 'iou+1', caught: false },
  ]
  const result = {
    ...{ model: 'm.pt', image: 'i.png', array: '16x16x4', seed: 7, seconds: 1.5, skipped: [] },
    ...{ flips, verdict: 'something stayed green' as const },
  }
  expect(renderSelftest(result, (style, text) => `${style}<${text}>`).split('\n')).toEqual([
    'flipped  must go red  went red',
    '───────  ───────────  ────────',
    '',
    'planted         must go red  went red  cause',
    '──────────────  ───────────  ────────  ──────────',
    'no score table  boxes        boxes     score-code',
    'red<no suppression  boxes        boxes     iou+1>',
    '',
    'red<rtl no suppression: expected red at boxes, found boxes, with iou+1 in place of>',
    'red<none-suppressed as the cause>',
    'bold<1 of 2 checks failed: do not trust a green diff until this is fixed (m.pt, array>',
    'bold<16x16x4, seed 7, 1.50 s).>',
  ])
})

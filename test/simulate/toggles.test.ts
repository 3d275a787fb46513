import { expect, test } from 'vitest'
import { subtractToggles } from '../../src/simulate/toggles.ts'

const point = (page: string, what: string, count: number) =>
  `C '\x01f\x02m.sv\x01l\x023\x01page\x02v_${page}/m\x01o\x02${what}\x01h\x02TOP.m' ${count}`
const file = (...points: readonly string[]) => ['# SystemC::Coverage-3', ...points, ''].join('\n')

test('only toggles begin later: each by its own count', () => {
  const text = file(
    point('line', 'block', 9),
    point('branch', 'if', 4),
    point('toggle', 'q[0]', 5),
    point('toggle', 'q[1]', 2),
  )
  const begin = file(
    point('line', 'block', 3),
    point('branch', 'if', 1),
    point('toggle', 'q[0]', 1),
    point('toggle', 'q[1]', 2),
  )
  expect(subtractToggles(text, begin)).toBe(
    file(
      point('line', 'block', 9),
      point('branch', 'if', 4),
      point('toggle', 'q[0]', 4),
      point('toggle', 'q[1]', 0),
    ),
  )
  expect(subtractToggles(text, file())).toBe(text)
})

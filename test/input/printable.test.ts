/** Text of other people's files, as a terminal, a page and a runner of workflows may show it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeVisible, mapTexts, printable, printableLines } from '../../src/input/printable.ts'

test.each([
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['\0\u007f\u009b', '\\u{0}\\u{7f}\\u{9b}'],
  ['\u202eexact\u202c \u2066\u200f\u061c', '\\u{202e}exact\\u{202c} \\u{2066}\\u{200f}\\u{61c}'],
  ['\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['\ud800 \ufffe \u{1ffff}', '\\u{d800} \\u{fffe} \\u{1ffff}'],
  ['a\r\nb\rc\n\td', 'a\nb\nc\n\td'],
  ['é 漢 א 😀 👩‍🚀 \\u{1b}', 'é 漢 א 😀 👩‍🚀 \\u{1b}'],
])('%j is seen as %j', (text, seen) => expect(makeVisible(text)).toBe(seen))

describe('on one line', () => {
  test.each([
    ['a\r\n\tb', 'a b'],
    ['::error::x', ': :error::x'],
    ['a\n::error b', 'a : :error b'],
    ['a::b', 'a::b'],
    ['x##[error]', 'x# # [error]'],
  ])('%j is seen as %j', (text, seen) => expect(printable(text)).toBe(seen))

  test('lines stay lines, and none is a command', () =>
    expect(printableLines('a\r\n::error::b\nc\u0007')).toBe('a\n: :error::b\nc\\u{7}'))
})

test('nothing that is seen is hidden, and seeing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const seen = makeVisible(text)
      expect(seen).not.toMatch(/(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_C}]/u)
      expect(makeVisible(seen)).toBe(seen)
      const line = printable(text)
      expect(line).not.toMatch(/[\n\t]|^::|##\[/)
      expect(printable(line)).toBe(line)
    }),
  )
})

test('every text of plain data is another, and nothing else', () => {
  const data = { a: 'x', b: [1, null, { c: 'y', d: true, e: ['z'] }], f: undefined }
  expect(mapTexts(data, (text) => `${text}!`)).toEqual({
    'a!': 'x!',
    'b!': [1, null, { 'c!': 'y!', 'd!': true, 'e!': ['z!'] }],
    'f!': undefined,
  })
  const named = mapTexts(JSON.parse('{"__proto__":"x"}') as object, (text) => text.toLowerCase())
  expect(Object.entries(named)).toEqual([['__proto__', 'x']])
})

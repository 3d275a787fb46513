/** Figures as every output writes them, and lines that no name can break. */
import { describe, expect, test } from 'vitest'
import { printable } from '../../src/input/printable.ts'
import { formatCount, formatSeconds, formatSi, renderTable, wrap } from '../../src/report/table.ts'

describe('figures', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('a count of %d: %s', (value, text) => expect(formatCount(value)).toBe(text))

  test.each([
    [0, '0'],
    [7.4, '7'],
    [999, '999'],
    [999.4, '999'],
    [999.5, '1.00 k'],
    [1000, '1.00 k'],
    [9994, '9.99 k'],
    [9995, '10.0 k'],
    [12345, '12.3 k'],
    [99949, '99.9 k'],
    [99950, '100 k'],
    [999499, '999 k'],
    [999500, '1.00 M'],
    [4.35e9, '4.35 G'],
    [2.5e12, '2.50 T'],
    [1.5e16, '15000 T'],
  ])('%d has three digits and a unit: %s', (value, text) => expect(formatSi(value)).toBe(text))

  test.each([
    [0, '0 ms'],
    [0.0126, '13 ms'],
    [0.9994, '999 ms'],
    [0.9995, '1.00 s'],
    [9.994, '9.99 s'],
    [9.995, '10.0 s'],
    [59.94, '59.9 s'],
    [59.95, '1 min 0 s'],
    [59.99, '1 min 0 s'],
    [119.6, '2 min 0 s'],
    [125, '2 min 5 s'],
    [3600, '60 min 0 s'],
  ])('%d s: %s', (value, text) => expect(formatSeconds(value)).toBe(text))
})

describe('a table', () => {
  interface Row {
    readonly name: string
    readonly value: number
  }
  const rows: readonly Row[] = [
    { name: 'a', value: 5 },
    { name: 'a long name of ten', value: 1000 },
  ]

  test('is as wide as its content; names to the left and cut in the middle, numbers to the right', () => {
    const lines = renderTable<Row>(
      [
        { title: 'name', align: 'left', value: ({ name }) => name, maxWidth: 10 },
        { title: 'n', align: 'right', value: ({ value }) => String(value) },
        { title: '', align: 'left', value: ({ value }) => (value === 5 ? 'x' : '') },
      ],
      rows,
      (line, { value }) => `${value}: ${line}`,
    )
    expect(lines).toEqual([
      'name           n',
      '──────────  ────  ─',
      '5: a              5  x',
      '1000: a lon… ten  1000',
    ])
  })

  test('without rows is its head', () => {
    expect(renderTable<Row>([{ title: 'name', align: 'left', value: ({ name }) => name }], [])).toEqual([
      'name',
      '────',
    ])
  })

  test('a text as long as its column is whole', () => {
    const column = (maxWidth: number) => ({
      title: '',
      align: 'left' as const,
      value: (text: string) => text,
      maxWidth,
    })
    expect(renderTable([column(5)], ['abcde'])[2]).toBe('abcde')
    expect(renderTable([column(4)], ['abcde'])[2]).toBe('ab…e')
    expect(renderTable([column(5)], ['abcdefgh'])[2]).toBe('ab…gh')
  })
})

describe('what a terminal would obey', () => {
  test.each([
    ['a\tb\r\nc', 'a b c'],
    ['a\u001b[31mb\u0000', 'a\\u{1b}[31mb\\u{0}'],
    ['::error::x', ': :error::x'],
    ['a ::error b', 'a : :error b'],
    ['a::b', 'a::b'],
    ['a\u202eb\u2028c\ud800\ufffe', 'a\\u{202e}b\\u{2028}c\\u{d800}\\u{fffe}'],
    ['é 😀 👩‍🚀 \u05d0', 'é 😀 👩‍🚀 \u05d0'],
    ['##[group]x##[error]', '# # [group]x# # [error]'],
  ])('%j is shown as %j', (text, shown) => expect(printable(text)).toBe(shown))

  test('lines break at spaces, to the column; a longer word stays whole', () => {
    expect(wrap('aaa bbb ccc', 7)).toEqual(['aaa bbb', 'ccc'])
    expect(wrap('aaa bbb ccc', 6)).toEqual(['aaa', 'bbb', 'ccc'])
    expect(wrap('a bbbbbbbbbb c', 4)).toEqual(['a', 'bbbbbbbbbb', 'c'])
    expect(wrap(`${'x'.repeat(79)} y`)).toEqual(['x'.repeat(79), 'y'])
    expect(wrap(`${'x'.repeat(78)} y`)).toEqual([`${'x'.repeat(78)} y`])
    expect(wrap('')).toEqual([''])
  })
})

import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { parseStrictJson } from '../../src/input/strict-json.ts'

describe('strict JSON', () => {
  test('what JSON.parse reads, it reads', () => {
    const text = '{"a\\"b": [1, {"a": "x:\\"{", "b": null}, "a\\\\"], "c" : {"a": {}}, "": "]"}'
    expect(parseStrictJson(text, 'x')).toEqual(JSON.parse(text))
  })

  test('values are made of others on the way, inside out', () => {
    const revive = (key: string, value: unknown): unknown => (key === 'a' ? `${String(value)}!` : value)
    expect(parseStrictJson('{"a": 1, "b": {"a": 2}}', 'x', '', revive)).toEqual({ a: '1!', b: { a: '2!' } })
  })

  test('a byte order mark is passed over', () => {
    expect(parseStrictJson('\uFEFF{"a": 1}', 'x')).toEqual({ a: 1 })
  })

  test.each([
    { text: '{"a": 1,\n "b": 2,\n "a": 3}', says: /x: "a" is given twice, in lines 1 and 3\./ },
    { text: '[{"a": {"b": 1, "\\u0062": 2}}]', says: /"b" is given twice/ },
    { text: '{"a": [{"a": 1}], "a": 2}', says: /"a" is given twice/ },
    { text: '{"a": 1,}', says: /is not JSON/ },
    { text: `${'['.repeat(101)}${']'.repeat(101)}`, says: /nests deeper than 100/ },
    { text: `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`, says: /nests deeper than 100/ },
  ])('refuses %#', ({ text, says }) => {
    expect(() => parseStrictJson(text, 'x')).toThrow(InputError)
    expect(() => parseStrictJson(text, 'x')).toThrow(says)
  })

  test('a million keys, each on its line, in linear time', () => {
    const time = (count: number): number => {
      const text = `{${Array.from({ length: count }, (_, i) => `"key ${i}":${i}`).join(',\n')}}`
      const begin = process.cpuUsage()
      expect(Object.keys(parseStrictJson(text, 'x') as object)).toHaveLength(count)
      const { user, system } = process.cpuUsage(begin)
      return user + system
    }
    time(10_000)
    // Quadratic, it would be 400: 48 s for 30 000 keys, once.
    expect(time(1_000_000) / time(50_000)).toBeLessThan(100)
  })

  test('one text of thirty million characters, and as many quotes', () => {
    expect(parseStrictJson(`"${'x'.repeat(30_000_000)}"`, 'x')).toHaveLength(30_000_000)
    expect(parseStrictJson(`["${'\\"'.repeat(10_000_000)}"]`, 'x')).toHaveLength(1)
  })
})

test('what is no JSON is said in one line, whatever the text holds', () => {
  expect(() => parseStrictJson('hello\n\nworld', 'a.txt')).toThrow(
    /^a\.txt: is not JSON: .*Correct it and run again\.$/,
  )
})

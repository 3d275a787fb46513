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

describe('the place of a fault', () => {
  test.each([
    { text: '{\n  "a": 1,\n  "b": x\n}', at: 'line 3, column 8' },
    { text: '{\n  "a": 1,\n}', at: 'line 3, column 1' },
    { text: '{"a": 1 "b": 2}', at: 'line 1, column 9' },
    { text: '\uFEFF{"a" 1}', at: 'line 1, column 6' },
    { text: '[1, 2\n', at: 'line 2, column 1' },
    { text: '[1,]', at: 'line 1, column 4' },
    { text: '[01]', at: 'line 1, column 3' },
    { text: '["a\tb"]', at: 'line 1, column 2' },
    { text: '["\\x"]', at: 'line 1, column 2' },
    { text: '{} {}', at: 'line 1, column 4' },
    { text: '[1}', at: 'line 1, column 3' },
    { text: '', at: 'line 1, column 1' },
  ])('of $text', ({ text, at }) => {
    expect(() => parseStrictJson(text, 'x')).toThrow(new RegExp(`is not JSON: .*, in ${at}\\. `))
    expect(() => parseStrictJson(text, 'x')).not.toThrow(/position/)
  })

  test("is the engine's where that says one, or the token that holds it", () => {
    const whole = JSON.stringify({ a: [1, -2.5e3, true, null], 'b "c"': { d: 'x', e: [] }, f: {} }, null, 1)
    let compared = 0
    const wrong: string[] = []
    for (let at = 0; at < whole.length; at++)
      for (const other of ['', ',', '"', '}', ']', ':', '7', 'x', '\\', '\n']) {
        const text = whole.slice(0, at) + other + whole.slice(at + 1)
        const said = placeOf(text)
        if (said === null) continue
        const engine = /position (\d+)/.exec((said.cause as Error).message)?.[1]
        if (engine === undefined) continue
        compared++
        const line = text.split('\n').slice(0, said.line - 1)
        const own = line.reduce((sum, { length }) => sum + length + 1, 0) + said.column - 1
        const isToken = own < Number(engine) && /^["\w-]/.test(text.slice(own))
        if (own !== Number(engine) && !isToken) wrong.push(text)
      }
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(200)
  })

  test('in a text that is cut short after thirty million characters', () => {
    expect(() => parseStrictJson(`["${'x'.repeat(30_000_000)}`, 'x')).toThrow('in line 1, column 2')
  })
})

/** What is said of a text; null for one that is JSON. */
function placeOf(text: string) {
  try {
    parseStrictJson(text, 'x')
    return null
  } catch (error) {
    const place = /in line (\d+), column (\d+)/.exec((error as Error).message)
    if (place === null) return null
    return { cause: (error as Error).cause, line: Number(place[1]), column: Number(place[2]) }
  }
}

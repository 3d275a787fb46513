import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { toPlain } from '../../src/input/plain-value.ts'

test('plain data is copied, and no property is read twice', () => {
  let reads = 0
  const value = {
    text: 'a',
    list: [1, null, undefined, true, { deep: [-0.5] }],
    get once() {
      reads++
      return { a: 1 }
    },
  }
  const copy = toPlain(value, 'plan.ts') as typeof value
  expect(copy).toEqual({ text: 'a', list: [1, null, undefined, true, { deep: [-0.5] }], once: { a: 1 } })
  expect(copy.list).not.toBe(value.list)
  expect([copy.once, copy.once, reads]).toEqual([{ a: 1 }, { a: 1 }, 1])
  copy.text = 'b'
  expect([copy.text, value.text]).toEqual(['b', 'a'])
  expect(Object.keys(copy)).toEqual(['text', 'list', 'once'])
})

test('own names alone count, and each is one', () => {
  class Plan {
    readonly own = 1
    inherited(): number {
      return 2
    }
  }
  expect(toPlain(new Plan(), 'plan.ts')).toEqual({ own: 1 })
  const copy = toPlain(JSON.parse('{"__proto__": {"a": 1}, "toString": 8}'), 'plan.ts') as object
  expect(Object.entries(copy)).toEqual([
    ['__proto__', { a: 1 }],
    ['toString', 8],
  ])
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
})

describe('what a file could not hold is refused by its place', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  test.each<[unknown, string]>([
    [8n, 'got a bigint'],
    [() => 1, 'got a function'],
    [Symbol('a'), 'got a symbol'],
    [new Map(), 'got a Map'],
    [new Set(), 'got a Set'],
    [new Uint8Array(1), 'got a Uint8Array'],
    [loop, 'got an object of endless depth'],
  ])('%#', (wrong, message) => {
    const read = () => toPlain({ matrix: { bits: [1, wrong] } }, 'plan.ts')
    expect(read).toThrow(InputError)
    expect(read).toThrow(/^plan\.ts: matrix\.bits\[1\]/)
    expect(read).toThrow(message)
  })
})

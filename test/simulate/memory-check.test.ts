/** What the tap showed against what the memory holds: worked by hand on four banks' worth of words. */
import { describe, expect, test } from 'vitest'
import { checkMemory } from '../../src/simulate/memory-check.ts'
import type { MemoryCheck, ModelVariable, PackedBeats } from '../../src/simulate/types.ts'

const port = (name: string, width: number) => ({
  name: `tap_${name}_o`,
  direction: 'output' as const,
  width,
  signed: false,
  elements: null,
})
/** Two bytes of writer, four of address, and a word of five bytes: four that are compared at once, and one. */
const fields = [
  { name: 'pc', port: port('pc', 16) },
  { name: 'addr', port: port('addr', 32) },
  { name: 'data', port: port('data', 36) },
]
const streamOf = (own = fields) => ({
  ports: { name: 'tap', direction: 'output' as const, valid: 'tap_valid_o', ready: null, fields: own },
})

const check: MemoryCheck = {
  stream: 'tap',
  writer: 'pc',
  address: 'addr',
  data: 'data',
  banks: ['bank[0]', 'bank[1]'],
  variable: 'mem',
}

interface Write {
  readonly pc: number
  readonly addr: number
  readonly data: readonly number[]
}

function pack(writes: readonly Write[]): PackedBeats {
  const bytes = writes.flatMap(({ pc, addr, data }) => [
    ...[pc & 255, pc >> 8],
    ...[addr & 255, (addr >> 8) & 255, (addr >> 16) & 255, addr >>> 24],
    ...data,
  ])
  // As a view into a larger buffer, which is how beats arrive.
  const held = Uint8Array.from([9, 9, 9, ...bytes])
  return { data: held.subarray(3), cycles: Float64Array.from(writes, (_, index) => index) }
}

/** Two banks of three words, each in an entry of eight bytes: address a is word a / 2 of bank a mod 2. */
function memory(words: Readonly<Record<number, readonly number[]>>) {
  const banks = [0, 1].map(() => new Uint8Array(2 + 3 * 8))
  for (const [address, data] of Object.entries(words))
    banks[Number(address) % 2]!.set(data, 2 + Math.floor(Number(address) / 2) * 8)
  return (scope: string, name: string): ModelVariable | null => {
    const bank = ['bank[0]', 'bank[1]'].indexOf(scope)
    return bank < 0 || name !== 'mem' ? null : { bytes: banks[bank]!.subarray(2), entryBytes: 8 }
  }
}

const run = (writes: readonly Write[], words: Readonly<Record<number, readonly number[]>>) =>
  checkMemory(check, streamOf(), pack(writes), memory(words))

const [A, B, C] = [
  [1, 2, 3, 4, 5],
  [6, 7, 8, 9, 10],
  [255, 254, 253, 252, 15],
]

describe('the memory holds', () => {
  test('every word that was written, each in its bank', () => {
    const writes = [
      { pc: 1, addr: 0, data: A! },
      { pc: 1, addr: 1, data: B! },
      { pc: 2, addr: 5, data: C! },
    ]
    expect(run(writes, { 0: A!, 1: B!, 5: C! })).toEqual({ checked: 3, lost: new Map() })
  })

  test('the last of two words of one address: the first is not asked for', () => {
    const writes = [
      { pc: 1, addr: 3, data: A! },
      { pc: 2, addr: 3, data: B! },
    ]
    expect(run(writes, { 3: B! })).toEqual({ checked: 1, lost: new Map() })
    expect(run(writes, { 3: A! })).toEqual({ checked: 1, lost: new Map([[2, 1]]) })
  })

  test('nothing that anybody wrote', () => {
    expect(run([], { 0: A! })).toEqual({ checked: 0, lost: new Map() })
  })
})

describe('a word is lost', () => {
  test.each([0, 1, 2, 3, 4])('where its byte %i is another', (byte) => {
    const other = A!.with(byte, A![byte]! ^ 1)
    expect(run([{ pc: 7, addr: 2, data: A! }], { 2: other })).toEqual({ checked: 1, lost: new Map([[7, 1]]) })
  })

  test('where it is in the other bank, or in the next row', () => {
    const lost = { checked: 1, lost: new Map([[7, 1]]) }
    expect(run([{ pc: 7, addr: 2, data: A! }], { 3: A! })).toEqual(lost)
    expect(run([{ pc: 7, addr: 2, data: A! }], { 4: A! })).toEqual(lost)
  })

  test('where the memory has no such address', () => {
    expect(run([{ pc: 7, addr: 6, data: A! }], { 0: A! })).toEqual({ checked: 1, lost: new Map([[7, 1]]) })
    expect(run([{ pc: 7, addr: 2 ** 32 - 1, data: [0, 0, 0, 0, 0] }], {})!.lost).toEqual(new Map([[7, 1]]))
  })

  test('and counts for the instruction that wrote it, of two bytes', () => {
    const writes = [
      { pc: 300, addr: 0, data: A! },
      { pc: 300, addr: 1, data: A! },
      { pc: 44, addr: 2, data: A! },
      { pc: 44, addr: 3, data: A! },
    ]
    expect(run(writes, { 3: A! })).toEqual({
      checked: 4,
      lost: new Map([
        [44, 1],
        [300, 2],
      ]),
    })
  })
})

describe('fields of other sizes', () => {
  test('an address of three bytes, and a word of less than four', () => {
    const own = [
      fields[0]!,
      { name: 'addr', port: port('addr', 20) },
      { name: 'data', port: port('data', 12) },
    ]
    const data = Uint8Array.from([5, 0, 1, 0, 0, 0xbc, 0x0a, 6, 0, 2, 0, 0, 0x34, 0x02])
    const beats = { data, cycles: Float64Array.of(0, 1) }
    const found = checkMemory(check, streamOf(own), beats, memory({ 1: [0xbc, 0x0a], 2: [0x34, 0x03] }))
    expect(found).toEqual({ checked: 2, lost: new Map([[6, 1]]) })
  })

  test('a word that fills the last entry to its end', () => {
    const full = [{ ...fields[0]! }, fields[1]!, { name: 'data', port: port('data', 64) }]
    const [word, other] = [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 6, 7, 9],
    ]
    const writes = pack([{ pc: 3, addr: 5, data: word! }])
    const find = (held: readonly number[]) => checkMemory(check, streamOf(full), writes, memory({ 5: held }))
    expect(find(word!)).toEqual({ checked: 1, lost: new Map() })
    expect(find(other!)).toEqual({ checked: 1, lost: new Map([[3, 1]]) })
  })
})

test('a model that lacks one of the banks says nothing: null, not green', () => {
  const writes = pack([{ pc: 1, addr: 0, data: A! }])
  const third = { ...check, banks: [...check.banks, 'bank[2]'] }
  expect(checkMemory(third, streamOf(), writes, memory({ 0: A! }))).toBeNull()
  expect(checkMemory({ ...check, variable: 'words' }, streamOf(), writes, memory({ 0: A! }))).toBeNull()
})

test('a stream without one of the fields is a fault of the program', () => {
  const writes = pack([{ pc: 1, addr: 0, data: A! }])
  expect(() => checkMemory({ ...check, writer: 'who' }, streamOf(), writes, memory({}))).toThrow(
    'Expected a field who of stream tap',
  )
})

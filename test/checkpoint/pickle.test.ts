import { describe, expect, test } from 'vitest'
import { readPickle } from '../../src/checkpoint/pickle.ts'
import type { PickleValue } from '../../src/checkpoint/pickle-value.ts'
import { InputError } from '../../src/input/input-error.ts'

const read = (codes: readonly number[], fileBytes = 0): PickleValue =>
  readPickle({
    bytes: Uint8Array.from(codes),
    where: 'x.pt:data.pkl',
    fileName: 'x.pt',
    fileBytes,
    loadPersistent: (id, where) => [id, where],
  })

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')]
const map = (...pairs: readonly [PickleValue, PickleValue][]) => new Map<PickleValue, PickleValue>(pairs)
const [none, one, two, three] = [[0x4e], [0x4b, 1], [0x4b, 2], [0x4b, 3]] as const

/** What CPython's `pickletools` says of each opcode. */
const opcodes: readonly { name: string; codes: readonly number[]; value: PickleValue }[] = [
  { name: 'PROTO 5', codes: [0x80, 5, ...one], value: 1 },
  { name: 'FRAME', codes: [0x95, 9, 0, 0, 0, 0, 0, 0, 0, ...one], value: 1 },
  { name: 'POP', codes: [...one, ...two, 0x30], value: 1 },
  { name: 'POP of a mark', codes: [...one, 0x28, 0x30], value: 1 },
  { name: 'POP_MARK', codes: [...one, 0x28, ...two, ...three, 0x31], value: 1 },
  { name: 'DUP', codes: [...one, 0x32, 0x86], value: [1, 1] },
  { name: 'NONE', codes: none, value: null },
  { name: 'NEWTRUE', codes: [0x88], value: true },
  { name: 'NEWFALSE', codes: [0x89], value: false },
  { name: 'BININT', codes: [0x4a, 0xfe, 0xff, 0xff, 0xff], value: -2 },
  { name: 'BININT1', codes: [0x4b, 255], value: 255 },
  { name: 'BININT2', codes: [0x4d, 1, 255], value: 65281 },
  { name: 'LONG1', codes: [0x8a, 2, 0, 255], value: -256 },
  { name: 'LONG1 of no byte', codes: [0x8a, 0], value: 0 },
  { name: 'LONG1 of 2^53 - 1', codes: [0x8a, 7, 255, 255, 255, 255, 255, 255, 31], value: 2 ** 53 - 1 },
  { name: 'LONG1 of 2^53', codes: [0x8a, 7, 0, 0, 0, 0, 0, 0, 32], value: 2n ** 53n },
  { name: 'LONG4', codes: [0x8b, 3, 0, 0, 0, 1, 2, 3], value: 0x030201 },
  {
    name: 'LONG4 of 256 bytes',
    codes: [0x8b, 0, 1, 0, 0, ...new Array<number>(255).fill(0), 1],
    value: 256n ** 255n,
  },
  { name: 'BINFLOAT', codes: [0x47, 0xc0, 4, 0, 0, 0, 0, 0, 0], value: -2.5 },
  { name: 'BINUNICODE', codes: [0x58, 3, 0, 0, 0, 0x61, 0xc3, 0xa4], value: 'aä' },
  { name: 'SHORT_BINUNICODE', codes: [0x8c, 2, 0xc3, 0xa4], value: 'ä' },
  { name: 'BINUNICODE8', codes: [0x8d, 1, 0, 0, 0, 0, 0, 0, 0, 0x61], value: 'a' },
  { name: 'BINSTRING', codes: [0x54, 1, 0, 0, 0, 0x80], value: '\x80' },
  { name: 'SHORT_BINSTRING', codes: [0x55, 1, 0xe4], value: 'ä' },
  { name: 'BINBYTES', codes: [0x42, 2, 0, 0, 0, 7, 8], value: Uint8Array.of(7, 8) },
  { name: 'SHORT_BINBYTES', codes: [0x43, 1, 7], value: Uint8Array.of(7) },
  { name: 'BINBYTES8', codes: [0x8e, 1, 0, 0, 0, 0, 0, 0, 0, 7], value: Uint8Array.of(7) },
  { name: 'BYTEARRAY8', codes: [0x96, 1, 0, 0, 0, 0, 0, 0, 0, 7], value: Uint8Array.of(7) },
  { name: 'EMPTY_TUPLE', codes: [0x29], value: [] },
  { name: 'EMPTY_LIST', codes: [0x5d], value: [] },
  { name: 'TUPLE1', codes: [...one, 0x85], value: [1] },
  { name: 'TUPLE2', codes: [...one, ...two, 0x86], value: [1, 2] },
  { name: 'TUPLE3', codes: [...one, ...two, ...three, 0x87], value: [1, 2, 3] },
  { name: 'TUPLE', codes: [0x28, ...one, ...two, 0x74], value: [1, 2] },
  { name: 'LIST', codes: [0x28, ...one, ...two, 0x6c], value: [1, 2] },
  { name: 'EMPTY_DICT', codes: [0x7d], value: map() },
  { name: 'EMPTY_SET', codes: [0x8f], value: new Set() },
  { name: 'FROZENSET', codes: [0x28, ...one, ...two, 0x91], value: new Set([1, 2]) },
  { name: 'ADDITEMS', codes: [0x8f, 0x28, ...one, ...two, 0x90], value: new Set([1, 2]) },
  { name: 'APPEND', codes: [0x5d, ...one, 0x61], value: [1] },
  { name: 'APPENDS', codes: [0x5d, 0x28, ...one, ...two, 0x65], value: [1, 2] },
  { name: 'SETITEM', codes: [0x7d, ...one, ...two, 0x73], value: map([1, 2]) },
  {
    name: 'SETITEMS',
    codes: [0x7d, 0x28, ...one, ...two, ...three, ...none, 0x75],
    value: map([1, 2], [3, null]),
  },
  { name: 'DICT', codes: [0x28, ...one, ...two, 0x64], value: map([1, 2]) },
  { name: 'BINPUT, BINGET', codes: [...one, 0x71, 7, 0x68, 7, 0x86], value: [1, 1] },
  {
    name: 'LONG_BINPUT, LONG_BINGET',
    codes: [...one, 0x72, 0, 4, 0, 0, 0x6a, 0, 4, 0, 0, 0x86],
    value: [1, 1],
  },
  { name: 'MEMOIZE', codes: [...one, 0x94, ...two, 0x94, 0x68, 0, 0x87], value: [1, 2, 1] },
  { name: 'GLOBAL', codes: [0x63, ...ascii('torch\nSize\n')], value: { kind: 'global', path: 'torch.Size' } },
  {
    name: 'STACK_GLOBAL',
    codes: [0x8c, 5, ...ascii('torch'), 0x8c, 4, ...ascii('Size'), 0x93],
    value: { kind: 'global', path: 'torch.Size' },
  },
  { name: 'BINPERSID', codes: [...one, 0x51], value: [1, 'x.pt:data.pkl byte 2'] },
  { name: 'REDUCE', codes: [0x63, ...ascii('torch\nSize\n'), ...one, 0x85, 0x85, 0x52], value: [1] },
  {
    name: 'NEWOBJ',
    codes: [0x63, ...ascii('torch\ndevice\n'), ...one, 0x85, 0x81],
    value: { kind: 'object', className: 'torch.device', args: [1], state: null },
  },
  {
    name: 'NEWOBJ_EX',
    codes: [0x63, ...ascii('torch\ndevice\n'), ...one, 0x85, 0x7d, 0x92],
    value: { kind: 'object', className: 'torch.device', args: [1], state: null },
  },
  {
    name: 'BUILD',
    codes: [0x63, ...ascii('torch\ndevice\n'), 0x29, 0x81, ...two, 0x62],
    value: { kind: 'object', className: 'torch.device', args: [], state: 2 },
  },
  { name: 'BUILD of a dict, which stays what it is', codes: [0x7d, ...two, 0x62], value: map() },
]

test.each(opcodes)('$name', ({ codes, value }) => {
  expect(read([...codes, 0x2e])).toEqual(value)
})

describe('readPickle refuses', () => {
  test.each([
    { what: 'protocol 6', codes: [0x80, 6, ...none], message: 'expected pickle protocol 2 to 5' },
    {
      what: 'SETITEM of a list',
      codes: [0x5d, ...one, ...two, 0x73],
      message: 'sets items of a sequence of 0',
    },
    {
      what: 'SETITEMS of a key alone',
      codes: [0x7d, 0x28, ...one, 0x75],
      message: 'sets items of a dict of 0',
    },
    { what: 'APPEND to a dict', codes: [0x7d, ...one, 0x61], message: 'appends to a dict of 0' },
    { what: 'ADDITEMS to a list', codes: [0x5d, 0x28, ...one, 0x90], message: 'adds to a sequence of 0' },
    { what: 'BUILD of a number', codes: [...one, ...two, 0x62], message: 'sets the state of 1' },
    {
      what: 'a call with no tuple',
      codes: [0x63, ...ascii('torch\nSize\n'), ...one, 0x52],
      message: 'calls torch.Size with 1',
    },
    {
      what: 'a global of one number',
      codes: [...one, 0x8c, 1, 0x61, 0x93],
      message: 'a global needs two names',
    },
    { what: 'a name of a number', codes: [0x8c, 1, 0x61, ...one, 0x93], message: 'a global needs two names' },
    {
      what: 'DUP of what is before a mark',
      codes: [...one, 0x28, 0x32],
      message: 'takes from an empty stack',
    },
    { what: 'POP of nothing', codes: [...one, 0x30, 0x30], message: 'takes from an empty stack' },
    { what: 'a mark left over', codes: [0x28, ...one], message: 'leaves values behind' },
    { what: 'a memo slot too far', codes: [...one, 0x72, 1, 4, 0, 0], message: 'uses memo slot 1025' },
    {
      what: 'a text that ends a byte beyond',
      codes: [0x8c, 3, 0x61],
      message: 'the pickle ends at byte 4, but 3 more are needed from byte 2',
    },
    {
      what: 'bytes of 2^53 - 1, which is a size',
      codes: [0x8e, 255, 255, 255, 255, 255, 255, 31, 0],
      message: 'but 9007199254740991 more are needed',
    },
    {
      what: 'bytes of 2^53, which is none',
      codes: [0x8e, 0, 0, 0, 0, 0, 0, 32, 0],
      message: 'a size of 9007199254740992 bytes is claimed',
    },
    {
      what: 'a global of an empty module',
      codes: [0x63, 10, 0x61, 10],
      message: 'names ".a", which is no name',
    },
    { what: 'a long of 257 bytes', codes: [0x8b, 1, 1, 0, 0], message: 'an integer of 257 bytes is claimed' },
    {
      what: 'a name of a thousand letters',
      codes: [0x63, ...ascii('a'.repeat(1024)), 10],
      message: 'has no end',
    },
  ])('$what', ({ codes, message }) => {
    expect(() => read([...codes, 0x2e])).toThrow(InputError)
    expect(() => read([...codes, 0x2e])).toThrow(message)
  })

  test('more values than the file has room for, and no fewer', () => {
    const nones = (count: number) => [0x28, ...new Array<number>(count).fill(0x4e), 0x31, ...none, 0x2e]
    expect(read(nones(99_999))).toBeNull()
    expect(() => read(nones(100_000))).toThrow('more than 100000 values, too many for a file of 0 bytes')
    expect(read(nones(100_000), 64)).toBeNull()
    expect(() => read(nones(100_000), 63)).toThrow('x.pt:data.pkl byte 100002: the pickle makes')
  })

  test('more bytes than are read', () => {
    const source = { where: 'x.pt:data.pkl', fileName: 'x.pt', fileBytes: 0, loadPersistent: () => null }
    const bytes = new Uint8Array(2 ** 27 + 1)
    expect(() => readPickle({ ...source, bytes })).toThrow(/has 134217729 bytes; at most 134217728 are read/)
    expect(() => readPickle({ ...source, bytes: bytes.subarray(1) })).toThrow(/opcode 0x00 is not one/)
  })

  test('more copies than a file needs', () => {
    const size = [0x63, ...ascii('torch\ndevice\n')]
    const text = [0x58, 0, 0, 16, 0, ...new Array<number>(2 ** 20).fill(0x61)]
    const call = [...size, 0x68, 0, 0x85, 0x52, 0x30]
    const calls = (count: number) => [
      ...text,
      0x71,
      0,
      0x30,
      ...new Array(count).fill(call).flat(),
      0x4e,
      0x2e,
    ]
    expect(read(calls(4))).toBeNull()
    expect(() => read(calls(5))).toThrow('copies more than 4194304 values')
  })
})

/**
 * A pickle machine (protocols 2 to 5, binary opcodes) that makes plain data only. Opcodes are those of CPython's `pickletools`.
 * Every global is checked against the allow-list when it is named; the stack, the memo and all sizes are bounded.
 */
import { InputError } from '../input/input-error.ts'
import { createByteReader } from './pickle-bytes.ts'
import { callGlobal, checkGlobal, normaliseGlobal } from './pickle-globals.ts'
import { describeValue, isGlobal, isObject, type PickleValue } from './pickle-value.ts'

export interface PickleSource {
  readonly bytes: Uint8Array
  /** File and entry, for messages. */
  readonly where: string
  readonly fileName: string
  /** Of the whole file: what is made stays in proportion to it, however well the pickle was packed. */
  readonly fileBytes: number
  /** Resolves a persistent id: torch's reference to a storage. */
  loadPersistent(id: PickleValue, where: string): PickleValue
}

const MAX_STACK = 1_000_000
const MAX_MEMO = 4_000_000
const MAX_MARKS = 4096
const MAX_PICKLE_BYTES = 2 ** 27
/** Values made: so many in any file, and one more for so many bytes of it. yolov8n.pt, 6.5 MB, makes 24 137. */
const FREE_VALUES = 100_000
const BYTES_PER_VALUE = 64
/** Items and characters that calls may copy in all: a short pickle can ask for the same long list again and again. */
const MAX_COPIED = 2 ** 22

/** The value that the pickle describes. Throws InputError, with the byte's number, for anything unsound or not allowed. */
export function readPickle(source: PickleSource): PickleValue {
  const { bytes } = source
  if (bytes.length > MAX_PICKLE_BYTES) {
    throw new InputError(
      `the pickle has ${bytes.length} bytes; at most ${MAX_PICKLE_BYTES} are read.`,
      source.where,
    )
  }
  const reader = createByteReader(bytes, source.where)
  const memo: PickleValue[] = []
  const marks: number[] = []
  const stack: PickleValue[] = []
  let opcodeAt = 0
  let copied = 0
  let made = 0
  const maxMade = FREE_VALUES + Math.floor(source.fileBytes / BYTES_PER_VALUE)

  const here = (): string => `${source.where} byte ${opcodeAt}`
  const fail = (what: string): InputError =>
    new InputError(`${what}.`, here(), 'The file is damaged or was not written by torch.')

  function pop(): PickleValue {
    const value = stack.pop()
    if (value === undefined || stack.length < (marks.at(-1) ?? 0))
      throw fail('the pickle takes from an empty stack')
    return value
  }

  function top(): PickleValue {
    const value = stack.at(-1)
    if (value === undefined || stack.length <= (marks.at(-1) ?? 0)) {
      throw fail('the pickle takes from an empty stack')
    }
    return value
  }

  function popMark(): PickleValue[] {
    const mark = marks.pop()
    if (mark === undefined) throw fail('the pickle has no mark to go back to')
    const items = stack.slice(mark)
    stack.length = mark
    return items
  }

  function push(value: PickleValue): void {
    made++
    if (made > maxMade)
      throw fail(
        `the pickle makes more than ${maxMade} values, too many for a file of ${source.fileBytes} bytes`,
      )
    if (stack.length >= MAX_STACK) throw fail(`the pickle needs a stack of more than ${MAX_STACK} values`)
    stack.push(value)
  }

  function put(index: number): void {
    if (index > MAX_MEMO || index > memo.length + 1024) throw fail(`the pickle uses memo slot ${index}`)
    memo[index] = top()
  }

  function get(index: number): PickleValue {
    const value = memo[index]
    if (value === undefined) throw fail(`the pickle reads memo slot ${index}, which is empty`)
    return value
  }

  function pushGlobal(module: string, name: string): void {
    const path = normaliseGlobal(module, name)
    checkGlobal(path, here(), source.fileName)
    push({ kind: 'global', path })
  }

  function call(args: PickleValue): void {
    const callee = pop()
    if (!isGlobal(callee) || !Array.isArray(args)) {
      throw fail(`the pickle calls ${describeValue(callee)} with ${describeValue(args)}`)
    }
    for (const arg of args) copied += sizeOf(arg)
    if (copied > MAX_COPIED) throw fail(`the pickle copies more than ${MAX_COPIED} values`)
    push(callGlobal(callee.path, args, here()))
  }

  function append(items: readonly PickleValue[]): void {
    const list = top()
    if (!Array.isArray(list)) throw fail(`the pickle appends to ${describeValue(list)}`)
    for (const item of items) list.push(item)
  }

  function setItems(items: readonly PickleValue[]): void {
    const dict = top()
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      throw fail(`the pickle sets items of ${describeValue(dict)}`)
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null)
  }

  function build(): void {
    const state = pop()
    const target = top()
    // An OrderedDict's or a parameter's own attributes (`_metadata`) say nothing about the network.
    if (isObject(target)) target.state = state
    else if (typeof target !== 'object') throw fail(`the pickle sets the state of ${describeValue(target)}`)
  }

  for (;;) {
    opcodeAt = reader.position()
    const opcode = reader.byte()
    switch (opcode) {
      case 0x80: // PROTO
        if (reader.byte() > 5) throw fail('expected pickle protocol 2 to 5')
        break
      case 0x95: // FRAME
        reader.uint64()
        break
      case 0x2e: {
        // STOP
        const result = pop()
        if (stack.length > 0 || marks.length > 0) throw fail('the pickle leaves values behind')
        return result
      }
      case 0x28: // MARK
        if (marks.length >= MAX_MARKS) throw fail(`the pickle nests deeper than ${MAX_MARKS}`)
        marks.push(stack.length)
        break
      case 0x30: // POP
        if (stack.length === (marks.at(-1) ?? -1)) marks.pop()
        else pop()
        break
      case 0x31: // POP_MARK
        popMark()
        break
      case 0x32: // DUP
        push(top())
        break
      case 0x4e: // NONE
        push(null)
        break
      case 0x88: // NEWTRUE
        push(true)
        break
      case 0x89: // NEWFALSE
        push(false)
        break
      case 0x4a: // BININT
        push(reader.int32())
        break
      case 0x4b: // BININT1
        push(reader.byte())
        break
      case 0x4d: // BININT2
        push(reader.uint16())
        break
      case 0x8a: // LONG1
        push(reader.long(reader.byte()))
        break
      case 0x8b: // LONG4
        push(reader.long(reader.uint32()))
        break
      case 0x47: // BINFLOAT
        push(reader.float64BigEndian())
        break
      case 0x58: // BINUNICODE
        push(reader.text(reader.uint32()))
        break
      case 0x8c: // SHORT_BINUNICODE
        push(reader.text(reader.byte()))
        break
      case 0x8d: // BINUNICODE8
        push(reader.text(reader.uint64()))
        break
      case 0x54: // BINSTRING
        push(reader.latin1(reader.uint32()))
        break
      case 0x55: // SHORT_BINSTRING
        push(reader.latin1(reader.byte()))
        break
      case 0x42: // BINBYTES
        push(reader.bytes(reader.uint32()))
        break
      case 0x43: // SHORT_BINBYTES
        push(reader.bytes(reader.byte()))
        break
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        push(reader.bytes(reader.uint64()))
        break
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        push([])
        break
      case 0x85: // TUPLE1
        push([pop()])
        break
      case 0x86: {
        // TUPLE2
        const second = pop()
        push([pop(), second])
        break
      }
      case 0x87: {
        // TUPLE3
        const third = pop()
        const second = pop()
        push([pop(), second, third])
        break
      }
      case 0x74: // TUPLE
      case 0x6c: // LIST
        push(popMark())
        break
      case 0x7d: // EMPTY_DICT
        push(new Map())
        break
      case 0x8f: // EMPTY_SET
        push(new Set())
        break
      case 0x91: // FROZENSET
        push(new Set(popMark()))
        break
      case 0x90: {
        // ADDITEMS
        const items = popMark()
        const set = top()
        if (!(set instanceof Set)) throw fail(`the pickle adds to ${describeValue(set)}`)
        for (const item of items) set.add(item)
        break
      }
      case 0x61: // APPEND
        append([pop()])
        break
      case 0x65: // APPENDS
        append(popMark())
        break
      case 0x73: {
        // SETITEM
        const value = pop()
        setItems([pop(), value])
        break
      }
      case 0x75: // SETITEMS
        setItems(popMark())
        break
      case 0x64: {
        // DICT
        const items = popMark()
        push(new Map())
        setItems(items)
        break
      }
      case 0x71: // BINPUT
        put(reader.byte())
        break
      case 0x72: // LONG_BINPUT
        put(reader.uint32())
        break
      case 0x94: // MEMOIZE
        put(memo.length)
        break
      case 0x68: // BINGET
        push(get(reader.byte()))
        break
      case 0x6a: // LONG_BINGET
        push(get(reader.uint32()))
        break
      case 0x63: // GLOBAL
        pushGlobal(reader.line(), reader.line())
        break
      case 0x93: {
        // STACK_GLOBAL
        const name = pop()
        const module = pop()
        if (typeof name !== 'string' || typeof module !== 'string') throw fail('a global needs two names')
        pushGlobal(module, name)
        break
      }
      case 0x51: // BINPERSID
        push(source.loadPersistent(pop(), here()))
        break
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        call(pop())
        break
      case 0x92: // NEWOBJ_EX
        pop()
        call(pop())
        break
      case 0x62: // BUILD
        build()
        break
      default:
        throw fail(`opcode 0x${opcode.toString(16).padStart(2, '0')} is not one that torch writes`)
    }
  }
}

function sizeOf(value: PickleValue): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return value instanceof Map || value instanceof Set ? value.size : 1
}

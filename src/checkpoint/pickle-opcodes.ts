/** The binary opcodes of pickle protocols 2 to 5 that make plain data, named as in CPython's `pickletools`. */
import {
  addItems,
  append,
  call,
  fail,
  getMemo,
  here,
  type PickleMachine,
  pop,
  popEither,
  popMark,
  push,
  pushGlobal,
  pushMark,
  putMemo,
  setItems,
  setState,
  top,
} from './pickle-machine.ts'
import type { PickleValue } from './pickle-value.ts'

type Opcode = (machine: PickleMachine) => void

export const STOP = 0x2e

/** By code, all but STOP. */
export const OPCODES: Readonly<Record<number, Opcode>> = {
  128: checkProtocol, // PROTO
  149: ({ reader }) => reader.uint64(), // FRAME

  40: pushMark, // MARK
  48: popEither, // POP
  49: popMark, // POP_MARK
  50: (m) => push(m, top(m)), // DUP

  78: (m) => push(m, null), // NONE
  136: (m) => push(m, true), // NEWTRUE
  137: (m) => push(m, false), // NEWFALSE
  74: (m) => push(m, m.reader.int32()), // BININT
  75: (m) => push(m, m.reader.byte()), // BININT1
  77: (m) => push(m, m.reader.uint16()), // BININT2
  138: (m) => push(m, m.reader.long(m.reader.byte())), // LONG1
  139: (m) => push(m, m.reader.long(m.reader.uint32())), // LONG4
  71: (m) => push(m, m.reader.float64BigEndian()), // BINFLOAT

  88: (m) => push(m, m.reader.text(m.reader.uint32())), // BINUNICODE
  140: (m) => push(m, m.reader.text(m.reader.byte())), // SHORT_BINUNICODE
  141: (m) => push(m, m.reader.text(m.reader.uint64())), // BINUNICODE8
  84: (m) => push(m, m.reader.latin1(m.reader.uint32())), // BINSTRING
  85: (m) => push(m, m.reader.latin1(m.reader.byte())), // SHORT_BINSTRING
  66: (m) => push(m, m.reader.bytes(m.reader.uint32())), // BINBYTES
  67: (m) => push(m, m.reader.bytes(m.reader.byte())), // SHORT_BINBYTES
  142: (m) => push(m, m.reader.bytes(m.reader.uint64())), // BINBYTES8
  150: (m) => push(m, m.reader.bytes(m.reader.uint64())), // BYTEARRAY8

  41: (m) => push(m, []), // EMPTY_TUPLE
  133: (m) => push(m, takeLast(m, 1)), // TUPLE1
  134: (m) => push(m, takeLast(m, 2)), // TUPLE2
  135: (m) => push(m, takeLast(m, 3)), // TUPLE3
  116: (m) => push(m, popMark(m)), // TUPLE

  93: (m) => push(m, []), // EMPTY_LIST
  108: (m) => push(m, popMark(m)), // LIST
  97: (m) => append(m, takeLast(m, 1)), // APPEND
  101: (m) => append(m, popMark(m)), // APPENDS

  125: (m) => push(m, new Map()), // EMPTY_DICT
  100: pushDict, // DICT
  115: (m) => setItems(m, takeLast(m, 2)), // SETITEM
  117: (m) => setItems(m, popMark(m)), // SETITEMS

  143: (m) => push(m, new Set()), // EMPTY_SET
  145: (m) => push(m, new Set(popMark(m))), // FROZENSET
  144: (m) => addItems(m, popMark(m)), // ADDITEMS

  113: (m) => putMemo(m, m.reader.byte()), // BINPUT
  114: (m) => putMemo(m, m.reader.uint32()), // LONG_BINPUT
  148: (m) => putMemo(m, m.memo.length), // MEMOIZE
  104: (m) => push(m, getMemo(m, m.reader.byte())), // BINGET
  106: (m) => push(m, getMemo(m, m.reader.uint32())), // LONG_BINGET

  99: (m) => pushGlobal(m, m.reader.line(), m.reader.line()), // GLOBAL
  147: pushNamedGlobal, // STACK_GLOBAL
  81: (m) => push(m, m.source.loadPersistent(pop(m), here(m))), // BINPERSID
  82: (m) => call(m, pop(m)), // REDUCE
  129: (m) => call(m, pop(m)), // NEWOBJ
  146: callWithoutKeywords, // NEWOBJ_EX
  98: setState, // BUILD
}

function checkProtocol(machine: PickleMachine): void {
  if (machine.reader.byte() > 5) throw fail(machine, 'expected pickle protocol 2 to 5')
}

/** The last `count` values, in the order in which they were pushed. */
function takeLast(machine: PickleMachine, count: number): PickleValue[] {
  const values: PickleValue[] = []
  for (let i = 0; i < count; i++) values.unshift(pop(machine))
  return values
}

function pushDict(machine: PickleMachine): void {
  const items = popMark(machine)
  push(machine, new Map())
  setItems(machine, items)
}

function pushNamedGlobal(machine: PickleMachine): void {
  const [module, name] = takeLast(machine, 2)
  if (typeof name !== 'string' || typeof module !== 'string') throw fail(machine, 'a global needs two names')
  pushGlobal(machine, module, name)
}

function callWithoutKeywords(machine: PickleMachine): void {
  pop(machine)
  call(machine, pop(machine))
}

/** The state of a pickle machine and what opcodes do to it. The stack, the memo, the marks and all that is made are bounded. */
import { InputError } from '../input/input-error.ts'
import { checkGlobal, normaliseGlobal } from './named-globals.ts'
import { type ByteReader, createByteReader } from './pickle-bytes.ts'
import { callGlobal } from './pickle-globals.ts'
import { describeValue, isGlobal, isObject, type PickleObject, type PickleValue } from './pickle-value.ts'

export interface PickleSource {
  readonly bytes: Uint8Array
  /** File and entry, for messages. */
  readonly where: string
  readonly fileName: string
  /** Size of the whole file: what is made stays in proportion to it, however well the pickle was packed. */
  readonly fileBytes: number
  /** Resolves a persistent id: torch's reference to a storage. */
  loadPersistent(id: PickleValue, where: string): PickleValue
}

export interface PickleMachine {
  readonly source: PickleSource
  readonly reader: ByteReader
  readonly stack: PickleValue[]
  /** Heights of the stack at each open MARK. */
  readonly marks: number[]
  readonly memo: PickleValue[]
  readonly maxMade: number
  /** Values pushed so far. */
  made: number
  /** Items and characters that calls have copied so far. */
  copied: number
  /** The byte of the opcode that runs. */
  opcodeAt: number
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

/** What Python can import. Names are printed, so that nothing else may be in them. */
const IDENTIFIERS = /^[\p{ID_Start}_][\p{ID_Continue}.-]{0,199}$/u

/** Throws InputError where the pickle is too long. */
export function createMachine(source: PickleSource): PickleMachine {
  const { bytes, where, fileBytes } = source
  if (bytes.length > MAX_PICKLE_BYTES) {
    throw new InputError(`the pickle has ${bytes.length} bytes; at most ${MAX_PICKLE_BYTES} are read.`, where)
  }
  return {
    source,
    reader: createByteReader(bytes, where),
    stack: [],
    marks: [],
    memo: [],
    maxMade: FREE_VALUES + Math.floor(fileBytes / BYTES_PER_VALUE),
    made: 0,
    copied: 0,
    opcodeAt: 0,
  }
}

export const here = ({ source, opcodeAt }: PickleMachine): string => `${source.where} byte ${opcodeAt}`

export const fail = (machine: PickleMachine, what: string): InputError =>
  new InputError(`${what}.`, here(machine), 'The file is damaged or was not written by torch.')

export function pop(machine: PickleMachine): PickleValue {
  const { stack, marks } = machine
  const value = stack.pop()
  if (value === undefined || stack.length < (marks.at(-1) ?? 0))
    throw fail(machine, 'the pickle takes from an empty stack')
  return value
}

export function top(machine: PickleMachine): PickleValue {
  const { stack, marks } = machine
  const value = stack.at(-1)
  if (value === undefined || stack.length <= (marks.at(-1) ?? 0))
    throw fail(machine, 'the pickle takes from an empty stack')
  return value
}

export function push(machine: PickleMachine, value: PickleValue): void {
  const { stack, maxMade, source } = machine
  machine.made++
  if (machine.made > maxMade)
    throw fail(
      machine,
      `the pickle makes more than ${maxMade} values, too many for a file of ${source.fileBytes} bytes`,
    )
  if (stack.length >= MAX_STACK)
    throw fail(machine, `the pickle needs a stack of more than ${MAX_STACK} values`)
  stack.push(value)
}

export function pushMark(machine: PickleMachine): void {
  const { stack, marks } = machine
  if (marks.length >= MAX_MARKS) throw fail(machine, `the pickle nests deeper than ${MAX_MARKS}`)
  marks.push(stack.length)
}

/** What was pushed since the last mark. */
export function popMark(machine: PickleMachine): PickleValue[] {
  const { stack, marks } = machine
  const mark = marks.pop()
  if (mark === undefined) throw fail(machine, 'the pickle has no mark to go back to')
  const items = stack.slice(mark)
  stack.length = mark
  return items
}

/** Removes the last value, or the mark where nothing lies on it. */
export function popEither(machine: PickleMachine): void {
  const { stack, marks } = machine
  if (stack.length === (marks.at(-1) ?? -1)) marks.pop()
  else pop(machine)
}

export function putMemo(machine: PickleMachine, index: number): void {
  const { memo } = machine
  if (index > MAX_MEMO || index > memo.length + 1024)
    throw fail(machine, `the pickle uses memo slot ${index}`)
  memo[index] = top(machine)
}

export function getMemo(machine: PickleMachine, index: number): PickleValue {
  const value = machine.memo[index]
  if (value === undefined) throw fail(machine, `the pickle reads memo slot ${index}, which is empty`)
  return value
}

/** @throws InputError for a name by which files attack. */
export function pushGlobal(machine: PickleMachine, module: string, name: string): void {
  if (!IDENTIFIERS.test(module) || !IDENTIFIERS.test(name))
    throw fail(
      machine,
      `the pickle names ${JSON.stringify(`${module}.${name}`.slice(0, 120))}, which is no name`,
    )
  const path = normaliseGlobal(module, name)
  checkGlobal(path, here(machine), machine.source.fileName)
  push(machine, { kind: 'global', path })
}

/** Replaces the callee on the stack by what it makes of the arguments. */
export function call(machine: PickleMachine, args: PickleValue): void {
  const callee = pop(machine)
  // What a record would give, as the method of an object does, is a record, too.
  const path = isGlobal(callee) ? callee.path : isObject(callee) ? callee.className : null
  if (path === null || !Array.isArray(args)) {
    throw fail(machine, `the pickle calls ${describeValue(callee)} with ${describeValue(args)}`)
  }
  for (const arg of args) machine.copied += sizeOf(arg)
  if (machine.copied > MAX_COPIED) throw fail(machine, `the pickle copies more than ${MAX_COPIED} values`)
  push(
    machine,
    isGlobal(callee)
      ? callGlobal(path, args, here(machine))
      : { kind: 'object', className: `what ${path} gives`, args, state: null },
  )
}

export function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = top(machine)
  const list = isObject(target) ? itemsOf(target) : target
  if (!Array.isArray(list)) throw fail(machine, `the pickle appends to ${describeValue(list)}`)
  for (const item of items) list.push(item)
}

export function addItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const set = top(machine)
  if (isObject(set)) append(machine, items)
  else if (set instanceof Set) for (const item of items) set.add(item)
  else throw fail(machine, `the pickle adds to ${describeValue(set)}`)
}

/** Keys and values in turn. */
export function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = top(machine)
  const dict = isObject(target) ? entriesOf(target) : target
  if (!(dict instanceof Map) || items.length % 2 !== 0)
    throw fail(machine, `the pickle sets items of ${describeValue(dict)}`)
  for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null)
}

export function setState(machine: PickleMachine): void {
  const state = pop(machine)
  const target = top(machine)
  // An OrderedDict's or a parameter's own attributes (`_metadata`) say nothing about the network.
  if (isObject(target)) target.state = state
  else if (typeof target !== 'object')
    throw fail(machine, `the pickle sets the state of ${describeValue(target)}`)
}

/** The value that is left when the pickle stops. */
export function finish(machine: PickleMachine): PickleValue {
  const result = pop(machine)
  if (machine.stack.length > 0 || machine.marks.length > 0)
    throw fail(machine, 'the pickle leaves values behind')
  return result
}

/** Of a class that is derived from a list or a set. */
function itemsOf(object: PickleObject): PickleValue[] {
  object.items ??= []
  return object.items
}

/** Of a class that is derived from a dict. */
function entriesOf(object: PickleObject): Map<PickleValue, PickleValue> {
  object.entries ??= new Map()
  return object.entries
}

function sizeOf(value: PickleValue): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return value instanceof Map || value instanceof Set ? value.size : 1
}

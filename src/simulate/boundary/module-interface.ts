import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import { ToolError } from '../../input/tool-error.ts'

/** One port of a module, as packed bits. */
const port = openObject({
  name: v.string(),
  direction: v.picklist(['input', 'output', 'inout']),
  /** Bits of one element; packed arrays and structs count all their bits. */
  width: v.number(),
  signed: v.boolean(),
  /** Elements of an unpacked array, outermost dimension first in memory; null for everything else. */
  elements: v.nullable(v.number()),
})
export type Port = Checked<typeof port>

const parameter = openObject({
  name: v.string(),
  /** A `localparam` cannot be set from outside. */
  local: v.boolean(),
  width: v.number(),
  signed: v.boolean(),
  /** An untyped parameter holding a string arrives as its bits: see `readParameterText`. Null where it is not constant. */
  value: v.nullable(v.union([v.number(), v.bigint(), v.string()])),
})
export type Parameter = Checked<typeof parameter>

/** What Verilator says of a module after elaboration with given parameters. Both lists are in declaration order. */
export const moduleInterface = openObject({
  name: v.string(),
  ports: v.array(port),
  parameters: v.array(parameter),
  /** Whether a process inside waits for the edge of a signal: such a module needs a clock. Absent where nobody has looked. */
  clocked: v.optional(v.boolean()),
})
export type ModuleInterface = Checked<typeof moduleInterface>

/** The text of an untyped string parameter, whose value is its characters, eight bits each, first character on top. */
export function readParameterText(parameter: Parameter): string {
  if (typeof parameter.value === 'string') return parameter.value
  let bits = BigInt(parameter.value ?? 0)
  let text = ''
  for (; bits > 0n; bits >>= 8n) text = String.fromCharCode(Number(bits & 255n)) + text
  return bytesToText(text)
}

/** Verilator gives the bytes of a text one by one. */
const bytesToText = (bytes: string): string => {
  const codes = bytes.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
  return /[\x80-\xff]/.test(codes) ? Buffer.from(codes, 'latin1').toString() : codes
}

const ESCAPE = /\\(?:([0-7]{3})|(.))/g
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  v: '\v',
  b: '\b',
  a: '\x07',
}
const decodeEscape = (_: string, octal: string | undefined, letter = ''): string =>
  octal === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8))

/**
 * A parameter as it was declared.
 * @param text its value, as Verilator prints it: bits without their sign; null where it is not constant
 */
export function makeParameter(
  name: string,
  local: boolean,
  { width, signed, kind }: TypeSize,
  text: string | null | undefined,
): Parameter {
  const value = parseConstant(text ?? '')
  if (!signed || kind === 'real' || (typeof value !== 'bigint' && !Number.isSafeInteger(value)))
    return { name, local, width, signed, value }
  const wide = BigInt.asIntN(width, BigInt(value!))
  return { name, local, width, signed, value: width <= 53 ? Number(wide) : wide }
}

/** Parses a constant as Verilator prints it: `32'sh8`, `1'h1`, `56'h7a6f`, `"text"`. Null for what is not a constant. */
export function parseConstant(printed: string): number | bigint | string | null {
  // In the JSON it is escaped as in C.
  if (printed.startsWith('\\"')) return bytesToText(printed.slice(2, -2).replaceAll(ESCAPE, decodeEscape))
  if (printed.startsWith('"')) return bytesToText(printed.slice(1, -1))
  const match = /^(\d+)'(s?)h([0-9a-f]+)$/i.exec(printed)
  if (match === null) return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(printed) ? Number(printed) : null
  const width = Number(match[1])
  const bits = BigInt(`0x${match[3]}`)
  const value = match[2] === 's' ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits)
  return width <= 53 ? Number(value) : value
}

/** Resolved size of a data type. */
export interface TypeSize {
  readonly width: number
  readonly signed: boolean
  readonly elements: number | null
  /** What it is, where it is no number of bits: no port can be that here. */
  readonly kind?: string
}

const HOW_TO_WRAP: Readonly<Record<string, string>> = {
  real: 'a port of 64 bits and $bitstoreal or $realtobits',
  'an unpacked struct': 'a packed struct, or a port for each member',
}

/** @throws InputError for a type that a port cannot have here. */
export function portSize({ kind, ...size }: TypeSize, port: string, module: string): TypeSize {
  if (kind === undefined) return size
  throw new InputError(
    `is ${kind}, and a port is a number of bits here`,
    `port ${port} of ${module}`,
    `Wrap the module, with ${HOW_TO_WRAP[kind] ?? 'ports of bits that say the same'}.`,
  )
}

const REALS: ReadonlySet<string> = new Set(['real', 'realtime', 'shortreal'])

/** The size of a keyword type. @param bits those of its range; null where it has none */
export function keywordSize(keyword: string, bits: number | null, signed: boolean): TypeSize {
  if (REALS.has(keyword)) return { width: 64, signed: true, elements: null, kind: 'real' }
  const width = bits ?? keywordWidths[keyword] ?? 0
  const kind = keyword in keywordWidths ? undefined : `${/^[aeiou]/.test(keyword) ? 'an' : 'a'} ${keyword}`
  return { width, signed, elements: null, kind }
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  classrefdtype: 'a class',
  queuedtype: 'a queue',
  dynarraydtype: 'a dynamic array',
  assocarraydtype: 'an associative array',
}

/** The size of a type that has no number of bits, by Verilator's name for it. @throws ToolError for one that is not known */
export function otherSize(tag: string): TypeSize {
  const kind = COLLECTIONS[tag.toLowerCase()]
  if (kind !== undefined) return { width: 0, signed: false, elements: null, kind }
  throw new ToolError(`Expected a packed or unpacked data type of a port, got ${tag}`, { tool: 'verilator' })
}

/** Keyword types that are bits, and how many where a listing leaves out the range. */
const keywordWidths: Readonly<Record<string, number>> = {
  bit: 1,
  logic: 1,
  byte: 8,
  shortint: 16,
  int: 32,
  integer: 32,
  longint: 64,
  time: 64,
}

/** This file parses JSON and refuses a key that is given twice, of which `JSON.parse` silently keeps the last, and deep nesting. */
import { InputError } from './input-error.ts'

/** The limit of nesting, because readers of the value may recurse. */
const MAX_DEPTH = 100
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
]

/** What a value becomes, inside out: the second argument of `JSON.parse`. */
export type Revive = (key: string, value: unknown) => unknown

/** Takes a text that begins with a byte order mark, as editors of Windows write it. @throws InputError if it is no JSON. */
export function parseJson(text: string, where: string, advice: string, revive?: Revive): unknown {
  const plain = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(plain, revive)
  } catch (cause) {
    throw new InputError(`is not JSON: ${describeFault(plain, cause as Error)}.`, where, advice, { cause })
  }
}

/** The engine's reason, which has no place in most cases, with line and column. */
function describeFault(text: string, { message }: Error): string {
  const at = faultOf(text)
  const reason = message.replaceAll(/\s+/g, ' ').replace(/ (in JSON )?at position \d+.*$/, '')
  const column = at - text.lastIndexOf('\n', at - 1)
  return `${reason}, in line ${lineOf(text, at)}, column ${column}`
}

const TOKEN = /[ \t\n\r]+|[[\]{}:,"]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
/** Of a text between quotes: no more at a time than an expression can hold. */
const PIECE = /[^"\\\p{Cc}]{1,1000}|[\u007F-\u009F]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/uy

/** @returns the token that begins here, of a text its first quote; undefined where none does */
function readToken(text: string, at: number): { readonly token: string; readonly end: number } | undefined {
  TOKEN.lastIndex = at
  const token = TOKEN.exec(text)?.[0]
  if (token === undefined) return undefined
  let end = TOKEN.lastIndex
  if (token !== '"') return { token, end }
  for (PIECE.lastIndex = end; PIECE.test(text); ) end = PIECE.lastIndex
  return text[end] === '"' ? { token, end: end + 1 } : undefined
}

/** The place of the first token that cannot be there, in a text that is no JSON. */
function faultOf(text: string): number {
  const open: string[] = []
  // What may come: a value, an entry (a value or the end of a list), a key, a colon, or what is behind a value.
  let next: 'value' | 'entry' | 'first key' | 'key' | 'colon' | 'behind' = 'value'
  for (let at = 0, end = 0; at < text.length; at = end) {
    const read = readToken(text, at)
    if (read === undefined) return at
    const { token } = read
    end = read.end
    if (token.trim() === '') continue
    const isEnd = token === (open.at(-1) === '{' ? '}' : ']') && open.length > 0
    if (isEnd && ['behind', 'entry', 'first key'].includes(next)) {
      open.pop()
      next = 'behind'
    } else if (next === 'colon' && token === ':') next = 'value'
    else if (next === 'behind' && token === ',' && open.length > 0)
      next = open.at(-1) === '{' ? 'key' : 'value'
    else if (next.endsWith('key') && token === '"') next = 'colon'
    else if ((next === 'value' || next === 'entry') && !/^[\]}:,]/.test(token)) {
      if (token === '{' || token === '[') open.push(token)
      next = token === '{' ? 'first key' : token === '[' ? 'entry' : 'behind'
    } else return at
  }
  return text.length
}

/** @throws InputError if the text is no JSON (with its line), names a key twice in one object, or nests too deeply. */
export function parseStrictJson(
  text: string,
  where: string,
  advice = 'Correct it and run again.',
  revive?: Revive,
): unknown {
  const value = parseJson(text, where, advice)
  checkKeys(text, where)
  // A value is made of another only where none is too deep to walk.
  return revive === undefined ? value : parseJson(text, where, advice, revive)
}

/** Checks keys and nesting in one pass over a text that is known to be JSON. */
function checkKeys(text: string, where: string): void {
  // Keys and their places; null for a list.
  const open: (Map<string, number> | null)[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (open.length === MAX_DEPTH)
        throw new InputError(`nests deeper than ${MAX_DEPTH}, in line ${lineOf(text, at)}.`, where)
      open.push(code === OPEN_OBJECT ? new Map() : null)
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) open.pop()
    else if (code === QUOTE) {
      const end = endOfText(text, at)
      const keys = open.at(-1)
      if (keys && isBeforeColon(text, end)) noteKey(text, at, end, keys, where)
      at = end - 1
    }
  }
}

function noteKey(text: string, at: number, end: number, keys: Map<string, number>, where: string): void {
  const quoted = text.slice(at, end)
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  const before = keys.get(key)
  if (before !== undefined)
    throw new InputError(
      `${JSON.stringify(key)} is given twice, in lines ${lineOf(text, before)} and ${lineOf(text, at)}.`,
      where,
      'Remove one of them.',
    )
  keys.set(key, at)
}

/** The place after the quote that ends the text. */
function endOfText(text: string, begin: number): number {
  for (let at = begin + 1; ; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at + 1
  }
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from
  while (text.charCodeAt(at) <= 0x20) at++
  return text[at] === ':'
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

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
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''), revive)
  } catch (cause) {
    const reason = (cause as Error).message.replaceAll(/\s+/g, ' ')
    throw new InputError(`is not JSON: ${reason}.`, where, advice, { cause })
  }
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

import type { Token } from './tokens.ts'

/** A place among the tokens of a file that moves on as they are read. */
export interface TokenCursor {
  readonly tokens: readonly Token[]
  /** Index of the next token. */
  at: number
}

export const isAtEnd = ({ tokens, at }: TokenCursor): boolean => at >= tokens.length

/** The next token's text, empty at the end. */
export const nextText = ({ tokens, at }: TokenCursor): string => tokens[at]?.text ?? ''

/** Stops before the first of `ends` that stands in no brackets. Throws SyntaxError where there is none. */
export function skipTo(cursor: TokenCursor, ...ends: readonly string[]): void {
  for (let depth = 0; !isAtEnd(cursor); cursor.at++) {
    const text = nextText(cursor)
    if (depth === 0 && ends.includes(text)) return
    if (text === '(' || text === '[' || text === '{' || text === "'{") depth++
    if (text === ')' || text === ']' || text === '}') depth--
  }
  throw new SyntaxError(`Expected ${ends.join(' or ')}, got the end of the file`)
}

/** Skips what `skipTo` skips, and the end itself. */
export function skipPast(cursor: TokenCursor, end: string): void {
  skipTo(cursor, end)
  cursor.at++
}

export function skipParentheses(cursor: TokenCursor): void {
  if (nextText(cursor) !== '(') throw new SyntaxError(`Expected (, got ${nextText(cursor)}`)
  cursor.at++
  skipPast(cursor, ')')
}

/** Skips a macro that stands for itself, with its arguments. */
export function skipMacro(cursor: TokenCursor): void {
  cursor.at++
  if (nextText(cursor) === '(') skipParentheses(cursor)
  if (nextText(cursor) === ';') cursor.at++
}

/** Skips what stands between two words that may be nested, `begin` and `end`; the first is the next token. */
export function skipNested(cursor: TokenCursor, begin: string, ends: readonly string[]): void {
  let depth = 0
  do {
    if (isAtEnd(cursor)) throw new SyntaxError(`Expected ${ends.join(' or ')}, got the end of the file`)
    if (nextText(cursor) === begin) depth++
    if (ends.includes(nextText(cursor))) depth--
    cursor.at++
  } while (depth > 0)
  skipLabel(cursor)
}

/** The name of a block or of what ended: `: name`. */
export function skipLabel(cursor: TokenCursor): void {
  if (nextText(cursor) === ':') cursor.at += 2
}

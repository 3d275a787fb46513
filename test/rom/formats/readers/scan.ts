/** Splits text formats into tokens. */
import { NEWLINE } from '../../../../src/rom/formats/digits.ts'
import type { Span } from './types.ts'

/** Moves over a file token by token. */
export interface Scanner {
  /** The next token, or null at the end of the file. */
  next(): Span | null
  /** Skips the rest of the current line. */
  skipLine(): void
  /** The current line, from 1. */
  line(): number
}

/** Position after a comment that begins at `at`, `at` where none does, -1 where it is not closed. */
export type SkipComment = (text: Uint8Array, at: number) => number

/**
 * Tokens are maximal runs of characters other than white space and `symbols`; a symbol is a token of its own.
 * An unclosed comment ends the file.
 */
export function scanTokens(text: Uint8Array, symbols: string, skipComment: SkipComment): Scanner {
  const isSymbol = new Uint8Array(256)
  for (const symbol of symbols) isSymbol[symbol.charCodeAt(0)] = 1
  let at = 0
  let line = 1
  const moveTo = (end: number): void => {
    for (; at < end; at++) if (text[at] === NEWLINE) line++
  }
  return {
    next() {
      while (at < text.length) {
        if (text[at]! <= 32) {
          moveTo(at + 1)
          continue
        }
        const end = skipComment(text, at)
        if (end === at) break
        moveTo(end < 0 ? text.length : end)
      }
      if (at >= text.length) return null
      const begin = at++
      if (isSymbol[text[begin]!] === 0) while (text[at]! > 32 && isSymbol[text[at]!] === 0) at++
      return { text, begin, end: at, line }
    },
    skipLine() {
      at = endOfLine(text, at)
    },
    line: () => line,
  }
}

/** Position of the next line feed, or the end of the file. */
export function endOfLine(text: Uint8Array, at: number): number {
  const end = text.indexOf(NEWLINE, at)
  return end < 0 ? text.length : end
}

/** What the file has there, in lower case. */
export function lowerText({ text, begin, end }: Span): string {
  return Buffer.from(text.subarray(begin, end)).toString('latin1').toLowerCase()
}

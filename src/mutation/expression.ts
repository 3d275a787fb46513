/** The expressions of SystemVerilog, as far as the mutants need them. */
import { isAtEnd, nextText, type TokenCursor } from './token-cursor.ts'

/** An expression, by the tokens it spans: `first` to `last`, both included. */
export type Expression =
  | { readonly kind: 'binary'; readonly operator: string; readonly at: number; readonly parts: readonly [Expression, Expression]; readonly first: number; readonly last: number } // biome-ignore format: a kind a line
  | { readonly kind: 'unary'; readonly operator: string; readonly parts: readonly [Expression]; readonly first: number; readonly last: number } // biome-ignore format: a kind a line
  | { readonly kind: 'ternary'; readonly parts: readonly [Expression, Expression, Expression]; readonly first: number; readonly last: number } // biome-ignore format: a kind a line
  | { readonly kind: 'number'; readonly text: string; readonly parts: readonly []; readonly first: number; readonly last: number } // biome-ignore format: a kind a line
  /** Names, selects, calls, concatenations, casts: what is inside that can be changed. */
  | { readonly kind: 'primary'; readonly parts: readonly Expression[]; readonly first: number; readonly last: number } // biome-ignore format: a kind a line

/** Larger binds tighter (IEEE 1800-2017, table 11-2). */
const precedences: Readonly<Record<string, number>> = {
  '**': 12, '*': 11, '/': 11, '%': 11, '+': 10, '-': 10, '<<': 9, '>>': 9, '<<<': 9, '>>>': 9,
  '<': 8, '<=': 8, '>': 8, '>=': 8, '==': 7, '!=': 7, '===': 7, '!==': 7, '&': 6, '^': 5, '~^': 5, '^~': 5, '|': 4,
  '&&': 3, '||': 2,
} // biome-ignore format: a table

const unaries = new Set(['+', '-', '!', '~', '&', '|', '^', '~&', '~|', '~^', '^~'])

/** Reads one expression and leaves the cursor behind it. Throws SyntaxError where this subset of SystemVerilog ends. */
export function readExpression(cursor: TokenCursor): Expression {
  const condition = readBinary(cursor, 1)
  if (!isNext(cursor, '?')) return condition
  cursor.at++
  const yes = readExpression(cursor)
  skipSymbol(cursor, ':')
  const no = readExpression(cursor)
  return { kind: 'ternary', parts: [condition, yes, no], first: condition.first, last: no.last }
}

/**
 * The expression that ends before one of `ends`, or null where it is none of this subset: then the cursor stays.
 * What this reads as less than the whole would have another meaning in parentheses.
 */
export function tryExpression(cursor: TokenCursor, ...ends: readonly string[]): Expression | null {
  const { at } = cursor
  try {
    const expression = readExpression(cursor)
    if (ends.includes(nextText(cursor))) return expression
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  cursor.at = at
  return null
}

function readBinary(cursor: TokenCursor, lowest: number): Expression {
  let left = readUnary(cursor)
  for (;;) {
    const operator = nextSymbol(cursor)
    const precedence = precedences[operator]
    if (precedence === undefined || precedence < lowest) return left
    const at = cursor.at++
    const right = readBinary(cursor, precedence + 1)
    left = { kind: 'binary', operator, at, parts: [left, right], first: left.first, last: right.last }
  }
}

function readUnary(cursor: TokenCursor): Expression {
  const operator = nextSymbol(cursor)
  if (!unaries.has(operator)) return readPostfix(cursor)
  const first = cursor.at++
  const inner = readUnary(cursor)
  return { kind: 'unary', operator, parts: [inner], first, last: inner.last }
}

/** A number, or a name, call, concatenation or cast with what is selected from it. */
function readPostfix(cursor: TokenCursor): Expression {
  const first = cursor.at
  const token = cursor.tokens[first]
  let parts: readonly Expression[] = []
  if (token === undefined) throw new SyntaxError('Expected an expression, got the end of the file')
  cursor.at++
  if (token.text === '(') {
    parts = [readExpression(cursor)]
    skipSymbol(cursor, ')')
  } else if (token.text === '{') {
    parts = readBraces(cursor)
  } else if (token.kind === 'number' && !isCast(cursor)) {
    return { kind: 'number', text: token.text, parts: [], first, last: first }
  } else if (token.text === "'{") {
    // A pattern: its keys and its values are left alone.
    cursor.at--
    skipBrackets(cursor)
  } else if (token.kind === 'symbol' || token.kind === 'macro') {
    throw new SyntaxError(`Expected an expression, got ${token.text}`)
  }
  for (;;) {
    if (isNext(cursor, '[')) {
      skipBrackets(cursor)
    } else if (isNext(cursor, '::') || isNext(cursor, '.')) {
      cursor.at += 2
    } else if (isCast(cursor)) {
      cursor.at += 2
      // What stands before is a size: a constant.
      parts = [readExpression(cursor)]
      skipSymbol(cursor, ')')
    } else if (isNext(cursor, '(') && token.kind === 'name') {
      const given = readArguments(cursor)
      const isSystem = token.text.startsWith('$') && token.text !== '$signed' && token.text !== '$unsigned'
      if (!isSystem) parts = [...parts, ...given]
    } else {
      return { kind: 'primary', parts, first, last: cursor.at - 1 }
    }
  }
}

/** In their parentheses. */
function readArguments(cursor: TokenCursor): readonly Expression[] {
  const given: Expression[] = []
  cursor.at++
  while (!isNext(cursor, ')')) {
    given.push(readExpression(cursor))
    if (isNext(cursor, ',')) cursor.at++
  }
  cursor.at++
  return given
}

/** After the brace of `{a, b}` or `{n{a, b}}`: a count stays as it is. */
function readBraces(cursor: TokenCursor): readonly Expression[] {
  const items: Expression[] = []
  for (;;) {
    const item = readExpression(cursor)
    if (items.length === 0 && isNext(cursor, '{')) {
      cursor.at++
      const repeated = readBraces(cursor)
      skipSymbol(cursor, '}')
      return repeated
    }
    items.push(item)
    if (isNext(cursor, '}')) {
      cursor.at++
      return items
    }
    skipSymbol(cursor, ',')
  }
}

const isCast = (cursor: TokenCursor): boolean =>
  isNext(cursor, "'") && cursor.tokens[cursor.at + 1]?.text === '('

function skipBrackets(cursor: TokenCursor): void {
  let depth = 0
  do {
    const symbol = nextSymbol(cursor)
    if (symbol === '[' || symbol === '{' || symbol === "'{") depth++
    if (symbol === ']' || symbol === '}') depth--
    cursor.at++
  } while (depth > 0 && !isAtEnd(cursor))
}

/** Empty where the next token is a name, a number or a string. */
function nextSymbol({ tokens, at }: TokenCursor): string {
  const token = tokens[at]
  return token?.kind === 'symbol' ? token.text : ''
}

const isNext = (cursor: TokenCursor, symbol: string): boolean => nextSymbol(cursor) === symbol

function skipSymbol(cursor: TokenCursor, symbol: string): void {
  if (!isNext(cursor, symbol))
    throw new SyntaxError(`Expected ${symbol}, got ${nextText(cursor) || 'the end of the file'}`)
  cursor.at++
}

/** Finds the expressions and assignments of a SystemVerilog file that may be broken. */
import { type Expression, tryExpression } from './expression.ts'
import {
  nextText,
  skipLabel,
  skipMacro,
  skipNested,
  skipParentheses,
  skipPast,
  skipTo,
  type TokenCursor,
} from './token-cursor.ts'

/** A place in a module that can be broken. */
export type Site =
  /** The right side of an assignment, or a declared net's value. */
  | { readonly kind: 'value'; readonly expression: Expression }
  /** Of `if`, not of a generate. */
  | { readonly kind: 'condition'; readonly expression: Expression }
  /** A nonblocking assignment, or that of a register's next value `x_d`, with its semicolon: `first` to `last`. */
  | {
      readonly kind: 'update'
      readonly first: number
      readonly last: number
      /** Its right side; null where it is left alone. */
      readonly expression: Expression | null
    }

export interface SiteReader extends TokenCursor {
  /** Those found so far. */
  readonly sites: Site[]
}

/** Words that begin what has no statement behind them that is broken: up to the semicolon. */
const simple = new Set(['logic', 'bit', 'int', 'integer', 'byte', 'wire', 'reg', 'string', 'localparam', 'input', 'automatic', 'static', 'typedef', 'return', 'disable', 'break', 'continue', 'force', 'release', '->']) // biome-ignore format: a table

/** Reads one statement of a process or function. What leaves the subset is left alone. @throws SyntaxError at the end of the file. */
export function readStatement(reader: SiteReader): void {
  const { at } = reader
  const found = reader.sites.length
  try {
    readKnown(reader)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    reader.at = at
    reader.sites.length = found
    skipStatement(reader)
  }
}

/** Over a statement of any kind. */
export function skipStatement(reader: SiteReader): void {
  for (;;) {
    skipTo(reader, ';', 'begin', 'fork', 'case', 'casez', 'casex')
    const word = nextText(reader)
    if (word === ';') reader.at++
    else if (word === 'begin') skipNested(reader, 'begin', ['end'])
    else if (word === 'fork') skipNested(reader, 'fork', ['join', 'join_any', 'join_none'])
    else while (reader.tokens[reader.at++]?.text !== 'endcase' && reader.at < reader.tokens.length);
    if (nextText(reader) !== 'else') return
  }
}

function readKnown(reader: SiteReader): void {
  const word = nextText(reader)
  if (reader.tokens[reader.at]?.kind === 'macro') {
    skipMacro(reader)
    return
  }
  switch (word) {
    case ';':
      reader.at++
      return
    case 'begin':
      reader.at++
      skipLabel(reader)
      readStatements(reader, 'end')
      return
    case 'unique':
    case 'unique0':
    case 'priority':
    case 'forever':
      reader.at++
      readStatement(reader)
      return
    case 'if':
      readIf(reader)
      return
    case 'for':
    case 'foreach':
    case 'repeat':
    case 'while':
    case 'wait':
      reader.at++
      skipParentheses(reader)
      readStatement(reader)
      return
    case '@':
    case '#':
      skipControl(reader)
      readStatement(reader)
      return
    case 'fork':
    case 'do':
      skipStatement(reader)
      return
    case 'case':
    case 'casez':
    case 'casex':
      readCase(reader, readStatement)
      return
    case 'assert':
    case 'assume':
    case 'cover':
      reader.at++
      if (nextText(reader) !== '(') throw new SyntaxError('Expected an immediate assertion')
      skipParentheses(reader)
      if (nextText(reader) === 'else') reader.at++
      readStatement(reader)
      return
    default:
      readAssignment(reader)
  }
}

/** Up to `end`, which is read too, with its label. */
export function readStatements(reader: SiteReader, end: string): void {
  while (nextText(reader) !== end) readStatement(reader)
  reader.at++
  skipLabel(reader)
}

/** `@*`, `@(posedge clk_i)`, `#1`, `#(2 * T)`. */
export function skipControl(reader: SiteReader): void {
  reader.at++
  if (nextText(reader) === '(') skipParentheses(reader)
  else reader.at++
}

function readIf(reader: SiteReader): void {
  reader.at += 2
  const expression = tryExpression(reader, ')')
  if (expression === null) skipTo(reader, ')')
  else reader.sites.push({ kind: 'condition', expression })
  reader.at++
  readStatement(reader)
  if (nextText(reader) === 'else') {
    reader.at++
    readStatement(reader)
  }
}

/** A `case` up to its `endcase`, among statements or in a generate. @param readBody reads what stands behind a label */
export function readCase<Reader extends SiteReader>(
  reader: Reader,
  readBody: (reader: Reader) => void,
): void {
  reader.at++
  skipParentheses(reader)
  while (nextText(reader) !== 'endcase') {
    if (nextText(reader) === 'default') reader.at++
    else skipTo(reader, ':')
    if (nextText(reader) === ':') reader.at++
    readBody(reader)
  }
  reader.at++
}

function readAssignment(reader: SiteReader): void {
  const first = reader.at
  const target = nextText(reader)
  if (target.startsWith('$') || simple.has(target)) {
    skipPast(reader, ';')
    return
  }
  // What stands before an operator is a name and what is selected from it.
  if ((reader.tokens[first]?.kind !== 'name' && target !== '{') || /^(end|join)/.test(target))
    throw new SyntaxError(`Expected a statement, got ${target || 'the end of the file'}`)
  skipTo(reader, '<=', '=', ';', ...compound, 'begin', 'end')
  const operator = nextText(reader)
  if (operator === '<=' || operator === '=') {
    reader.at++
    if (nextText(reader) === '#') skipControl(reader)
    // The default `x_d = x_q` holds: without it there would be a latch, which holds as well.
    const isNext = target.endsWith('_d') && nextText(reader) !== target.replace(/_d$/, '_q')
    const expression = tryExpression(reader, ';')
    skipTo(reader, ';')
    if (operator === '<=' || isNext) reader.sites.push({ kind: 'update', first, last: reader.at, expression })
    else if (expression !== null) reader.sites.push({ kind: 'value', expression })
  } else if (operator === 'begin' || operator === 'end') {
    throw new SyntaxError(`Expected an assignment, got ${operator}`)
  } else skipTo(reader, ';')
  reader.at++
}

const compound = ['+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=', '<<<=', '>>>=', '++', '--']

/** Finds the expressions and assignments of a SystemVerilog file that may be broken. */
import { type Expression, readExpression } from './expression.ts'
import { nextText, skipLabel, skipParentheses, skipPast, skipTo, type TokenCursor } from './token-cursor.ts'

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
      readonly expression: Expression
    }

export interface SiteReader extends TokenCursor {
  /** Those found so far. */
  readonly sites: Site[]
}

/** Reads one statement of a process or function. Throws SyntaxError where the subset ends. */
export function readStatement(reader: SiteReader): void {
  switch (nextText(reader)) {
    case ';':
      reader.at++
      return
    case 'begin':
      reader.at++
      skipLabel(reader)
      readStatements(reader, 'end')
      return
    case 'unique':
    case 'priority':
      reader.at++
      readStatement(reader)
      return
    case 'if':
      readIf(reader)
      return
    case 'for':
    case 'repeat':
    case 'while':
      reader.at++
      skipParentheses(reader)
      readStatement(reader)
      return
    case 'case':
    case 'casez':
      readCase(reader)
      return
    case 'assert':
    case 'assume':
      reader.at++
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

function readIf(reader: SiteReader): void {
  reader.at += 2
  reader.sites.push({ kind: 'condition', expression: readExpression(reader) })
  reader.at++
  readStatement(reader)
  if (nextText(reader) === 'else') {
    reader.at++
    readStatement(reader)
  }
}

function readCase(reader: SiteReader): void {
  reader.at++
  skipParentheses(reader)
  while (nextText(reader) !== 'endcase') {
    if (nextText(reader) === 'default') reader.at++
    else skipTo(reader, ':')
    if (nextText(reader) === ':') reader.at++
    readStatement(reader)
  }
  reader.at++
}

function readAssignment(reader: SiteReader): void {
  const first = reader.at
  if (nextText(reader).startsWith('$') || declarations.has(nextText(reader))) {
    skipPast(reader, ';')
    return
  }
  const target = nextText(reader)
  skipTo(reader, '<=', '=', ';', '+=', '-=', '++', '--')
  const operator = nextText(reader)
  if (operator === '<=' || operator === '=') {
    reader.at++
    // The default `x_d = x_q` holds: without it there would be a latch, which holds as well.
    const isNext = target.endsWith('_d') && nextText(reader) !== target.replace(/_d$/, '_q')
    const expression = readExpression(reader)
    skipTo(reader, ';')
    if (operator === '<=' || isNext) reader.sites.push({ kind: 'update', first, last: reader.at, expression })
    else reader.sites.push({ kind: 'value', expression })
  } else skipTo(reader, ';')
  reader.at++
}

const declarations = new Set(['logic', 'bit', 'int', 'integer', 'byte', 'wire', 'reg', 'string', 'localparam', 'input', 'automatic', 'static', 'typedef', 'return']) // biome-ignore format: a table

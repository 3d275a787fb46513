import { type Expression, ExpressionReader } from './expression.ts'
import type { Token } from './tokens.ts'

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

/**
 * Finds the sites of a file: continuous assignments, declared nets with a value, processes and functions. What only runs
 * before time zero or fixes a size (parameters, ranges, generate conditions, initial blocks, loop headers) is left alone.
 *
 * @throws SyntaxError where the file leaves the subset that this reads.
 */
export function findSites(tokens: readonly Token[]): readonly Site[] {
  const sites: Site[] = []
  let at = 0
  const text = (offset = 0): string => tokens[at + offset]?.text ?? ''
  const skipTo = (...ends: readonly string[]): void => {
    for (let depth = 0; at < tokens.length; at++) {
      const here = text()
      if (depth === 0 && ends.includes(here)) return
      if (here === '(' || here === '[' || here === '{' || here === "'{") depth++
      if (here === ')' || here === ']' || here === '}') depth--
    }
    throw new SyntaxError(`Expected ${ends.join(' or ')}, got the end of the file`)
  }
  const skipParentheses = (): void => {
    at++
    skipTo(')')
    at++
  }
  const readExpression = (): Expression => {
    const reader = new ExpressionReader(tokens, at)
    const expression = reader.read()
    at = reader.at
    return expression
  }
  const skipLabel = (): void => {
    if (text() === ':') at += 2
  }
  const skipBlock = (begin: string, end: string): void => {
    for (let depth = 0; at < tokens.length; at++) {
      if (text() === begin) depth++
      if (text() === end && --depth === 0) break
    }
    at++
    skipLabel()
  }

  const statement = (): void => {
    switch (text()) {
      case ';':
        at++
        return
      case 'begin':
        at++
        skipLabel()
        while (text() !== 'end') statement()
        at++
        skipLabel()
        return
      case 'unique':
      case 'priority':
        at++
        statement()
        return
      case 'if': {
        at += 2
        sites.push({ kind: 'condition', expression: readExpression() })
        at++
        statement()
        if (text() === 'else') {
          at++
          statement()
        }
        return
      }
      case 'for':
      case 'repeat':
      case 'while':
        at++
        skipParentheses()
        statement()
        return
      case 'case':
      case 'casez':
        at++
        skipParentheses()
        while (text() !== 'endcase') {
          if (text() === 'default') at++
          else skipTo(':')
          if (text() === ':') at++
          statement()
        }
        at++
        return
      case 'assert':
      case 'assume':
        at++
        skipParentheses()
        if (text() === 'else') at++
        statement()
        return
      default:
        assignment()
        return
    }
  }

  const assignment = (): void => {
    const first = at
    if (text().startsWith('$') || isDeclaration(text())) {
      skipTo(';')
      at++
      return
    }
    const target = text()
    skipTo('<=', '=', ';', '+=', '-=', '++', '--')
    const operator = text()
    if (operator === '<=' || operator === '=') {
      at++
      // The default `x_d = x_q` holds: without it there would be a latch, which holds as well.
      const isNext = target.endsWith('_d') && text() !== target.replace(/_d$/, '_q')
      const expression = readExpression()
      skipTo(';')
      if (operator === '<=' || isNext) sites.push({ kind: 'update', first, last: at, expression })
      else sites.push({ kind: 'value', expression })
    } else skipTo(';')
    at++
  }

  const item = (): void => {
    switch (text()) {
      case 'always_ff':
      case 'always':
        at++
        if (text() === '@') {
          at++
          if (text() === '*') at++
          else skipParentheses()
        }
        statement()
        return
      case 'always_comb':
      case 'always_latch':
        at++
        statement()
        return
      case 'initial':
      case 'final': {
        at++
        const before = sites.length
        statement()
        sites.length = before
        return
      }
      case 'function':
      case 'task': {
        const end = `end${text()}`
        skipTo(';')
        at++
        while (text() !== end) statement()
        at++
        skipLabel()
        return
      }
      case 'assign':
        skipTo('=')
        at++
        sites.push({ kind: 'value', expression: readExpression() })
        skipTo(';')
        at++
        return
      case 'wire':
        skipTo('=', ';')
        if (text() === '=') {
          at++
          sites.push({ kind: 'value', expression: readExpression() })
          skipTo(';')
        }
        at++
        return
      case 'for':
        at++
        skipParentheses()
        block()
        return
      case 'generate':
      case 'endgenerate':
        at++
        return
      case 'if':
        at++
        skipParentheses()
        block()
        if (text() === 'else') {
          at++
          block()
        }
        return
      case 'begin':
        block()
        return
      default:
        skipTo(';')
        at++
    }
  }

  /** Of a generate. */
  const block = (): void => {
    if (text() !== 'begin') {
      item()
      return
    }
    at++
    skipLabel()
    while (text() !== 'end') item()
    at++
    skipLabel()
  }

  while (at < tokens.length) {
    if (text() === 'package') {
      skipBlock('package', 'endpackage')
    } else if (text() === 'module') {
      skipTo(';')
      at++
      while (text() !== 'endmodule') item()
      at++
      skipLabel()
    } else at++
  }
  return sites
}

const declarations = new Set(['logic', 'bit', 'int', 'integer', 'byte', 'wire', 'reg', 'string', 'localparam', 'input', 'automatic', 'static', 'typedef', 'return']) // biome-ignore format: a table
const isDeclaration = (text: string): boolean => declarations.has(text)

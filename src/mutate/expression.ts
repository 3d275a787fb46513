/** The expressions of SystemVerilog, as far as the mutants need them. */
import type { Token } from './tokens.ts'

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

/** Reads one expression; the parser stands behind it afterwards. */
export class ExpressionReader {
  readonly #tokens: readonly Token[]
  /** Index of the next token. */
  at: number

  constructor(tokens: readonly Token[], at: number) {
    this.#tokens = tokens
    this.at = at
  }

  /** @throws SyntaxError where this subset of SystemVerilog ends. */
  read(): Expression {
    const condition = this.#readBinary(1)
    if (!this.#is('?')) return condition
    this.at++
    const yes = this.read()
    this.#expect(':')
    const no = this.read()
    return { kind: 'ternary', parts: [condition, yes, no], first: condition.first, last: no.last }
  }

  #readBinary(lowest: number): Expression {
    let left = this.#readUnary()
    for (;;) {
      const operator = this.#text()
      const precedence = precedences[operator]
      if (precedence === undefined || precedence < lowest) return left
      const at = this.at++
      const right = this.#readBinary(precedence + 1)
      left = { kind: 'binary', operator, at, parts: [left, right], first: left.first, last: right.last }
    }
  }

  #readUnary(): Expression {
    const operator = this.#text()
    if (!unaries.has(operator)) return this.#readPostfix()
    const first = this.at++
    const inner = this.#readUnary()
    return { kind: 'unary', operator, parts: [inner], first, last: inner.last }
  }

  #readPostfix(): Expression {
    const first = this.at
    const token = this.#tokens[first]
    const parts: Expression[] = []
    if (token === undefined) throw new SyntaxError('Expected an expression, got the end of the file')
    this.at++
    if (token.text === '(') {
      parts.push(this.read())
      this.#expect(')')
    } else if (token.text === '{') {
      parts.push(...this.#readBraces())
    } else if (token.kind === 'number' && !this.#isCast()) {
      return { kind: 'number', text: token.text, parts: [], first, last: first }
    } else if (token.kind === 'symbol') {
      throw new SyntaxError(`Expected an expression, got ${token.text}`)
    }
    for (;;) {
      if (this.#is('[')) {
        this.#skipBrackets()
      } else if (this.#is('::') || this.#is('.')) {
        this.at += 2
      } else if (this.#isCast()) {
        this.at += 2
        // What stands before is a size: a constant.
        parts.length = 0
        parts.push(this.read())
        this.#expect(')')
      } else if (this.#is('(') && token.kind === 'name') {
        this.at++
        const isSystem = token.text.startsWith('$') && token.text !== '$signed' && token.text !== '$unsigned'
        const inner: Expression[] = []
        while (!this.#is(')')) {
          inner.push(this.read())
          if (this.#is(',')) this.at++
        }
        this.at++
        if (!isSystem) parts.push(...inner)
      } else {
        return { kind: 'primary', parts, first, last: this.at - 1 }
      }
    }
  }

  /** After the brace of `{a, b}` or `{n{a, b}}`: a count stays as it is. */
  #readBraces(): Expression[] {
    const items: Expression[] = []
    for (;;) {
      const item = this.read()
      if (items.length === 0 && this.#is('{')) {
        this.at++
        const repeated = this.#readBraces()
        this.#expect('}')
        return repeated
      }
      items.push(item)
      if (this.#is('}')) {
        this.at++
        return items
      }
      this.#expect(',')
    }
  }

  #isCast(): boolean {
    return this.#is("'") && this.#tokens[this.at + 1]?.text === '('
  }

  #skipBrackets(): void {
    let depth = 0
    do {
      if (this.#is('[')) depth++
      if (this.#is(']')) depth--
      this.at++
    } while (depth > 0 && this.at < this.#tokens.length)
  }

  #text(): string {
    const token = this.#tokens[this.at]
    return token?.kind === 'symbol' ? token.text : ''
  }

  #is(text: string): boolean {
    return this.#text() === text
  }

  #expect(text: string): void {
    if (!this.#is(text))
      throw new SyntaxError(`Expected ${text}, got ${this.#tokens[this.at]?.text ?? 'the end of the file'}`)
    this.at++
  }
}

/** The operators of `make mutate`: the ways to break one expression. */
import type { Expression } from './expression.ts'

/** What takes an expression's place. `parts` are the texts of its parts. */
export interface Change {
  readonly operator: 'arithmetic' | 'comparison' | 'logic' | 'condition' | 'constant' | 'update'
  readonly text: string
}

const swaps: Readonly<
  Record<string, { readonly to: readonly string[]; readonly operator: Change['operator'] }>
> = {
  '+': { to: ['-'], operator: 'arithmetic' },
  '-': { to: ['+'], operator: 'arithmetic' },
  '*': { to: ['+'], operator: 'arithmetic' },
  '<<': { to: ['>>'], operator: 'arithmetic' },
  '>>': { to: ['<<'], operator: 'arithmetic' },
  '>>>': { to: ['>>', '<<'], operator: 'arithmetic' },
  '&': { to: ['|'], operator: 'logic' },
  '|': { to: ['&'], operator: 'logic' },
  '^': { to: ['|'], operator: 'logic' },
  '&&': { to: ['||'], operator: 'logic' },
  '||': { to: ['&&'], operator: 'logic' },
  '<': { to: ['<=', '>='], operator: 'comparison' },
  '<=': { to: ['<', '>'], operator: 'comparison' },
  '>': { to: ['>=', '<='], operator: 'comparison' },
  '>=': { to: ['>', '<'], operator: 'comparison' },
  '==': { to: ['!='], operator: 'comparison' },
  '!=': { to: ['=='], operator: 'comparison' },
}

/**
 * The ways to break one expression, each of one token's size; `left` and `right` are the plain texts of the operands.
 * Every change has the width and the sign of what it replaces, so that nothing around it is read differently.
 */
export function listChanges(expression: Expression, textOf: (part: Expression) => string): readonly Change[] {
  switch (expression.kind) {
    case 'binary': {
      const swap = swaps[expression.operator]
      const [left, right] = expression.parts.map(textOf)
      return (swap?.to ?? []).map((to) => ({ operator: swap!.operator, text: `${left} ${to} ${right}` }))
    }
    case 'unary': {
      const { operator } = expression
      const inner = textOf(expression.parts[0])
      if (operator === '!' || operator === '~') return [{ operator: 'logic', text: inner }]
      if (operator === '&' || operator === '|') {
        return [{ operator: 'logic', text: `${operator === '&' ? '|' : '&'}${inner}` }]
      }
      return []
    }
    case 'ternary':
    case 'primary':
      return []
    case 'number':
      return changeNumber(expression.text).map((text) => ({ operator: 'constant', text }))
  }
}

/** One more, or, where that does not fit, one less; `'0` becomes `'1`. */
export function changeNumber(text: string): readonly string[] {
  const fill = /^'([01])$/.exec(text)
  if (fill !== null) return [`'${fill[1] === '0' ? 1 : 0}`]
  const match = /^(?:(\d+)\s*)?'([sS]?)([bBdDhHoO])\s*([\da-fA-F_]+)$/.exec(text)
  if (match === null) return /^\d+$/.test(text) ? [String(Number(text) + 1)] : []
  const [, width, sign, base, digits] = match
  const radix = { b: 2, o: 8, d: 10, h: 16 }[base!.toLowerCase() as 'b' | 'o' | 'd' | 'h']
  const value = Number.parseInt(digits!.replaceAll('_', ''), radix)
  if (!Number.isSafeInteger(value)) return []
  const largest = 2 ** (Number(width ?? 32) - (sign === '' ? 0 : 1)) - 1
  const changed = value < largest ? value + 1 : value - 1
  return [`${width ?? ''}'${sign}${base}${changed.toString(radix)}`]
}

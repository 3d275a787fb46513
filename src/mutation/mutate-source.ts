/** Puts every mutant of a SystemVerilog file into its text; a plusarg chooses one. */
import * as v from 'valibot'
import { type Checked, openObject, whole } from '../input/schema.ts'
import type { Expression } from './expression.ts'
import { type Change, listChanges } from './operators.ts'
import { findSites } from './sites.ts'
import type { Site } from './statements.ts'
import { nextText, skipPast, type TokenCursor } from './token-cursor.ts'
import { readTokens, type Token } from './tokens.ts'

/** One way in which a file is broken. */
export const mutant = openObject({
  /** From 1; 0 is the file as it is. */
  id: whole(),
  file: v.string(),
  line: whole(),
  column: whole(),
  /** Its name among the operators that make mutants. */
  operator: v.string(),
  before: v.string(),
  after: v.string(),
})
export type Mutant = Checked<typeof mutant>

export interface MutatedSource {
  /** The file with every mutant in it, asleep: a plusarg wakes one. */
  readonly text: string
  readonly mutants: readonly Mutant[]
}

/** The variable of each module that says which mutant is awake, 0 for none. Verilog-2005 reads no variable of a package. */
const ACTIVE = 'assay_mutant'
const wake = (name: string): string =>
  ` integer ${name}; initial if (!$value$plusargs("${name}=%d", ${name})) ${name} = 0;`

/** The text of `mutateSource` with one mutant awake for good, 0 for none, for tools that know no plusargs. */
export const chooseMutant = (text: string, id: number): string =>
  text.replaceAll(wake(ACTIVE), ` localparam integer ${ACTIVE} = ${id};`)

/** A file whose mutants are being made. */
interface Mutation {
  readonly source: string
  readonly file: string
  readonly tokens: readonly Token[]
  /** Offset of each line. */
  readonly lineStarts: readonly number[]
  readonly mutants: Mutant[]
  readonly first: number
  readonly without: ReadonlySet<number>
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface MutateOptions {
  /** The number of the first mutant. */
  readonly first?: number
  /** Mutants that keep their numbers and are left out of the text: it would not compile with them. */
  readonly without?: ReadonlySet<number>
}

/**
 * Puts all mutants of a file into one text, so that a model is compiled once and a mutant is chosen when it is opened. Lines
 * stay where they are.
 */
export function mutateSource(source: string, file: string, options: MutateOptions = {}): MutatedSource {
  const { first = 1, without = new Set() } = options
  const tokens = readTokens(source)
  const lineStarts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const mutation: Mutation = { source, file, tokens, lineStarts, mutants: [], first, without }
  const edits: Edit[] = []
  for (const site of findSites(tokens)) {
    const { expression } = site
    if (expression !== null) {
      const text = render(mutation, expression, site.kind === 'condition')
      edits.push({ ...spanOf(tokens, expression), text })
    }
    if (site.kind === 'update') edits.push(...guardUpdate(mutation, site))
  }
  edits.push(...declarations(tokens, ACTIVE))
  return { text: applyEdits(source, edits), mutants: mutation.mutants }
}

/** Gives every module of a source the variable that says which fault is awake: the plusarg of its name, 0 without. */
export const declareSwitch = (source: string, name: string): string =>
  applyEdits(source, declarations(readTokens(source), name))

const declarations = (tokens: readonly Token[], name: string): readonly Edit[] =>
  listHeadEnds(tokens).map(({ end }) => ({ start: end, end, text: wake(name) }))

function applyEdits(source: string, edits: readonly Edit[]): string {
  let text = source
  for (const edit of edits.toSorted((a, b) => b.start - a.start || b.end - a.end))
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end)
  return text
}

/** The semicolon behind the head of each module: what it imports has semicolons of its own. */
function listHeadEnds(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap(({ text }, index) => {
    if (text !== 'module' || tokens[index - 1]?.text === 'extern') return []
    const cursor: TokenCursor = { tokens, at: index + 1 }
    while (nextText(cursor) !== 'import' && !/^[#(;]?$/.test(nextText(cursor))) cursor.at++
    while (nextText(cursor) === 'import') skipPast(cursor, ';')
    skipPast(cursor, ';')
    return [tokens[cursor.at - 1]!]
  })
}

/** The text of an expression with its mutants and those of its parts. */
function render(mutation: Mutation, expression: Expression, isCondition: boolean): string {
  const { source, tokens } = mutation
  const { first, last, parts } = expression
  let text = ''
  let from = tokens[first]!.start
  parts.forEach((part, index) => {
    text += source.slice(from, tokens[part.first]!.start)
    text += render(mutation, part, expression.kind === 'ternary' && index === 0)
    from = tokens[part.last]!.end
  })
  text += source.slice(from, tokens[last]!.end)
  const place = expression.kind === 'binary' ? expression.at : first
  const operandOf = (part: Expression): string => operandText(mutation, part)
  const changes = listChanges(expression, operandOf).map((change) => ({ ...change, place }))
  // Both values of a condition; an operator that only inverts it would say the same.
  const own = isCondition
    ? [
        ...changes.filter(({ text: changed }) => !isInverse(expression, changed)),
        ...["1'b1", "1'b0"].map((value) => ({ operator: 'condition' as const, text: value, place: first })),
      ]
    : changes
  return own.reduce((inner, change) => {
    const id = addMutant(mutation, change.operator, change.place, [textOf(mutation, expression), change.text])
    if (mutation.without.has(id)) return inner
    return `(${ACTIVE} == ${id} ? (${change.text}) : (${inner}))`
  }, text)
}

/** An update that does not happen. */
function guardUpdate(
  mutation: Mutation,
  { first, last }: Extract<Site, { kind: 'update' }>,
): readonly Edit[] {
  const id = addMutant(mutation, 'update', first, [textOf(mutation, { first, last }), ';'])
  if (mutation.without.has(id)) return []
  const { start, end } = spanOf(mutation.tokens, { first, last })
  return [
    { start, end: start, text: `begin if (${ACTIVE} != ${id}) ` },
    { start: end, end, text: ' end' },
  ]
}

/** Notes a mutant at the token `at`; returns its number. */
function addMutant(
  { file, tokens, lineStarts, mutants, first }: Mutation,
  operator: Change['operator'],
  at: number,
  [before, after]: readonly [before: string, after: string],
): number {
  const offset = tokens[at]!.start
  const line = lineStarts.findLastIndex((start) => start <= offset) + 1
  const shorten = (text: string) => text.replace(/\s+/g, ' ')
  const id = first + mutants.length
  mutants.push({
    id,
    file,
    line,
    column: offset - lineStarts[line - 1]! + 1,
    operator,
    before: shorten(before),
    after: shorten(after),
  })
  return id
}

type TokenSpan = Pick<Expression, 'first' | 'last'>

function textOf({ source, tokens }: Mutation, span: TokenSpan): string {
  const { start, end } = spanOf(tokens, span)
  return source.slice(start, end)
}

/** As an operand of any operator. */
function operandText(mutation: Mutation, part: Expression): string {
  const text = textOf(mutation, part)
  return part.kind === 'binary' || part.kind === 'ternary' ? `(${text})` : text
}

const spanOf = (tokens: readonly Token[], { first, last }: TokenSpan) => ({
  start: tokens[first]!.start,
  end: tokens[last]!.end,
})

const inverses: Readonly<Record<string, string>> = {
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
}

function isInverse(expression: Expression, changed: string): boolean {
  if (expression.kind === 'unary') return expression.operator === '!'
  if (expression.kind !== 'binary') return false
  const inverse = inverses[expression.operator]
  return inverse !== undefined && changed.includes(` ${inverse} `)
}

/** Finds the places of a file that can be broken. */
import { findConstantFunctions } from './constant-functions.ts'
import { tryExpression } from './expression.ts'
import {
  readCase,
  readStatement,
  readStatements,
  type Site,
  type SiteReader,
  skipStatement,
} from './statements.ts'
import { isAtEnd, nextText, skipLabel, skipMacro, skipParentheses, skipPast, skipTo } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/**
 * Finds the sites of a file: continuous assignments, declared nets with a value, processes and functions. What only runs
 * before time zero or fixes a size (parameters, ranges, generate conditions, initial blocks, loop headers) is left alone,
 * and so is what leaves the subset that this reads.
 */
export function findSites(tokens: readonly Token[]): readonly Site[] {
  const reader: ModuleReader = { tokens, at: 0, sites: [], constant: findConstantFunctions(tokens) }
  while (!isAtEnd(reader)) {
    const word = nextText(reader)
    if (word === 'module') {
      try {
        skipPast(reader, ';')
        readItems(reader, 'endmodule')
      } catch (error) {
        // The file ends within a module, as this reads it: what was found before stands.
        if (!(error instanceof SyntaxError)) throw error
        return reader.sites
      }
    } else if (bodies.has(word)) skipBody(reader)
    else reader.at++
  }
  return reader.sites
}

interface ModuleReader extends SiteReader {
  /** Functions that decide a size. */
  readonly constant: ReadonlySet<string>
}

/** What has statements or items of its own and is left alone as a whole. */
const bodies = new Set(['package', 'interface', 'class', 'property', 'sequence', 'clocking', 'specify', 'covergroup', 'checker', 'program', 'primitive', 'table', 'config']) // biome-ignore format: a table

function skipBody(reader: ModuleReader): void {
  const word = nextText(reader)
  // `virtual interface` and the like are no bodies: nothing ends them.
  const end = `end${word === 'covergroup' ? 'group' : word}`
  const { at } = reader
  while (!isAtEnd(reader) && nextText(reader) !== end) reader.at++
  if (isAtEnd(reader)) reader.at = at
  reader.at++
  skipLabel(reader)
}

/** Up to `end`, which is read too, with its label. */
function readItems(reader: ModuleReader, end: string): void {
  while (nextText(reader) !== end) readItem(reader)
  reader.at++
  skipLabel(reader)
}

/** Reads one item of a module or of a generate block. */
function readItem(reader: ModuleReader): void {
  const word = nextText(reader)
  if (reader.tokens[reader.at]?.kind === 'macro') {
    skipMacro(reader)
    return
  }
  if (bodies.has(word)) {
    skipBody(reader)
    return
  }
  switch (word) {
    case 'always_ff':
    case 'always':
    case 'always_comb':
    case 'always_latch':
      reader.at++
      readStatement(reader)
      return
    case 'initial':
    case 'final':
      reader.at++
      skipStatement(reader)
      return
    case 'function':
    case 'task': {
      const found = reader.sites.length
      skipTo(reader, '(', ';')
      const name = reader.tokens[reader.at - 1]!.text
      skipPast(reader, ';')
      readStatements(reader, `end${word}`)
      if (reader.constant.has(name)) reader.sites.length = found
      return
    }
    case 'import':
    case 'export':
      // A function of C has no body.
      skipPast(reader, ';')
      return
    case 'assign':
      skipTo(reader, '=')
      readValue(reader)
      return
    case 'wire':
      // What is only there to quiet a linter is read by nobody.
      if (reader.tokens[reader.at + 1]?.text.startsWith('unused') === true) skipPast(reader, ';')
      else readValue(reader)
      return
    case 'for':
      reader.at++
      skipParentheses(reader)
      readBlock(reader)
      return
    case 'if':
      readGenerateIf(reader)
      return
    case 'case':
      readCase(reader, readBlock)
      return
    case 'begin':
      readBlock(reader)
      return
    case 'generate':
    case 'endgenerate':
      reader.at++
      return
    default:
      skipPast(reader, ';')
  }
}

/** What a net is driven by, where it is. */
function readValue(reader: ModuleReader): void {
  skipTo(reader, '=', ';')
  if (nextText(reader) === '=') {
    reader.at++
    const expression = tryExpression(reader, ';', ',')
    if (expression !== null) reader.sites.push({ kind: 'value', expression })
  }
  skipPast(reader, ';')
}

function readGenerateIf(reader: ModuleReader): void {
  reader.at++
  skipParentheses(reader)
  readBlock(reader)
  if (nextText(reader) !== 'else') return
  reader.at++
  readBlock(reader)
}

/** Reads the body of a generate: items between `begin` and `end`, or one alone. */
function readBlock(reader: ModuleReader): void {
  if (nextText(reader) !== 'begin') {
    readItem(reader)
    return
  }
  reader.at++
  skipLabel(reader)
  readItems(reader, 'end')
}

import { readExpression } from './expression.ts'
import { readStatement, readStatements, type Site, type SiteReader } from './statements.ts'
import { isAtEnd, nextText, skipLabel, skipParentheses, skipPast, skipTo } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/**
 * Finds the sites of a file: continuous assignments, declared nets with a value, processes and functions. What only runs
 * before time zero or fixes a size (parameters, ranges, generate conditions, initial blocks, loop headers) is left alone.
 *
 * @throws SyntaxError where the file leaves the subset that this reads.
 */
export function findSites(tokens: readonly Token[]): readonly Site[] {
  const reader: SiteReader = { tokens, at: 0, sites: [] }
  while (!isAtEnd(reader)) {
    if (nextText(reader) === 'package') {
      skipPackage(reader)
    } else if (nextText(reader) === 'module') {
      skipPast(reader, ';')
      readItems(reader, 'endmodule')
    } else reader.at++
  }
  return reader.sites
}

function skipPackage(reader: SiteReader): void {
  while (!isAtEnd(reader) && nextText(reader) !== 'endpackage') reader.at++
  reader.at++
  skipLabel(reader)
}

/** Up to `end`, which is read too, with its label. */
function readItems(reader: SiteReader, end: string): void {
  while (nextText(reader) !== end) readItem(reader)
  reader.at++
  skipLabel(reader)
}

/** Reads one item of a module or of a generate block. */
function readItem(reader: SiteReader): void {
  switch (nextText(reader)) {
    case 'always_ff':
    case 'always':
      reader.at++
      skipEvents(reader)
      readStatement(reader)
      return
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
      const end = `end${nextText(reader)}`
      skipPast(reader, ';')
      readStatements(reader, end)
      return
    }
    case 'assign':
      skipTo(reader, '=')
      readValue(reader)
      return
    case 'wire':
      readValue(reader)
      return
    case 'for':
      reader.at++
      skipParentheses(reader)
      readBlock(reader)
      return
    case 'if':
      readGenerateIf(reader)
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

function skipStatement(reader: SiteReader): void {
  const found = reader.sites.length
  readStatement(reader)
  reader.sites.length = found
}

/** `@*` or `@(posedge clk_i)`. */
function skipEvents(reader: SiteReader): void {
  if (nextText(reader) !== '@') return
  reader.at++
  if (nextText(reader) === '*') reader.at++
  else skipParentheses(reader)
}

/** What a net is driven by, where it is. */
function readValue(reader: SiteReader): void {
  skipTo(reader, '=', ';')
  if (nextText(reader) === '=') {
    reader.at++
    reader.sites.push({ kind: 'value', expression: readExpression(reader) })
  }
  skipPast(reader, ';')
}

function readGenerateIf(reader: SiteReader): void {
  reader.at++
  skipParentheses(reader)
  readBlock(reader)
  if (nextText(reader) !== 'else') return
  reader.at++
  readBlock(reader)
}

/** Reads the body of a generate: items between `begin` and `end`, or one alone. */
function readBlock(reader: SiteReader): void {
  if (nextText(reader) !== 'begin') {
    readItem(reader)
    return
  }
  reader.at++
  skipLabel(reader)
  readItems(reader, 'end')
}

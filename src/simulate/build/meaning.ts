/**
 * What a model is, by what is compiled rather than by what was written: the C++ of Verilator and of the bridge. A comment in the RTL, or
 * a blank, is not in it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashParts } from '../../store/hash.ts'

/** Names a translation by its content. */
export interface TranslationKeys {
  /** SHA-256 of all that is compiled. */
  readonly content: string
  /** SHA-256 of the same without the places in the source that failures name: a line that has moved changes nothing else. */
  readonly meaning: string
}

/** How Verilator tells where `$stop`, `$finish`, `$fatal` and a region that does not converge stand. */
const CALL = /\b(VL_(?:STOP|FINISH|FATAL|WARN)_MT)\("(?:[^"\\]|\\.)*", \d+, /g

/** How it tells which assertion failed, in a line that prints. */
const ASSERTION = /%%(Error|Fatal|Warning|Info): [^"\s]+:\d+: Assertion failed in /g

/** A line of C++ that prints and does nothing else with the text. */
const PRINTS = /^\s*VL_(?:WRITEF|FWRITEF|PRINTF)\w*\(/

/** The C++ without the places that failures name. */
export function withoutPlaces(text: string): string {
  const calls = text.replaceAll(CALL, '$1(')
  if (!calls.includes('Assertion failed in ')) return calls
  return calls
    .split('\n')
    .map((line) => (PRINTS.test(line) ? line.replaceAll(ASSERTION, '%%$1: Assertion failed in ') : line))
    .join('\n')
}

/** @param parts what decides the model besides @param folder of all that is compiled, and of nothing else in C++ */
export async function hashTranslation(parts: readonly string[], folder: string): Promise<TranslationKeys> {
  const names = (await readdir(folder)).filter((name) => /\.(cpp|h)$/.test(name)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const hash = (read: (text: string) => string): string =>
    hashParts([...parts, ...texts.flatMap((text, index) => [names[index]!, read(text)])]).slice(0, 40)
  return { content: hash((text) => text), meaning: hash(withoutPlaces) }
}

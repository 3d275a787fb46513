/** The options of a command without positional arguments, as yargs finds them, without what yargs loads to show its help. */
import Parser from 'yargs-parser'
import type { Declarations } from './declaration.ts'

/** How words are split into options, for yargs and for its parser alike: values are read as they were written. */
export const PARSING = { 'parse-numbers': false, 'parse-positional-numbers': false, 'dot-notation': false }

/**
 * What yargs would hand to the handler of a command, from the same parser.
 *
 * @param words with the command before its options
 * @returns null where yargs has something to say: an option without its value
 */
export function parseOptions(
  declarations: Declarations,
  words: readonly string[],
): Readonly<Record<string, unknown>> | null {
  const keys = Object.keys(declarations)
  const ofType = (wanted: string): string[] =>
    keys.filter((key) => (declarations[key]!.type ?? 'string') === wanted)
  const { argv, error } = Parser.detailed([...words], {
    alias: Object.fromEntries(
      keys.flatMap((key) =>
        declarations[key]!.alias === undefined ? [] : [[key, [declarations[key]!.alias!]]],
      ),
    ),
    array: keys.filter((key) => declarations[key]!.array === true),
    boolean: ofType('boolean'),
    string: ofType('string'),
    narg: Object.fromEntries([...ofType('string'), ...ofType('number')].map((key) => [key, 1])),
    configuration: PARSING,
  })
  return error === null ? argv : null
}

/** This file makes text of other people's files harmless for whoever shows it: a terminal, a browser, a runner of workflows. */

/**
 * Control characters but line breaks and tabs, separators of lines, halves of surrogate pairs, what turns the direction of writing
 * (Unicode TR 36), and what is no character. XML 1.0 can hold all others.
 */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu

/** Most texts are, and need no second look. */
const PLAIN = /^[\t\n -~]*$/

/** Writes each hidden character as its escape: ESC is `\u{1b}`. */
export const makeVisible = (text: string): string =>
  PLAIN.test(text)
    ? text
    : text
        .replace(/\r\n?/g, '\n')
        .replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)

/** Makes a text visible on one line, which no runner of workflows obeys (`::error`). */
export const printable = (text: string): string =>
  makeVisible(text)
    .replace(/[\t\n]+/g, ' ')
    .replace(/(?<=^| )::|##\[/g, (mark) => [...mark].join(' '))

/** Makes a text visible on its own lines. */
export const printableLines = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map(printable)
    .join('\n')

/** A copy of plain data in which every text is another, names of fields included. */
export function mapTexts<Data>(data: Data, change: (text: string) => string): Data {
  const map = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value)
    if (Array.isArray(value)) return value.map(map)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [change(key), map(own)]))
  }
  return map(data) as Data
}

/** From the text of an option to its value: the parsers that several commands share. */
import { InputError } from '../../input/input-error.ts'
import { REPORT_KINDS, type ReportKind } from '../../pipeline/report/kinds.ts'
import { TECHNIQUES, type Technique } from '../../quantise/techniques.ts'

/** The words of a list with commas. */
export const parseWords = (text: string): readonly string[] => text.split(',').map((word) => word.trim())

/** The chosen words in the order of the list; `all` chooses every one. @throws InputError naming a word that is not in the list. */
export function chooseFromList<Word extends string>(
  text: string,
  words: readonly Word[],
  option: string,
): readonly Word[] {
  if (text === 'all') return words
  const asked = parseWords(text)
  const known: ReadonlySet<string> = new Set(words)
  for (const word of asked)
    if (!known.has(word))
      throw new InputError(`there is no "${word}".`, option, `Choose from ${words.join(', ')}, or all.`)
  return words.filter((word) => asked.includes(word))
}

/** Pixels of the network's input. */
export interface Size {
  readonly height: number
  readonly width: number
}

/** `640` or `480x640`, height x width. */
export function parseSize(text: string): Size {
  const match = /^(\d+)(?:x(\d+))?$/.exec(text)
  if (match === null) throw new InputError(`expected 640 or 480x640 (height x width), got ${text}`, '--size')
  const height = Number(match[1])
  const width = match[2] === undefined ? height : Number(match[2])
  for (const side of [height, width])
    if (side < 32 || side % 32 !== 0 || side > 4096)
      throw new InputError(`each side must be a multiple of 32 from 32 to 4096, got ${text}`, '--size')
  return { height, width }
}

/** In the order in which they work, whatever the order asked for: the same set is the same model. */
export function parseTechniques(text: string): readonly Technique[] {
  if (text === 'none') return []
  const asked = parseWords(text)
  const unknown = asked.find((name) => !TECHNIQUES.some((technique) => technique === name))
  if (unknown !== undefined)
    throw new InputError(`expected none or some of ${TECHNIQUES.join(',')}, got ${unknown}`, '--techniques')
  return TECHNIQUES.filter((technique) => asked.includes(technique))
}

/** Which reports of a run are written. */
export const parseReportKinds = (text: string): readonly ReportKind[] =>
  text.split(',').map((part) => {
    const kind = REPORT_KINDS.find((known) => known === part.trim())
    if (kind === undefined)
      throw new InputError(`expected some of ${REPORT_KINDS.join(', ')}, got ${part}`, '--report')
    return kind
  })

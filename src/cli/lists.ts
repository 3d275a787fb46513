/** Parses options such as `--files a,b`: some words of a known list. */
import { InputError } from '../input/input-error.ts'

/** The chosen words in the order of the list; `all` chooses every one. @throws InputError naming a word that is not in the list. */
export function chooseFromList<Word extends string>(
  text: string,
  words: readonly Word[],
  option: string,
): readonly Word[] {
  if (text === 'all') return words
  const asked = text.split(',').map((word) => word.trim())
  const known: ReadonlySet<string> = new Set(words)
  for (const word of asked)
    if (!known.has(word))
      throw new InputError(`there is no "${word}".`, option, `Choose from ${words.join(', ')}, or all.`)
  return words.filter((word) => asked.includes(word))
}

/** The line that makes a red part of a run again in a fresh clone, and what else has to be the same. The page of a night makes lines, too. */
import type { Origin, Reproduction } from './record.ts'
import type { SimResult } from './result.ts'

/** A run of `assay sim`, or of `assay compare`, and the part of it that is red. */
export interface RedRun {
  readonly origin: Pick<
    Origin,
    'commit' | 'dirty' | 'changed' | 'folder' | 'settings' | 'installs' | 'untracked'
  >
  /** Arguments of `assay sim` that decide the result. */
  readonly words: readonly string[]
  readonly mode: SimResult['mode']
  /** The first red layer as the result names it; null if none began, so that all are to run. */
  readonly layer: string | null
  /** The power-up that is red; null in a run without seeds. */
  readonly seed: number | null
  readonly image: string | null
  readonly imageHash: string | null
}

/** As results name the boxes. */
export const Q_NMS = 'q_NMS'

export function reproduce({ origin, words, mode, layer, seed, image, imageHash }: RedRun): Reproduction {
  const { commit, dirty, changed = [], folder = '', settings = [], installs, untracked = [] } = origin
  const narrowed = withOption(words, ['--seeds'], seed === null ? null : String(seed))
  // A chain has no choice of layers, and the boxes go by no name of their own.
  const isWhole = mode === 'chained' || layer === null || layer === Q_NMS
  const own = isWhole ? narrowed : withOption(narrowed, ['--layers', '-l'], layer)
  const steps = [
    ...(commit === null ? [] : [`git checkout ${quote(commit)}`]),
    ...(folder === '' ? [] : [`cd ${quote(folder)}`]),
    ...(installs === true ? ['npm ci --ignore-scripts'] : []),
    [
      ...settings.map((setting) => setting.replace(/(?<==).*$/s, quote)),
      // Without the option, npx would take a package of this name from the registry, whoever has published it.
      ...['npx', '--no-install', 'assay', mode === 'compared' ? 'compare' : 'sim', ...own].map(quote),
    ].join(' '),
  ]
  const elsewhere = own.filter((word) => /^(\/|[A-Za-z]:[\\/])|(^|[\\/])\.\.([\\/]|$)/.test(word))
  return {
    line: steps.join(' && '),
    notes: [
      ...(commit === null ? ['It was no git repository: take the same files.'] : []),
      ...(dirty === true
        ? [
            `The run had uncommitted changes${changed.length === 0 ? '' : ` (${changed.join(', ')})`}, which a clone lacks: the line may come to something else.`,
          ]
        : []),
      ...own.flatMap((word) => {
        const files = untracked.find(({ input }) => input === pathIn(word))?.files
        if (files === undefined) return []
        const what = files.length === 0 ? '' : `: ${files.join(', ')}`
        return [
          `Git does not track ${files.length === 0 ? '' : 'all of '}${pathIn(word)}, so that a clone lacks it${what}`,
        ]
      }),
      ...(installs === true ? [] : ['Install Assay first: no package-lock.json in the clone has it.']),
      ...(image === null || imageHash === null ? [] : [`SHA-256 of ${image}: ${imageHash}`]),
      ...(elsewhere.length === 0 ? [] : [`Perhaps not in the clone: ${elsewhere.join(', ')}`]),
    ],
  }
}

/** The path that a word may be: `rtl` of `--rtl=rtl`. */
export const pathIn = (word: string): string => word.replace(/^--[\w-]+=/, '')

/** The words with an option's value in place of the one that they have; null leaves them as they are. */
function withOption(
  words: readonly string[],
  [name, alias = name]: readonly [name: string, alias?: string],
  value: string | null,
): readonly string[] {
  if (value === null) return words
  return [...withoutOptions(words, { [name.slice(2)]: true, [alias.replace(/^-+/, '')]: true }), name, value]
}

/** The value of an option of the run, if it was given. */
export function optionOf(origin: Origin | undefined, name: string): string | undefined {
  const words = origin?.words ?? []
  return words[words.indexOf(`--${name}`) + 1 || words.length]
}

/** The words without these options. @param options by name, without dashes: whether a value follows as a word of its own */
export function withoutOptions(
  words: readonly string[],
  options: Readonly<Record<string, boolean>>,
): readonly string[] {
  const kept: string[] = []
  for (let at = 0; at < words.length; at++) {
    const [, no, name = '', joined] = /^--?(no-)?([\w-]+)(=.*)?$/s.exec(words[at]!) ?? []
    const takesWord = Object.hasOwn(options, name) ? options[name]! : null
    if (takesWord === null) kept.push(words[at]!)
    else if (takesWord && joined === undefined && no === undefined) at++
  }
  return kept
}

/**
 * A word as a shell reads it back, whatever is in it. Characters that a terminal would obey or hide are written as octal bytes in `$'…'`,
 * which bash, zsh, ksh and POSIX of 2024 read.
 */
export const quote = (word: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!UNPRINTABLE.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`
  const said = word.replaceAll(/[\\']/g, '\\$&').replaceAll(new RegExp(UNPRINTABLE, 'gu'), octalOf)
  return `$'${said}'`
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u

const octalOf = (character: string): string =>
  [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')

/** Breaks a line of a shell between words, so that the shell takes its parts for one line. */
export function breakShell(line: string, width = 80): readonly string[] {
  const words = line.match(/(?:\$'(?:\\.|[^'\\])*'|'[^']*'|\\'|[^\s']|'(?![^']*'))+/g) ?? []
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined) lines.push(`  ${word}`)
    else if (last.endsWith('&&')) lines.push(`  ${word}`)
    else if (last.length + word.length + 3 <= width) lines[lines.length - 1] = `${last} ${word}`
    else {
      lines[lines.length - 1] = `${last} \\`
      lines.push(`    ${word}`)
    }
  }
  return lines
}

/** For a page, where a browser itself would break inside of options: `-` and `-bits`. */
export const blockOfShell = (line: string): string =>
  breakShell(line, 74)
    .map((part) => part.slice(2))
    .join('\n')

/** What red entries have in common: what is left of an entry when seeds, coordinates, counts and paths are taken out. */
import { placesIn } from '../result/problem.ts'
import type { EntryFault, NightEntry } from './night.ts'

export interface Cause {
  readonly status: NightEntry['status']
  readonly kind: string | null
  readonly layer: string | null
  /** The first line of the message, with `#` for each number and `…` for each path, but a faulty source, and each value of an axis. */
  readonly pattern: string
}

/** By how much a status says of the RTL: a difference first, what nobody ran last. */
export const SEVERITY: Readonly<Record<NightEntry['status'], number>> = {
  ...{ differs: 0, failed: 1, unsteady: 2, error: 3, late: 4, notRun: 5, exact: 6, before: 6 },
}

/** Statuses of entries that came to a result, and of which the RTL is to blame. */
export const isOfRtl = (status: NightEntry['status']): boolean => SEVERITY[status] <= SEVERITY.unsteady

const NO_FAULT: Pick<EntryFault, 'layer' | 'kind' | 'message'> = { layer: null, kind: null, message: '' }

export function causeOf({ status, fault, axes }: NightEntry): Cause {
  const { layer, kind, message } = fault ?? NO_FAULT
  return { status, kind, layer, pattern: patternOf(message, layer, Object.values(axes)) }
}

/** Equal for equal causes. */
export const keyOf = ({ status, kind, layer, pattern }: Cause): string =>
  JSON.stringify([status, kind, layer, pattern])

const PATH = /(?<![\w.])(?:[A-Za-z]:)?[\w.@~+-]*[\\/][^\s:,;'"`)]*/g
/** A number with its sign and unit, and whatever else is joined to it: 0x1f, 12.5, 1,024, v5.006. */
const NUMBER = /(?<![A-Za-z_])[-+]?\d[\w.,]*\b|(?<=[A-Za-z])\d+/g

/** @param values what the plan asked for, which a message may name: a picture, a model. */
export function patternOf(message: string, layer: string | null, values: readonly string[] = []): string {
  const first = message.split('\n')[0]!
  const named = values.filter((value) => /[A-Za-z].*[./]|[./].*[A-Za-z]/.test(value)).sort(byLength)
  const source = sourceIn(first, values)
  const placed = source === null ? first : first.replace(source, SOURCE)
  let text = layer === null || layer === '' ? placed : placed.replaceAll(layer, '@')
  for (const value of named) text = text.replaceAll(value, '…')
  return text
    .replace(PATH, '…')
    .replace(NUMBER, '#')
    .replace(/#(?:,? (?:and )?#)+/g, '#')
    .replace(/\bdiffers\b/g, 'differ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(SOURCE, () => shownSource(source ?? ''))
}

/** Stands for the file at fault, while what is left of the message is made the same. */
const SOURCE = '\0'

/** The file that a message begins with, `rtl/add.sv:12:3: …`: two faulty sources are two causes. */
function sourceIn(message: string, values: readonly string[]): string | null {
  const file = placesIn(message)[0]?.file ?? null
  return file === null || values.includes(file) ? null : file
}

/** A path from the working folder is the same on every machine; of another the name is. */
const shownSource = (file: string): string =>
  /^([\\/]|[A-Za-z]:)/.test(file) ? file.replace(/^.*[\\/]/s, '') : file

const byLength = (a: string, b: string): number => b.length - a.length

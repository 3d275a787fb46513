/** Names of tests: model, bits, profile of arithmetic, image, mode, whatever else the plan varies, and the seed. */
import { createHash } from 'node:crypto'
import { ASSAY } from '../arithmetic/built-in.ts'
import type { OptionRules, OptionValues } from './option-rules.ts'
import type { SettledPoint } from './settle-points.ts'

/** What a run and its design are called. */
export interface NamedPoint {
  /** Everything but image and seed. */
  readonly design: string
  /** Everything but the seed. */
  readonly run: string
  readonly axes: Readonly<Record<string, string>>
}

/** Options that every name says in its own way. */
const SAID = new Set([
  ...['model', 'image', 'mode', 'bits', 'weight-bits', 'activation-bits', 'end-bits', 'activation-budget'],
  'profile',
])
const MOST_LABEL = 40
const MODULE = 'module'
/** Options whose value is a file with an ending, of those that are no model, picture or module. */
const FILES = new Set(['calibration', 'names', 'overrides', 'profile'])

export function namePoints(points: readonly SettledPoint[], rules: OptionRules): readonly NamedPoint[] {
  const described = points.map(({ values }) => rules.describe(values))
  const models = shortenAll(described.map(({ model }) => model))
  const images = shortenAll(described.flatMap(({ image }) => (image === null ? [] : [image])))
  const modules = nameModules(points)
  const varied = listVaried(points.map(({ values }) => values))
  const profiles = labelValues('profile', points)
  const labels = new Map(varied.map((name) => [name, labelValues(name, points)]))
  return points.map(({ values }, index) => {
    const { model, image, bits, mode } = described[index]!
    const own = varied.flatMap((name) =>
      values[name] === undefined || name === MODULE
        ? []
        : [`${name}=${labels.get(name)!.get(String(values[name]))}`],
    )
    const before = [models.get(model)!, ...(bits === null ? [] : [bits]), ...profileOf(values, profiles)]
    const module = modules.get(String(values[MODULE]))
    const after = [mode === MODULE ? `module=${module}` : mode, ...own]
    const shown = image === null ? [] : [images.get(image)!]
    const axes = {
      ...textOf(values),
      model,
      ...(image !== null && { image }),
      ...(bits !== null && { bits }),
      mode,
    }
    return { design: [...before, ...after].join(' '), run: [...before, ...shown, ...after].join(' '), axes }
  })
}

/** The usual one goes without saying. */
const profileOf = ({ profile }: OptionValues, labels: ReadonlyMap<string, string>): readonly string[] =>
  profile === undefined || profile === ASSAY.name ? [] : [labels.get(String(profile))!]

const textOf = (values: OptionValues): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))

/** Options that are not the same in all points, in the order of their names. */
function listVaried(all: readonly OptionValues[]): readonly string[] {
  const [first] = all
  const names = new Set(all.flatMap((values) => Object.keys(values)))
  return [...names]
    .filter((name) => !SAID.has(name) && all.some((values) => values[name] !== first![name]))
    .sort()
}

/** By path of its configuration, what a module is called: `conv` for conv/assay.config.ts, and for conv.config.ts. */
function nameModules(points: readonly SettledPoint[]): ReadonlyMap<string, string> {
  const paths = [...new Set(points.flatMap(({ values }) => values[MODULE] ?? []).map(String))]
  const stemOf = (path: string): string =>
    path.replace(/(\.config)?\.[cm]?(ts|js|json)$/, '').replace(/(?<=[^/])\/assay$/, '')
  const stems = paths.map(stemOf)
  const isOwn = (stem: string): boolean => stems.indexOf(stem) === stems.lastIndexOf(stem)
  const named = new Map(paths.map((path, at) => [path, isOwn(stems[at]!) ? stems[at]! : path]))
  const labels = shortenAll([...named.values()])
  return new Map([...named].map(([path, own]) => [path, labels.get(own)!]))
}

/** What stands for each value of an option: a path by its shortest telling end, a long text by its end with digits. */
function labelValues(name: string, points: readonly SettledPoint[]): ReadonlyMap<string, string> {
  const all = [
    ...new Set(points.flatMap(({ values }) => (values[name] === undefined ? [] : [String(values[name])]))),
  ]
  const isPlain = all.every((text) => text.length <= MOST_LABEL && !/[/\s\p{Cc}]/u.test(text))
  return isPlain && new Set(all.map(foldName)).size === all.length
    ? new Map(all.map((text) => [text, text]))
    : shortenAll(all, FILES.has(name))
}

/**
 * What is left of a name where it is folded: servers of JUnit take dots for packages (`asName` of report/junit.ts), and file systems may
 * not tell cases and forms of one letter apart. Names that differ there differ everywhere.
 */
export const foldName = (name: string): string =>
  name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/[./\s]+/g, '_')

/**
 * By path: its last parts, as few as tell it from the others, without an ending that they do without.
 *
 * @param hasEndings false where a dot begins no ending: `model.0` is a layer.
 */
export function shortenAll(paths: readonly string[], hasEndings = true): ReadonlyMap<string, string> {
  const all = [...new Set(paths)]
  const left = new Set(all)
  const labels = new Map<string, string>()
  const taken = new Set<string>()
  const name = (path: string, label: string): void => {
    labels.set(path, label)
    taken.add(foldName(label))
    left.delete(path)
  }
  const deepest = Math.max(0, ...all.map((path) => path.split('/').length))
  for (let parts = 1; parts <= deepest && left.size > 0; parts++) {
    for (const withEnding of hasEndings ? [false, true] : [true]) {
      const ends = [...left].map((path) => [path, endOf(path, parts, withEnding)] as const)
      const counts = new Map<string, number>()
      for (const [, end] of ends) counts.set(foldName(end), (counts.get(foldName(end)) ?? 0) + 1)
      const before = new Set(taken)
      for (const [path, end] of ends)
        if (counts.get(foldName(end)) === 1 && !before.has(foldName(end))) name(path, end)
    }
  }
  for (const path of left) name(path, withDigest(endOf(path, 1, !hasEndings), path, taken))
  return labels
}

/** What no name of a test has: it would need quotes in a shell, or would pass for another part of the name. */
const ODD = /[^\p{L}\p{M}\p{N}._+@~/-]+/gu
const AT_ENDS = /(?<=^|\/)_+|_+(?=\/|$)/g
/** Of a name that is too long, the letters at its end, which tell more. */
const MOST_END = 24

function endOf(path: string, parts: number, withEnding: boolean): string {
  const end = path.split('/').slice(-parts).join('/')
  const plain = (withEnding ? end : end.replace(/(?<=[^/])\.\w{1,5}$/, '')).normalize('NFC')
  const label = plain.search(ODD) < 0 ? plain : plain.replaceAll(ODD, '_').replaceAll(AT_ENDS, '')
  if (label !== '' && label.length <= MOST_LABEL) return label
  return withDigest([...label].slice(-MOST_END).join(''), path)
}

/** A label with digits of the whole path, as many as it takes to be no other's. @param taken labels, folded */
function withDigest(label: string, path: string, taken: ReadonlySet<string> = new Set()): string {
  const digest = createHash('sha256').update(path).digest('hex')
  const lengths = [8, 12, 16, 24, 32]
  const all = lengths.map((length) =>
    [label, digest.slice(0, length)].filter((part) => part !== '').join('-'),
  )
  return all.find((own) => !taken.has(foldName(own))) ?? digest
}

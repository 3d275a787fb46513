/** Names of tests: model, bits, image, mode, whatever else the plan varies, and the seed. */
import { createHash } from 'node:crypto'
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
const SAID = new Set(['model', 'image', 'bits', 'weight-bits', 'activation-bits', 'mode'])
const MOST_LABEL = 40
const MODULE = 'module'

export function namePoints(points: readonly SettledPoint[], rules: OptionRules): readonly NamedPoint[] {
  const described = points.map(({ values }) => rules.describe(values))
  const models = shortenAll(described.map(({ model }) => model))
  const images = shortenAll(described.flatMap(({ image }) => (image === null ? [] : [image])))
  const modules = nameModules(points)
  const varied = listVaried(points.map(({ values }) => values))
  const labels = new Map(varied.map((name) => [name, labelValues(name, points)]))
  return points.map(({ values }, index) => {
    const { model, image, bits, mode } = described[index]!
    const own = varied.flatMap((name) =>
      values[name] === undefined || name === MODULE
        ? []
        : [`${name}=${labels.get(name)!.get(String(values[name]))}`],
    )
    const before = [models.get(model)!, ...(bits === null ? [] : [bits])]
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
  const stems = new Map(
    paths.map((path) => [
      path,
      path.replace(/(\.config)?\.[cm]?(ts|js|json)$/, '').replace(/(?<=[^/])\/assay$/, ''),
    ]),
  )
  const labels = shortenAll([...stems.values()])
  return new Map(paths.map((path) => [path, labels.get(stems.get(path)!)!]))
}

/** What stands for each value of an option: a path by its shortest telling end, a long text by its first digits. */
function labelValues(name: string, points: readonly SettledPoint[]): ReadonlyMap<string, string> {
  const all = [
    ...new Set(points.flatMap(({ values }) => (values[name] === undefined ? [] : [String(values[name])]))),
  ]
  return all.every((text) => text.length <= MOST_LABEL && !text.includes('/') && !/\s/.test(text))
    ? new Map(all.map((text) => [text, text]))
    : shortenAll(all)
}

/** By path: its last parts, as few as tell it from the others, without an ending that they do without. */
export function shortenAll(paths: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(paths)]
  const left = new Set(all)
  const labels = new Map<string, string>()
  const deepest = Math.max(0, ...all.map((path) => path.split('/').length))
  for (let parts = 1; parts <= deepest && left.size > 0; parts++) {
    for (const withEnding of [false, true]) {
      const ends = [...left].map((path) => [path, endOf(path, parts, withEnding)] as const)
      const counts = new Map<string, number>()
      for (const [, end] of ends) counts.set(end, (counts.get(end) ?? 0) + 1)
      const taken = new Set(labels.values())
      for (const [path, end] of ends)
        if (counts.get(end) === 1 && !taken.has(end)) {
          labels.set(path, end)
          left.delete(path)
        }
    }
  }
  for (const path of left) labels.set(path, digestOf(path))
  return labels
}

function endOf(path: string, parts: number, withEnding: boolean): string {
  const end = path.split('/').slice(-parts).join('/')
  const plain = withEnding ? end : end.replace(/(?<=[^/])\.\w{1,5}$/, '')
  // A name has no spaces, and fits on a line.
  return /\s/.test(plain) || plain.length > MOST_LABEL ? digestOf(path) : plain
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** Which entries belong together, said by what they were asked for: `20 images × W8A8 × seeds 1..5` and not a hundred names. */
import type { NightEntry } from './night.ts'

/** Some entries that are every combination of these values. */
export interface Block {
  /** By axis, in the order of the plan. */
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly entries: number
}

type Axes = NightEntry['axes']

/** The values that a plan has on each axis, in the order in which they first appear. */
export function axesOf(entries: readonly Pick<NightEntry, 'axes'>[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const { axes } of entries)
    for (const [axis, value] of Object.entries(axes)) {
      const values = found.get(axis)
      if (values === undefined) found.set(axis, new Set([value]))
      else values.add(value)
    }
  return new Map([...found].map(([axis, values]) => [axis, [...values]]))
}

/**
 * Splits entries into blocks, each a whole product of values. Blocks that differ on one axis alone become one, axis by axis, until none
 * do: every entry is in just one block. A member without an axis counts as one with an empty value there.
 */
export function blocksOf(members: readonly Axes[], axes: readonly string[]): readonly Block[] {
  let blocks = members.map((own) => axes.map((axis) => [own[axis] ?? '']))
  let before: number
  do {
    before = blocks.length
    for (let at = 0; at < axes.length; at++) blocks = joinAlong(blocks, at)
  } while (blocks.length < before)
  return blocks
    .map((values) => ({
      values: Object.fromEntries(axes.map((axis, at) => [axis, values[at]!])),
      entries: values.reduce((product, { length }) => product * length, 1),
    }))
    .sort((a, b) => b.entries - a.entries)
}

type Values = string[][]

function joinAlong(blocks: readonly Values[], at: number): Values[] {
  const joined = new Map<string, Values>()
  for (const block of blocks) {
    const key = JSON.stringify(block.map((values, axis) => (axis === at ? null : values.toSorted())))
    const other = joined.get(key)
    if (other === undefined)
      joined.set(
        key,
        block.map((values) => [...values]),
      )
    else other[at]!.push(...block[at]!)
  }
  return [...joined.values()]
}

/** Values that are named before they are counted. */
const MOST_NAMED = 4

/** Says a block in words, with its size. @param plan `axesOf` all entries */
export const describeBlock = (block: Block, plan: ReadonlyMap<string, readonly string[]>): string =>
  `${block.entries} ${block.entries === 1 ? 'entry' : 'entries'}: ${describeExtent(block, plan)}`

/** Axes on which the whole plan has one value are left out. @param plan `axesOf` all entries */
export function describeExtent({ values }: Block, plan: ReadonlyMap<string, readonly string[]>): string {
  const parts = Object.entries(values).flatMap(([axis, own]) => {
    const all = plan.get(axis) ?? []
    return all.length < 2 ? [] : [describeValues(axis, own, all)]
  })
  return parts.length === 0 ? 'the whole plan' : parts.join(' × ')
}

/** Axes whose values say what they are. */
const PLAIN = new Set(['model', 'image', 'bits', 'mode'])
/** Of axes whose name is no word for one of its values. */
const PLURALS: Readonly<Record<string, string>> = { bits: 'widths', rtl: 'folders of RTL' }

function describeValues(axis: string, own: readonly string[], all: readonly string[]): string {
  const named = PLAIN.has(axis) && !/^\d+$/.test(own[0]!) ? '' : `${axis} `
  if (own.length === 1) return own[0] === '' ? `no ${axis}` : `${named}${own[0]}`
  if (axis === 'seed' && own.every((value) => /^\d+$/.test(value)))
    return `seeds ${describeNumbers(own.map(Number))}`
  if (own.length === all.length) return `all ${own.length} ${PLURALS[axis] ?? `${axis}s`}`
  const some = own.slice(0, MOST_NAMED).join(', ')
  const more = own.length - MOST_NAMED
  return `${named}${some}${more > 0 ? ` and ${more} more` : ''}`
}

/** `1..5, 9`, as `--seeds` takes them. */
export function describeNumbers(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && number === last[1] + 1) last[1] = number
    else runs.push([number, number])
  }
  const shown = runs
    .slice(0, 2 * MOST_NAMED)
    .map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`))
  const more = runs.slice(2 * MOST_NAMED).reduce((sum, [from, to]) => sum + to - from + 1, 0)
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** This file defines the self-test's result and renders it: what was flipped, where it should go red, and where it did. */
import * as v from 'valibot'
import { type Checked, count, described, openObject, real } from '../input/schema.ts'
import { type Column, formatSeconds, renderTable, wrap } from './table.ts'
import type { Paint } from './terminal.ts'

const flipSchema = openObject({
  kind: v.picklist([
    // Nothing was flipped, so everything must be green.
    'nothing',
    // One bit of the golden data that a layer is compared with.
    'golden',
    // One field of a golden box.
    'boxes',
    // One bit of a ROM file with an unchanged manifest. The file is refused before the first cycle.
    'rom file',
    // The same bit with a manifest that fits. The diff finds it where the reference model says.
    'rom word',
    // A fault planted in a copy of the RTL.
    'rtl',
    // One bit of a tensor on its way into the user's own module.
    'load',
  ]),
  // `bit 3`, `weights[812].130` (word, bit), `requantise.sv: rounds down`.
  what: described(v.string(), 'What was changed.'),
  expected: described(v.string(), 'Where it must go red, and nowhere else.'),
  found: described(v.string(), 'Where it went red.'),
  cause: described(v.optional(v.string()), 'The cause, or kind of fault, that the diff must name.'),
  named: described(v.optional(v.string()), 'What it named.'),
  caught: v.boolean(),
})
export type Flip = Checked<typeof flipSchema>

export const selftestSchema = openObject({
  model: v.string(),
  image: v.string(),
  array: v.string(),
  module: described(v.optional(v.string()), "The user's module, if it was tested instead of Assay's array."),
  seed: described(count, 'The same seed flips the same bits.'),
  verdict: v.picklist(['all caught', 'something stayed green']),
  flips: v.array(flipSchema),
  skipped: described(v.array(v.string()), 'What could not be tried on this model, and why.'),
  seconds: real(0),
})
export type SelftestResult = Checked<typeof selftestSchema>

const COLUMNS: readonly Column<Flip>[] = [
  { title: 'flipped', align: 'left', value: ({ kind, what }) => `${kind} ${what}`, maxWidth: 24 },
  { title: 'must go red', align: 'left', value: ({ expected }) => expected, maxWidth: 26 },
  { title: 'went red', align: 'left', value: ({ found }) => found, maxWidth: 26 },
]

/** Faults planted in the RTL, and what the diff named as their cause. */
const PLANTED: readonly Column<Flip>[] = [
  { title: 'planted', align: 'left', value: ({ what }) => what, maxWidth: 25 },
  { title: 'must go red', align: 'left', value: ({ expected }) => expected, maxWidth: 13 },
  { title: 'went red', align: 'left', value: ({ found }) => found, maxWidth: 13 },
  { title: 'cause', align: 'left', value: ({ named }) => named ?? '', maxWidth: 23 },
]

/** Renders lines of at most 80 columns. */
export function renderSelftest(result: SelftestResult, paint: Paint): string {
  const render = (columns: readonly Column<Flip>[], flips: readonly Flip[]) =>
    renderTable(columns, flips, (line, flip) => (flip.caught ? line : paint('red', line)))
  const planted = result.flips.filter(({ named }) => named !== undefined)
  const rows = [
    ...render(
      COLUMNS,
      result.flips.filter(({ named }) => named === undefined),
    ),
    ...(planted.length === 0 ? [] : ['', ...render(PLANTED, planted)]),
  ]
  const missed = result.flips.filter((flip) => !flip.caught)
  const details = missed.flatMap((flip) => [
    ...wrap(
      `${flip.kind} ${flip.what}: expected red at ${flip.expected}, found ${flip.found}${describeCause(flip)}`,
    ),
  ])
  return [
    ...rows,
    '',
    ...details.map((line) => paint('red', line)),
    ...result.skipped.flatMap((text) => wrap(`Not tried: ${text}`)),
    ...wrap(closingLine(result)).map((line) => paint('bold', line)),
  ].join('\n')
}

const describeCause = ({ cause, named }: Flip): string =>
  cause === undefined || cause === named ? '' : `, with ${named} in place of ${cause} as the cause`

function closingLine({ flips, model, array, module, seed, seconds }: SelftestResult): string {
  const faults = flips.filter(({ kind }) => kind !== 'nothing')
  const missed = flips.filter(({ caught }) => !caught)
  const what = module === undefined ? `array ${array}` : `module ${module}, whose RTL was not changed`
  const about = `${model}, ${what}, seed ${seed}, ${formatSeconds(seconds)}`
  return missed.length === 0
    ? `All ${faults.length} faults went red where they were made, and nowhere else (${about}).`
    : `${missed.length} of ${flips.length} checks failed: do not trust a green diff until this is fixed (${about}).`
}

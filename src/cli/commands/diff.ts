/** `assay diff OLD NEW`: what changed between two frozen sets, layer by layer. */
import type { FrozenDiff } from '../../pipeline/golden/frozen-set.ts'
import { setExitCode } from '../../process/exit.ts'
import { renderTable } from '../../report/table.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_OPTIONS } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult } from '../terminal/print.ts'

const SETS = {
  old: { type: 'string', demandOption: true, describe: 'folder that assay golden --freeze wrote' },
  new: { type: 'string', demandOption: true, describe: 'another one' },
} as const satisfies Declarations
const OPTIONS = { json: MODEL_OPTIONS.json } as const
type DiffArguments = Arguments<typeof SETS & typeof OPTIONS>

export const diffCommand = defineCommand<DiffArguments>({
  name: 'diff',
  positionals: SETS,
  options: OPTIONS,
  handler: async (args) => {
    const { compareFrozen } = await import('../../pipeline/golden/frozen-set.ts')
    const diff = await compareFrozen(args.old, args.new)
    const { about, layers } = diff
    printResult(args, { same: about.length + layers.length === 0, about, layers }, () =>
      renderFrozenDiff(diff),
    )
    setExitCode(about.length + layers.length === 0 ? EXIT.done : EXIT.mismatch)
  },
})

/** Text of at most 80 columns. */
export function renderFrozenDiff({ about, layers, newer }: FrozenDiff): string {
  if (about.length + layers.length === 0)
    return `Nothing changed: all ${newer.layers.length} layers and the boxes are the same.`
  const rows = layers.flatMap(({ name, kind, what }) =>
    what.map((text, index) => (index === 0 ? { name, kind, text } : { name: '', kind: '', text })),
  )
  const table = renderTable<(typeof rows)[number]>(
    [
      { title: 'layer', align: 'left', value: ({ name }) => name, maxWidth: 18 },
      { title: '', align: 'left', value: ({ kind }) => kind },
      { title: 'what', align: 'left', value: ({ text }) => text, maxWidth: 50 },
    ],
    rows,
  )
  return [
    ...about,
    ...(about.length > 0 && rows.length > 0 ? [''] : []),
    ...(rows.length > 0 ? table : []),
    '',
    `${layers.length} of ${newer.layers.length} layers changed.`,
  ].join('\n')
}

/** What `--help` shows, of Assay and of one command. */
import { wrap } from '../report/table.ts'
import { COMMANDS } from './commands.ts'
import type { Declaration } from './options/declaration.ts'
import type { AssayCommand } from './options/define-command.ts'
import type { ListedCommand } from './options/listed-command.ts'

const PURPOSE = 'Proves that a YOLOv8 accelerator computes exactly what the quantised model says.'
const EXIT_CODES =
  'Exit codes: 0 bit-exact or done, 1 a mismatch, 2 bad usage or bad input, 3 a tool or the system failed.'

export const helpWidth = (): number => Math.min(100, process.stdout.columns ?? 80)

type Row = readonly [name: string, what: string]

/** Rows below a title, in two columns: that of the names is as wide as the longest. */
function renderRows(title: string, rows: readonly Row[], width: number): string {
  const column = Math.max(...rows.map(([name]) => name.length)) + 4
  const lines = rows.map(
    ([name, what]) => `  ${name}`.padEnd(column) + wrap(what, width - column).join('\n'.padEnd(column + 1)),
  )
  return [title, ...lines, ''].join('\n')
}

const VERSION: Row = ['    --version', "show Assay's version"]

export function renderHelp(width: number): string {
  const commands = COMMANDS.map(({ command, describe }): Row => [`assay ${command}`, describe])
  const help: Row = ['-h, --help', 'show help; assay <command> --help shows that of a command']
  return [
    'assay <command>\n',
    `${PURPOSE}\n`,
    renderRows('Commands:', commands, width),
    renderRows('Options:', [VERSION, help], width),
    `${wrap(EXIT_CODES, width).join('\n')}\n`,
  ].join('\n')
}

/** Options stand below the titles of their groups, the others below `Options:`. */
export function renderCommandHelp(listed: ListedCommand, command: AssayCommand, width: number): string {
  const { declarations, groups, examples } = command
  const shown = Object.entries(declarations).filter(([, { hidden }]) => hidden !== true)
  const isArgument = ([name]: readonly [string, Declaration]): boolean =>
    new RegExp(`[<[]${name}\\b`).test(listed.command)
  const options = shown.filter((one) => !isArgument(one))
  const grouped = Object.entries(groups).map(([title, names]): readonly [string, readonly Row[]] => [
    title,
    names.flatMap((name) => options.filter(([own]) => own === name)).map(optionRow),
  ])
  const others = options.filter(([name]) => !Object.values(groups).flat().includes(name)).map(optionRow)
  const parts: readonly (readonly [string, readonly Row[]])[] = [
    ['Arguments:', shown.filter(isArgument).map(([name, one]) => [name, explain(one)])],
    ...grouped,
    ['Options:', [...others, VERSION, ['-h, --help', 'show this help']]],
  ]
  const rendered = parts.flatMap(([title, rows]) =>
    rows.length === 0 ? [] : [renderRows(title, rows, width)],
  )
  return [
    `assay ${listed.command}\n`,
    `${wrap(listed.describe, width).join('\n')}\n`,
    ...rendered,
    ...(examples.length === 0 ? [] : ['Examples:']),
    ...examples.map(([line, what]) => `  ${line}\n      ${wrap(what, width - 6).join('\n      ')}`),
    `${examples.length === 0 ? '' : '\n'}${wrap(EXIT_CODES, width).join('\n')}\n`,
  ].join('\n')
}

const optionRow = ([name, declaration]: readonly [string, Declaration]): Row => [
  `${declaration.alias === undefined ? '   ' : `-${declaration.alias},`} --${name}`,
  explain(declaration),
]

/** The description, and in brackets what may be given and what holds without it. */
function explain({ describe = '', type, range, choices, array, default: value }: Declaration): string {
  const number = range === undefined || range[1] === Infinity ? 'number' : `${range[0]} to ${range[1]}`
  const notes = [
    ...(type === 'number' ? [number] : []),
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(array ? ['several times'] : []),
    // What is off, or empty, is so until it is asked for.
    ...(value === undefined || value === false || Array.isArray(value) ? [] : [`default: ${value}`]),
  ]
  return [describe, ...notes.map((note) => `[${note}]`)].join(' ')
}

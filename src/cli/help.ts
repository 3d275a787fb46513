/** What `assay --help` shows. yargs, which shows the help of each command, takes longer to load than all else here. */
import { wrap } from '../report/table.ts'
import { COMMANDS } from './commands.ts'

export const PURPOSE = 'Proves that a YOLOv8 accelerator computes exactly what the quantised model says.'
export const EXIT_CODES =
  'Exit codes: 0 bit-exact or done, 1 a mismatch, 2 bad usage or bad input, 3 a tool or the system failed.'

export const helpWidth = (): number => Math.min(100, process.stdout.columns ?? 80)

export function renderHelp(width: number): string {
  const names = COMMANDS.map(({ command }) => `assay ${command}`)
  const column = Math.max(...names.map((name) => name.length)) + 4
  const row = (name: string, what: string): string =>
    `  ${name}`.padEnd(column) + wrap(what, width - column).join('\n'.padEnd(column + 1))
  return `assay <command>

${PURPOSE}

Commands:
${COMMANDS.map(({ describe }, index) => row(names[index]!, describe)).join('\n')}

Options:
${row('    --version', "show Assay's version")}
${row('-h, --help', 'show help; assay <command> --help shows that of a command')}

${wrap(EXIT_CODES, width).join('\n')}
`
}

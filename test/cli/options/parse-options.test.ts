/** Options as the parser of yargs finds them are those that yargs itself hands to a command. */
import { describe, expect, test } from 'vitest'
import yargs from 'yargs'
import { COMMANDS } from '../../../src/cli/commands.ts'
import type { AssayCommand } from '../../../src/cli/options/define-command.ts'
import { PARSING, parseOptions } from '../../../src/cli/options/parse-options.ts'
import { runAssay } from '../run-assay.ts'

/** What a handler gets: yargs also has its own name, and nothing for what is absent. */
const given = (parsed: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(parsed).filter(
      ([key, value]) => key !== '$0' && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  )

/** What yargs itself hands to the command; null where it refuses. */
function yargsOf(command: AssayCommand): (words: readonly string[]) => Record<string, unknown> | null {
  let found: Record<string, unknown> | null = null
  const make = () =>
    yargs([])
      .parserConfiguration(PARSING)
      .command({
        command: command.name,
        builder: (one) => command.build(one),
        handler: (parsed) => {
          found = given(parsed)
        },
      })
      .version(false)
      .help(false)
      .exitProcess(false)
      .wrap(null)
      .fail((message, error) => {
        throw error ?? new Error(message)
      })
  let parser = make()
  return (words) => {
    found = null
    try {
      parser.parseSync([...words])
    } catch (error) {
      if (!/^Not enough arguments following: /.test((error as Error).message)) throw error
      // A parser that has refused once refuses the next line, too.
      parser = make()
      return null
    }
    return found
  }
}

const sim = (await COMMANDS.find(({ command }) => command === 'sim')!.load()) as AssayCommand
const simByYargs = yargsOf(sim)
const plain = COMMANDS.filter(({ command }) => !command.includes(' '))

describe('the parser finds what yargs finds', () => {
  test.each([
    '',
    '--image a.jpg --bits 8',
    '-i a.jpg -j 2',
    '-ia.jpg -j2',
    '-j=2',
    '-jx',
    '--image=a.jpg --image b.jpg',
    '--bits 08 --jobs -1 --jobs=1e3',
    '--layers 1..4 --layers=5',
    '--quiet',
    '--quiet=false --no-quiet',
    '--quiet false',
    '--quiet=maybe',
    '-q',
    '-qj 2',
    '--noSuch 1 --no-such --no-color',
    '--weight-bits 6 --weightBits 5',
    '--out',
    '--out --quiet',
    '--image "" --out a=b=c',
    'stray words here',
    '-- --image a.jpg',
    '--image a.jpg -- rest',
    '--images.length 3',
    '--seed 007 --seed 0x10',
    '-',
    '--',
    '---image a',
    '--image -1 --image -x',
  ])('assay sim %s', (line) => {
    const words = [
      'sim',
      ...line.split(' ').flatMap((word) => (word === '' ? [] : word === '""' ? '' : word)),
    ]
    const parsed = parseOptions(sim.declarations, words)
    expect(parsed === null ? null : given(parsed)).toEqual(simByYargs(words))
  })

  test.each(plain.map(({ command, load }) => [command, load] as const))(
    'every option of assay %s, and every kind of option in every spelling',
    async (name, load) => {
      const command = await load()
      const byYargs = yargsOf(command)
      const kinds = new Set<string>()
      for (const [option, { alias, type, array, default: usual }] of Object.entries(command.declarations))
        for (const flag of [`--${option}`, ...(alias === undefined ? [] : [`-${alias}`])]) {
          // Yargs takes milliseconds a line: what differs from an option before in its name alone is tried once.
          const kind = JSON.stringify([type, array, usual === undefined, flag.length])
          const others = [[flag], [`${flag}=value`], [flag, '5', flag, '6'], [`--no-${option}`]]
          for (const words of [[flag, 'value'], ...(kinds.has(kind) ? [] : others)]) {
            const parsed = parseOptions(command.declarations, [name, ...words])
            const what = `${type}: ${words.join(' ')}`
            expect([what, parsed === null ? null : given(parsed)]).toEqual([what, byYargs([name, ...words])])
          }
          kinds.add(kind)
        }
    },
  )
})

test.each(['-qh', '--h', '--help', '-h', '--version'])(
  'assay sim %s shows, and runs nothing',
  async (word) => {
    const { exitCode, stdout, stderr } = await runAssay(['sim', word])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(word === '--version' ? /^\d+\.\d+\.\d+/ : /^assay sim\n/)
  },
)

/** `assay completion bash|zsh`: a script by which the shell asks Assay itself what may follow the words of a line. */
import { type Arguments, type Declaration, type Declarations, spellings } from '../options/declaration.ts'
import { type AssayCommand, defineCommand, type ListedCommand, nameOf } from '../options/define-command.ts'
import { wordsPassedOn } from '../options/read-arguments.ts'

/** Where Assay names nothing, the shell completes files. */
const SCRIPTS = {
  bash: `# Put this into ~/.bashrc: source <(assay completion bash)
_assay() {
  local IFS=$'\\n'
  COMPREPLY=($(assay completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null))
}
complete -o default -F _assay assay
`,
  zsh: `# Put this into ~/.zshrc, after compinit: source <(assay completion zsh)
_assay() {
  local -a found
  found=("\${(@f)$(assay completion zsh -- "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ -n "$found" ]]; then _describe assay found; else _files; fi
}
compdef _assay assay
`,
} as const

const PARTS = {
  shell: { choices: ['bash', 'zsh'] as const, demandOption: true, describe: 'bash or zsh' },
} as const satisfies Declarations

/** @param commands what is completed, beside the command itself. */
export const makeCompletionCommand = (commands: readonly ListedCommand[]): AssayCommand =>
  defineCommand<Arguments<typeof PARTS>>({
    name: 'completion',
    positionals: PARTS,
    options: {},
    passesOn: true,
    examples: [['source <($0 completion bash)', 'complete in this shell']],
    handler: async ({ shell }, { words }) => {
      if (!words.includes('--')) process.stdout.write(SCRIPTS[shell])
      else
        for (const [word, what] of await complete(commands, wordsPassedOn(words)))
          process.stdout.write(`${shell === 'zsh' && what !== '' ? `${word}:${what}` : word}\n`)
    },
  })

type Completion = readonly [word: string, what: string]

/**
 * What the last of the words may become: a command, an option or one of the words that an option allows.
 *
 * @param words those behind `assay`; bash makes three of `--mode=chained`.
 */
export async function complete(
  commands: readonly ListedCommand[],
  words: readonly string[],
): Promise<readonly Completion[]> {
  const own = words.at(-1) === '=' ? [...words, ''] : words
  const [name, ...rest] = own.filter((word) => word !== '=')
  const current = rest.at(-1)
  const begins = ([word]: Completion): boolean => word.startsWith(current ?? name ?? '')
  if (current === undefined)
    return commands.map((listed): Completion => [nameOf(listed), listed.describe]).filter(begins)
  const listed = commands.find((listed) => nameOf(listed) === name)
  if (listed === undefined) return []
  const command = await listed.load()
  const before = rest.slice(0, -1)
  const end = before.indexOf('--')
  // `assay farm -- …`: the options of `assay sim`.
  if (end >= 0) return name === 'farm' ? complete(commands, ['sim', ...rest.slice(end + 1)]) : []
  const names = spellings(command.declarations)
  const find = (word = ''): Declaration | undefined =>
    word.startsWith('-') ? command.declarations[names.get(word.replace(/^--?/, '')) ?? ''] : undefined
  const joined = /^(--[^=]+=)/.exec(current)?.[1] ?? ''
  const asked = find(joined === '' ? before.at(-1) : joined.slice(0, -1))
  if (asked !== undefined && asked.type !== 'boolean')
    return (asked.choices ?? []).map((choice) => [`${joined}${choice}`, ''] as const).filter(begins)
  // A command that takes files besides offers its options where one is begun.
  const takesFiles = /[<[]/.test(listed.command)
  const list = !current.startsWith('-') && takesFiles ? listArguments : listOptions
  return list(command.declarations, listed.command).filter((own) => begins(own) && !before.includes(own[0]))
}

const isArgument = (command: string, name: string): boolean => new RegExp(`[<[]${name}\\b`).test(command)

const listArguments = (declarations: Declarations, command: string): readonly Completion[] =>
  Object.entries(declarations)
    .filter(([name]) => isArgument(command, name))
    .flatMap(([, { choices = [], describe = '' }]) => choices.map((choice) => [choice, describe] as const))

function listOptions(declarations: Declarations, command: string): readonly Completion[] {
  const options = Object.entries(declarations).flatMap(([name, declaration]): readonly Completion[] => {
    const { describe = '', type, default: value, negatable, hidden } = declaration
    if (hidden === true || isArgument(command, name)) return []
    const negated: Completion = [`--no-${name}`, describe]
    if (type === 'boolean' && value === true) return [negated]
    return [[`--${name}`, describe], ...(negatable === true ? [negated] : [])]
  })
  return [...options, ['--help', 'show the options']]
}

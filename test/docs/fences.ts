/**
 * The fenced examples of Markdown pages. The words behind the language say what a test does with one:
 *
 * - `file=path`: it is a file of the reader's project. Tests there are run, configurations loaded, modules linted.
 * - `fails`: the test in that file fails, as the page says.
 * - `run`: its commands are run in the project, and all of them succeed. Without it, they are parsed.
 * - `schema=name`: what reads such a file reads it.
 * - `types: why`: it is checked against the types and not run, for this reason.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Fence {
  readonly page: string
  /** Of its first line of text, from 1. */
  readonly line: number
  readonly language: string
  readonly file: string | null
  readonly schema: string | null
  /** `run`, `fails`, `types`. */
  readonly marks: ReadonlySet<string>
  readonly text: string
}

/** @throws Error for a fence that does not end, or a mark that nobody knows. */
export function readFences(page: string, text: string): readonly Fence[] {
  const fences: Fence[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const match = /^\s*```\s*(\S*)\s*(.*)$/.exec(lines[at]!)
    if (match === null) continue
    const end = lines.findIndex((line, index) => index > at && /^\s*```\s*$/.test(line))
    if (end < 0) throw new Error(`${page}:${at + 1}: the fence does not end`)
    const [, language, info] = match
    fences.push({
      ...{ page, line: at + 2, language: language! },
      ...readMarks(language === 'text' ? '' : info!, `${page}:${at + 1}`),
      text: `${lines.slice(at + 1, end).join('\n')}\n`,
    })
    at = end
  }
  return fences
}

function readMarks(info: string, where: string): Pick<Fence, 'file' | 'schema' | 'marks'> {
  const marks = new Set<string>()
  const values = new Map<string, string>()
  const [words, reason] = info.split(/\btypes: */, 2)
  if (reason !== undefined) {
    if (reason === '') throw new Error(`${where}: types: has no reason`)
    marks.add('types')
  }
  for (const word of words!.split(/\s+/).filter((each) => each !== '')) {
    const [, name, value] = /^(file|schema)=(\S+)$/.exec(word) ?? []
    if (name !== undefined) values.set(name, value!)
    else if (word === 'run' || word === 'fails') marks.add(word)
    else throw new Error(`${where}: nobody knows the mark ${word}`)
  }
  return { file: values.get('file') ?? null, schema: values.get('schema') ?? null, marks }
}

/** Every page whose examples are tested. */
export function listPages(): readonly string[] {
  const below = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))
  return [...readdirSync('.'), ...['docs', 'examples', 'templates'].flatMap(below)].filter(
    (name) => name.endsWith('.md') && name !== 'CHANGELOG.md',
  )
}

/** Reads commands as bash does, without running any. @returns the words of each. @throws Error for what bash refuses. */
export function readCommands(text: string): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'assay-commands-'))
  const record = join(folder, 'commands')
  // With no program on the path, every command comes here; the builtins that would change something are functions.
  // One write for each: what stands in <(…) runs at the same time.
  const prelude = `record() { printf '%s\\0' "$@" $'\\036' >> ${record}; }
command_not_found_handle() { record "$@"; }
for name in cd source exec eval; do eval "$name() { record $name \\"\\$@\\"; }"; done
PATH=${folder}
`
  const { status, stderr } = spawnSync('/bin/bash', ['-c', `${prelude}${text}\nwait\n`], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  })
  if (status !== 0) throw new Error(`bash refuses the commands: ${stderr}`)
  const commands: string[][] = []
  let words: string[] = []
  for (const word of readFileSync(record, 'utf8').split('\0').slice(0, -1)) {
    if (word !== '\x1e') words.push(word)
    else if (commands.push(words)) words = []
  }
  return commands
}

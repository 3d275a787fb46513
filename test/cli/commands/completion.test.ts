/** What a shell completes: asked of the function, and of real shells through the script that a person sources. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { complete } from '../../../src/cli/commands/completion.ts'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { makeFolder } from '../../pipeline/prepared.ts'
import { testWith } from '../../witness.ts'
import { LOADED } from '../load-commands.ts'
import { assayMain, runAssay } from '../run-assay.ts'

const follow = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await complete(COMMANDS, words)).map(([word]) => word)

describe('what may follow', () => {
  test.each<{ words: readonly string[]; found: readonly string[] }>([
    { words: ['s'], found: ['sim', 'selftest'] },
    { words: ['sim', '--mo'], found: ['--model', '--mode', '--module'] },
    { words: ['sim', '--mode', ''], found: ['isolated', 'chained'] },
    { words: ['sim', '--mode', 'c'], found: ['chained'] },
    { words: ['sim', '--mode=c'], found: ['--mode=chained'] },
    { words: ['sim', '--mode', '=', 'c'], found: ['chained'] },
    { words: ['sim', '--mode', '='], found: ['isolated', 'chained'] },
    { words: ['sim', '--json', '--mode', 'i'], found: ['isolated'] },
    { words: ['sim', '--no-'], found: ['--no-cache', '--no-waveform', '--no-pictures'] },
    { words: ['selftest', '--no-rt'], found: ['--no-rtl'] },
    { words: ['sim', '--model', 'a.pt', '--model'], found: [] },
    { words: ['completion', ''], found: ['bash', 'zsh'] },
    { words: ['farm', '-n', '8', '--', '--mod'], found: ['--model', '--mode', '--module'] },
    { words: ['sim', '--plan-id'], found: [] },
  ])('$words', async ({ words, found }) => {
    expect(await follow(...words)).toEqual(found)
  })

  test.each([
    ['the path of an option', ['sim', '--model', '']],
    ['the path of an option by its letter', ['sim', '-m', 'y']],
    ['an argument', ['merge', '']],
    ['what another command takes', ['merge', 'out', '--', '']],
    ['a command that there is not', ['simm', '']],
  ])('%s: files, as the shell does without us', async (_, words) => {
    expect(await follow(...words)).toEqual([])
  })

  test('every command, with each of its options and the words that they allow', async () => {
    expect(await follow('')).toEqual(LOADED.map(({ name }) => name))
    for (const { name, declarations, command } of LOADED)
      for (const [option, { choices, hidden, type, default: value }] of Object.entries(declarations)) {
        const word = type === 'boolean' && value === true ? `--no-${option}` : `--${option}`
        const isShown = hidden !== true && !command.includes(option)
        expect([name, word, (await follow(name, word)).includes(word)]).toEqual([name, word, isShown])
        for (const alias of choices === undefined || !isShown ? [] : [word])
          expect(await follow(name, alias, '')).toEqual(choices)
      }
  })
})

/** A folder that can stand on the path: `assay` is what was built. */
function makeProgram(): string {
  const folder = join(makeFolder(), 'bin')
  mkdirSync(folder)
  const text = `#!/bin/sh\nexec ${process.execPath} ${assayMain} "$@"\n`
  writeFileSync(join(folder, 'assay'), text, { mode: 0o755 })
  return folder
}
const env = { ...process.env, PATH: `${makeProgram()}:${process.env.PATH}` }

test.each([
  { line: ['si'], reply: 'sim' },
  { line: ['sim', '--mod'], reply: '--model|--mode|--module' },
  { line: ['sim', '--mode', ''], reply: 'isolated|chained' },
  { line: ['sim', '--mode', '=', 'ch'], reply: 'chained' },
  { line: ['sim', '--model', ''], reply: '' },
])('bash completes $line', ({ line, reply }) => {
  const script = [
    'source <(assay completion bash)',
    'complete -p assay',
    'COMP_WORDS=(assay "$@") COMP_CWORD=$#',
    '_assay',
    `IFS="|"; echo "\${COMPREPLY[*]}"`,
  ].join('\n')
  const args = ['--noprofile', '--norc', '-c', script, 'bash', ...line]
  expect(execFileSync('bash', args, { env, encoding: 'utf8' })).toBe(
    `complete -o default -F _assay assay\n${reply}\n`,
  )
})

testWith('zsh', 'zsh takes the script, and asks with what it describes', () => {
  const script = [
    'compdef() { echo "$@" }',
    'source <(assay completion zsh)',
    '_describe() { print -l -- $found }',
    '_files() { echo files }',
    'words=(assay sim --mod) CURRENT=3; _assay',
    'words=(assay sim --mode "") CURRENT=4; _assay',
    'words=(assay sim --model "") CURRENT=4; _assay',
  ].join('\n')
  const lines = execFileSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8' }).trim().split('\n')
  expect(lines).toEqual([
    '_assay assay',
    expect.stringMatching(/^--model:YOLOv8/),
    expect.stringMatching(/^--mode:each layer/),
    expect.stringMatching(/^--module:assay\.config/),
    'isolated',
    'chained',
    'files',
  ])
})

test('another shell is refused with the nearest', async () => {
  const { exitCode, stderr } = await runAssay(['completion', 'bsh'])
  expect(stderr).toContain('expected one of bash, zsh, got "bsh". Did you mean bash?')
  expect(exitCode).toBe(2)
})

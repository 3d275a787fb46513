/** The environment is read where a run begins, and passed on as a value: what a proof rests on must not change on the way. */
import { expect, test } from 'vitest'
import { findProcessEnv, findReaders } from './environment.ts'
import { holdRules } from './sources.ts'
import { readSource } from './syntax.ts'

/** Files, and folders with a stroke at the end. */
const TOUCH_PROCESS_ENV = [
  // The readers.
  'process/environment.ts',
  // PATH: programs are looked for as they are started.
  'process/find-program.ts',
  // A tool inherits it, unread.
  'process/run-tool.ts',
  // It says to a library what the library asks the environment for.
  'quantise/onnxruntime.ts',
  // In the user's vitest: what the command that started it says, and which mutant is awake.
  'pipeline/mutation/vitest-program.ts',
  'pipeline/mutation/vitest-runner.ts',
  // Entries: colours, where reports go; the environment of what they start.
  'cli/',
  'bench/',
  'mutate/',
]
const CALL_READERS = [
  'cli/',
  'bench/',
  'mutate/',
  // What a test calls.
  'testing/simulate-test.ts',
  'simulate/simulate.ts',
  'simulate/remote.ts',
  'simulate/open.ts',
  // For buildModel and readPorts.
  'simulate/build/settle.ts',
]

holdRules([
  { what: 'process.env', rule: findProcessEnv, allowed: TOUCH_PROCESS_ENV },
  { what: 'a reader of the environment', rule: findReaders, allowed: CALL_READERS },
])

const find = (text: string): readonly string[] =>
  [findProcessEnv, findReaders].flatMap((rule) => rule(readSource('a.ts', text)))
const ENV = 'a.ts:1: process.env; take an Environment as a parameter'

test.each([
  ['const home = process.env.HOME', [ENV]],
  ["f({ ...process.env, A: '1' })", [ENV]],
  ['const { env } = process', [ENV]],
  ["import { env } from 'node:process'", [ENV]],
  ['f(readEnvironment())', ['a.ts:1: readEnvironment(); only an entry reads, take the value from it']],
  ['f(defaultCacheFolder())', ['a.ts:1: defaultCacheFolder(); only an entry reads, take the value from it']],
  ['const { exit } = process', []],
  ['f(process.cwd(), options.env, environment.seed)', []],
])('in %s', (text, sentences) => {
  expect(find(text)).toEqual(sentences)
})

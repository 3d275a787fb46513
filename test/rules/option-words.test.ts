/** Each option that an error names is one of the command that raises it. */
import { expect, test } from 'vitest'
import { LOADED } from '../cli/load-commands.ts'
import { findStrangeOptions, type Owners } from './option-words.ts'
import { checkSources, SOURCE_FILES } from './sources.ts'
import { readSource } from './syntax.ts'

const OPTIONS = new Map(LOADED.map(({ name, declarations }) => [name, new Set(Object.keys(declarations))]))

/** Rooms that serve one command, or several that are alike. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    LOADED.flatMap(({ name }) =>
      [`cli/commands/${name}.ts`, `cli/commands/${name}/`].map((room) => [room, [name]]),
    ),
  ),
  ...Object.fromEntries(
    ['sim', 'validate', 'explain', 'selftest', 'clean', 'farm', 'regress', 'probe'].map((name) => [
      `pipeline/${name}/`,
      [name],
    ]),
  ),
  'regress/': ['regress'],
  'pipeline/mutation/': ['mutate', 'coverage'],
  // Every command writes files, keeps a cache and starts tools.
  ...{ 'store/': [], 'input/': [], 'process/': [] },
}
const roomOf = (file: string): string | undefined => Object.keys(ROOMS).find((room) => file.startsWith(room))
const owners: Owners = (file) => ROOMS[roomOf(file) ?? ''] ?? []

const filesIn = (room: string): readonly string[] => SOURCE_FILES.filter((file) => file.startsWith(room))

test.each(Object.keys(ROOMS).filter((room) => filesIn(room).length > 0))(
  '%s names its own options',
  (room) => {
    expect(checkSources(findStrangeOptions(OPTIONS, owners), filesIn(room))).toEqual([])
  },
)

test('every command has a room', () => {
  for (const { name } of LOADED)
    expect(
      SOURCE_FILES.filter((file) => roomOf(file)?.startsWith(`cli/commands/${name}`) === true),
    ).not.toEqual([])
})

test.each([
  ["throw new InputError('full', path, 'Choose another --folder.')", []],
  ["throw new InputError('full', path, 'Choose another --out-file.')", ['regress/a.ts:1: --out-file']],
  ["throw new InputError(`full`, '--module')", ['regress/a.ts:1: --module']],
  ['throw new InputError(`Run assay sim --module.`, path)', []],
  ["throw new InputError('not with --no-cache', path)", []],
  ["const ADVICE = 'Name another --module.'", ['regress/a.ts:1: --module']],
  ["run(['--module'])", []],
])('in %s', (text, found) => {
  expect(findStrangeOptions(OPTIONS, owners)(readSource('regress/a.ts', text))).toEqual(found)
})

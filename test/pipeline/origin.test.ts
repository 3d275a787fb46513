/** Where a run comes from, and that a repository of anybody's runs nothing while git is asked. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { askOrigin, readOrigin, withoutFilters } from '../../src/pipeline/files/origin.ts'
import { readEnvironment } from '../../src/process/environment.ts'
import { git } from './git.ts'
import { makeFolder } from './prepared.ts'

async function makeRepository(): Promise<string> {
  const folder = makeFolder()
  await git(folder, 'init', '--quiet')
  mkdirSync(join(folder, 'a', 'b'), { recursive: true })
  writeFileSync(join(folder, 'a', 'b', 'x.sv'), 'module x; endmodule\n')
  await git(folder, 'add', '.')
  await git(folder, 'commit', '--quiet', '--message', 'first')
  return folder
}

const called = { command: ['sim', '-q'] }

describe('the origin of a run', () => {
  test('commit, working folder, host and command; words of this machine become those of the repository', async () => {
    const folder = await makeRepository()
    const at = join(folder, 'a')
    const words = [
      '--rtl',
      join(folder, 'a', 'b'),
      '--model',
      join(folder, 'm.pt'),
      '--image',
      '/elsewhere/i.png',
      '-x',
    ]
    expect(await readOrigin({ ...called, words, settings: ['ASSAY_SEED=5'] }, at)).toEqual({
      commit: await git(folder, 'rev-parse', 'HEAD'),
      ...{
        dirty: false,
        folder: 'a',
        host: hostname(),
        command: ['sim', '-q'],
        settings: ['ASSAY_SEED=5'],
      },
      words: ['--rtl', 'b', '--model', '../m.pt', '--image', '/elsewhere/i.png', '-x'],
    })
    expect(await readOrigin({ ...called, words: [folder] }, folder)).toMatchObject({
      folder: '',
      words: ['.'],
    })
  })

  test('of the environment, what decides a result and no key of a build', async () => {
    const settingsIn = async (env: NodeJS.ProcessEnv) => (await askOrigin([], readEnvironment(env))).settings
    expect(await settingsIn({ CXX: 'clang++', ASSAY_CPU: 'x86-64' })).toBeUndefined()
    expect(await settingsIn({ ASSAY_SEED: '5' })).toEqual(['ASSAY_SEED=5'])
    expect(await settingsIn({ ASSAY_SEED: 'random', ASSAY_SIMULATOR: 'verilator' })).toEqual([
      ...['ASSAY_SEED=random', 'ASSAY_SIMULATOR=verilator'],
    ])
  })

  test('a changed file is dirty, a new one is not', async () => {
    const folder = await makeRepository()
    writeFileSync(join(folder, 'new'), 'x')
    expect(await readOrigin(called, folder)).toMatchObject({ dirty: false })
    writeFileSync(join(folder, 'a', 'b', 'x.sv'), 'module y; endmodule\n')
    expect(await readOrigin(called, join(folder, 'a'))).toMatchObject({ dirty: true, changed: ['a/b/x.sv'] })
    await git(folder, 'add', '.')
    expect(await readOrigin(called, folder)).toMatchObject({ dirty: true })
  })

  test('outside a repository, and before a first commit, there is none', async () => {
    const folder = makeFolder()
    const none = { commit: null, dirty: null, command: ['sim', '-q'], host: hostname() }
    expect(await readOrigin(called, folder)).toEqual(none)
    await git(folder, 'init', '--quiet')
    expect(await readOrigin(called, folder)).toEqual(none)
  })
})

describe('a hostile repository', () => {
  /** A repository whose every way to start a program leaves a mark. */
  async function makeHostile(filter: string): Promise<{ readonly folder: string; readonly mark: string }> {
    const folder = await makeRepository()
    const mark = join(makeFolder(), 'mark')
    const trap = join(folder, 'trap.sh')
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >> ${mark}\nexit 1\n`)
    chmodSync(trap, 0o755)
    const hooks = join(folder, '.git', 'hooks')
    mkdirSync(hooks, { recursive: true })
    for (const name of ['post-index-change', 'fsmonitor-watchman', 'pre-commit', 'reference-transaction']) {
      writeFileSync(join(hooks, name), readFileSync(trap))
      chmodSync(join(hooks, name), 0o755)
    }
    writeFileSync(join(folder, '.git', 'info', 'attributes'), `* filter=${filter}\n`)
    const path = join(folder, '.git', 'config')
    const settings = [
      `[core]\nfsmonitor = ${trap}\npager = ${trap}\neditor = ${trap}\nsshCommand = ${trap}`,
      `[alias]\nstatus = !${trap}\nrev-parse = !${trap}\nconfig = !${trap}\n[pager]\nstatus = ${trap}\nconfig = ${trap}`,
      `[filter "${filter}"]\nclean = ${trap}\nsmudge = ${trap}\nprocess = ${trap}\nrequired = true`,
      `[diff]\nexternal = ${trap}\n[status]\nsubmoduleSummary = true`,
    ]
    writeFileSync(path, `${readFileSync(path, 'utf8')}${settings.join('\n')}\n`)
    // Its times say that the file may have changed, so that git reads it.
    utimesSync(join(folder, 'a', 'b', 'x.sv'), 1, 1)
    rmSync(mark, { force: true })
    return { folder, mark }
  }

  test('runs nothing, and is told all the same', async () => {
    const { folder, mark } = await makeHostile('own')
    expect(await readOrigin(called, folder)).toMatchObject({
      commit: expect.any(String) as string,
      dirty: false,
    })
    expect(existsSync(mark) ? readFileSync(mark, 'utf8') : '').toBe('')
    // Without the settings, the same question springs a trap: the test would notice.
    await execa('git', ['status', '--porcelain'], { cwd: folder, reject: false, stdin: 'ignore' })
    expect(readFileSync(mark, 'utf8')).toContain('trap.sh')
  })

  test('a filter that no option can name leaves the state of its files unknown', async () => {
    const { folder, mark } = await makeHostile('a=b')
    expect(await readOrigin(called, folder)).toMatchObject({
      commit: expect.any(String) as string,
      dirty: null,
    })
    expect(existsSync(mark)).toBe(false)
  })

  test('only filters of the repository itself are switched off', () => {
    const listed = [
      'global',
      'filter.lfs.clean',
      'local',
      'filter.x.y.smudge',
      'worktree',
      'filter.z.process',
    ]
    expect(withoutFilters([...listed, 'local', 'user.name', ''].join('\0'))).toEqual(
      ['x.y', 'z'].flatMap((name) => [
        ...[
          '-c',
          `filter.${name}.clean=`,
          '-c',
          `filter.${name}.process=`,
          '-c',
          `filter.${name}.required=false`,
        ],
      ]),
    )
    expect(withoutFilters('local\0filter.a=b.clean\0')).toBe(null)
    expect(withoutFilters('')).toEqual([])
  })
})

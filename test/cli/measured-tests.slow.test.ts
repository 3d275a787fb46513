/** Mutants that hang, Ctrl-C and what is refused, each with a run of the project's vitest. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { assay, env, project, put, read, testsOf } from './measured-project.ts'
import { assayMain } from './run-assay.ts'

describe('assay mutate', () => {
  test('a mutant that never ends is ended, and the others go on', async () => {
    const only = ['--only', 'rtl/counter.sv:11', '--sample', '4', '--timeout', '1.5']
    const result = read(await assay('mutate', 'rtl/counter.sv', ...testsOf('endless'), '--json', ...only))
    const ended = result.modules[0]!.noticed!.filter((one) => one.ended)
    expect(ended.length).toBeGreaterThan(0)
    expect(ended[0]!.reason).toBe('took longer than 1.5 s')
    expect(result.modules[0]!.survivors.length).toBeGreaterThan(0)
  })

  test('explanations of survivors are read from a file', async () => {
    const explanation = {
      file: 'rtl/counter.sv',
      line: "if (!rst_ni) count_o <= '0;",
      before: '!rst_ni',
      after: "1'b0",
      verdict: 'equivalent',
      because: 'no reset',
    }
    put('mutants.json', JSON.stringify([explanation]))
    const result = read(
      await assay(
        'mutate',
        'rtl/counter.sv',
        ...testsOf('weak'),
        '--json',
        '--only',
        '10',
        '--explained',
        'mutants.json',
      ),
    )
    expect(result.modules[0]!.survivors.map((one) => one.explanation)).toContainEqual(explanation)
    expect(result.all).toBe(result.modules[0]!.mutants - 1)
  })

  test.each([
    { args: ['mutate'], says: 'assay mutate: names no source' },
    { args: ['mutate', 'rtl/none.sv'], says: 'rtl/none.sv: no such file' },
    {
      args: ['mutate', 'rtl/counter.sv', '--only', '1-2'],
      says: '--only: there is nothing to break in these lines',
    },
    {
      args: ['mutate', 'rtl/counter.sv', '--model', 'a.pt'],
      says: '--model: not honoured by a run of your own tests',
    },
    {
      args: ['mutate', 'rtl/counter.sv', ...testsOf('other'), '-q'],
      says: 'no test opens a model that has it among its sources; the tests open no model at all',
    },
    {
      args: ['mutate', 'rtl/counter.sv', ...testsOf('nothing'), '-q'],
      says: 'Run `npx vitest run` with the same files first',
    },
    {
      args: ['coverage', ...testsOf('other'), '-q'],
      says: 'test/other.test.ts: open no model, so that there is nothing to count',
    },
    {
      args: ['coverage', 'package.json', ...testsOf('weak'), '-q'],
      says: 'package.json: no model of the tests has anything to count of it',
    },
  ])('$args is refused', async ({ args, says }) => {
    const run = await assay(...args)
    expect(run.exitCode).toBe(2)
    expect(run.stderr).toContain(says)
  })

  test('Ctrl-C ends all that was started and leaves nothing', async () => {
    const temporary = makeFolder()
    const args = [assayMain, 'mutate', 'rtl/counter.sv', ...testsOf('endless'), '--out', 'stopped']
    const child = spawn(process.execPath, args, {
      cwd: project,
      env: { ...process.env, ...env, TMPDIR: temporary },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
    const isTrying = (): boolean => {
      const [folder] = readdirSync(temporary).filter((name) => name.startsWith('assay-mutate-'))
      const journal = join(temporary, folder ?? '', 'mutants.jsonl')
      return folder !== undefined && existsSync(journal) && readFileSync(journal, 'utf8').includes('"try"')
    }
    await expect.poll(isTrying).toBe(true)
    child.kill('SIGINT')
    expect(await closed, said).toBe(130)
    const found = `grep -ls TMPDIR=${temporary} /proc/[0-9]*/environ`
    const { stdout: running } = await execa('sh', ['-c', found], { reject: false })
    expect({ running, left: readdirSync(temporary) }).toEqual({ running: '', left: [] })
  })
})

test('coverage of tests that fail is said, and is no success', async () => {
  const run = await assay('coverage', 'rtl/counter.sv', ...testsOf('red'), '--json')
  expect(run.exitCode).toBe(1)
  expect(run.stderr).toContain('Some tests fail:\n  test/red.test.ts > is red\n    expected +0 to be 7')
  expect(JSON.parse(run.stdout)).toMatchObject({ format: 1, files: [{ file: 'rtl/counter.sv' }] })
})

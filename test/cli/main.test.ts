/** The command as a user meets it: help, results, bad input, a full disk, an interrupted run. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { DEFAULT_CALIBRATION, DEFAULT_IMAGE, DEFAULT_MODEL } from '../pipeline/shared-data.ts'
import { testWith } from '../witness.ts'
import { assayMain, runAssay } from './run-assay.ts'

const folder = makeFolder()
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const empty = join(folder, 'empty')
mkdirSync(empty)
const model = readFileSync(DEFAULT_MODEL)
const quick = ['--calibration-images', '2', '--out', join(folder, 'build')]

describe('assay', () => {
  test('--help lists the commands within 80 columns and teaches the exit codes', async () => {
    const { exitCode, stdout } = await runAssay(['--help'])
    expect(exitCode).toBe(0)
    for (const command of ['inspect', 'quantise', 'roms', 'golden', 'sim'])
      expect(stdout).toContain(`assay ${command}`)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Exit codes: 0 bit-exact or done, 1 a mismatch')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('-h is the same; of a command that is named it shows that help', async () => {
    const { stdout } = await runAssay(['--help'])
    for (const words of [['-h'], ['help'], ['--help', '--quiet']])
      expect(await runAssay(words)).toEqual({ exitCode: 0, stdout, stderr: '' })
    const sim = await runAssay(['sim', '--help'])
    expect(sim.stdout).toContain('--frozen')
    expect(await runAssay(['--help', 'sim'])).toEqual(sim)
  })

  test('--json prints one object on stdout and nothing else; progress goes to stderr', async () => {
    const { exitCode, stdout, stderr } = await runAssay(['roms', '--json', ...quick])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toBeTypeOf('object')
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain('read and fuse shapes.pt')
    expect(stderr).not.toContain('\u001b[')
  })

  test('--quiet says nothing on stderr', async () => {
    const quiet = await runAssay(['roms', '--quiet', ...quick])
    expect(quiet.stderr).toBe('')
    expect(quiet.stdout).toMatch(
      /Feature memory at its peak: [\d,]+ rows of 8 banks of 128 bits, [\d,]+ bytes/,
    )
  })

  test.each([
    { because: 'no command', args: [], message: /Name a command/ },
    { because: 'an unknown command', args: ['simm'], message: /Did you mean sim|Unknown command/ },
    { because: 'an unknown option', args: ['roms', '--bitz', '8'], message: /bitz/ },
    {
      because: 'a model that is not there',
      args: ['inspect', 'nowhere.pt'],
      message: /nowhere\.pt: no such file/,
    },
    {
      because: 'a model that is not there, and no image either',
      args: ['sim', '-m', 'nowhere.pt'],
      message: /nowhere\.pt: no such file/,
    },
    { because: 'a text file', args: ['inspect', file('text.pt', 'hello')], message: /text\.pt: .*zip/ },
    {
      because: 'a truncated checkpoint',
      args: ['inspect', file('cut.pt', model.subarray(0, 300_000))],
      message: /cut\.pt: /,
    },
    {
      because: 'bits out of range',
      args: ['roms', '--bits', '9'],
      message: /--bits: expected 4 to 8/,
    },
    {
      because: 'a size that no stride divides',
      args: ['roms', '--size', '100'],
      message: /--size: .*multiple of 32/,
    },
    { because: 'an empty calibration folder', args: ['roms', '-c', empty], message: /empty: no image/ },
    {
      because: 'a calibration folder that is not there',
      args: ['roms', '-c', join(folder, 'no')],
      message: /no: no such file/,
    },
    {
      because: 'an image that does not decode',
      args: ['golden', '-i', file('broken.png', 'not a picture'), ...quick],
      message: /broken\.png: /,
    },
    {
      because: 'a model of its own without images',
      args: ['roms', '-m', DEFAULT_MODEL],
      message: /--calibration: .*needs images/,
    },
    {
      because: 'an array that does not exist',
      args: ['roms', '--array', '16x24x4', ...quick],
      message: /PO must be a multiple of PI/,
    },
    {
      because: 'a layer that is not there',
      args: ['sim', '-l', 'model.99', ...quick],
      message: /--layers: no layer model\.99/,
    },
  ])('$because: exit 2 and one clear sentence', async ({ args, message }) => {
    const { exitCode, stdout, stderr } = await runAssay([...args])
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('without Verilator: exit 3, and how to get it', async () => {
    const path = join(folder, 'bin')
    mkdirSync(path, { recursive: true })
    const { exitCode, stderr } = await runAssay(['sim', '-l', 'model.0', ...quick], { env: { PATH: path } })
    expect(stderr).toMatch(/[Vv]erilator/)
    expect(stderr).toMatch(/apt-get install verilator|install/)
    expect(exitCode).toBe(3)
  })

  testWith(
    'the right to mount a tmpfs',
    'a full disk: exit 3, and what was there before is whole',
    async () => {
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk], { stdio: 'ignore' })
      try {
        writeFileSync(join(disk, 'kept'), 'kept')
        const { exitCode, stderr } = await runAssay(['roms', '--calibration-images', '2', '--out', disk])
        expect(stderr).toMatch(/the disk is full/)
        expect(exitCode).toBe(3)
        expect(readFileSync(join(disk, 'kept'), 'utf8')).toBe('kept')
        expect(
          readdirSync(disk, { recursive: true }).filter((name) => String(name).includes('.tmp')),
        ).toEqual([])
      } finally {
        execFileSync('umount', [disk])
      }
    },
  )

  test('Ctrl-C: exit 130, no temporary file, and a later run works', async () => {
    const out = join(folder, 'interrupted')
    const args = [
      assayMain,
      'golden',
      '-m',
      DEFAULT_MODEL,
      '-c',
      DEFAULT_CALIBRATION,
      '-i',
      DEFAULT_IMAGE,
      '--out',
      out,
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('read and fuse')) setTimeout(() => child.kill('SIGINT'), 300)
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code).toBe(130)
    const names = existsSync(out) ? readdirSync(out, { recursive: true }).map(String) : []
    expect(names.filter((name) => name.includes('.tmp'))).toEqual([])
    expect((await runAssay(args.slice(1))).exitCode).toBe(0)
  })
})

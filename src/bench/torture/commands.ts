/** The commands of `make torture`, and the results that a sound run of each leaves. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseStrictJson } from '../../input/strict-json.ts'

export interface Command {
  readonly name: string
  /** What it is given, in a folder for everything that it makes. */
  readonly args: (out: string) => readonly string[]
  /** A digest of its results, the same for every sound run; null if they are not all there. */
  readonly digest: (out: string) => string | null
}

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Files below a folder, by relative path, in order. */
export const listBelow = (folder: string): readonly string[] =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort()

/** Times differ from run to run; all else must not. */
const withoutTimes = (text: string): string =>
  JSON.stringify(parseStrictJson(text, 'a result'), (key, value: unknown) =>
    /seconds|startedAt|provedAt|evidence|counts|path|folder|file$/i.test(key) ? undefined : value,
  )

/** Digest of files; null if one of them is not there or not whole. */
function digestFiles(folder: string, names: readonly string[]): string | null {
  const hash = createHash('sha256')
  if (names.length === 0) return null
  for (const name of names) {
    const path = join(folder, name)
    if (!existsSync(path)) return null
    const bytes = readFileSync(path)
    hash.update(name).update(name.endsWith('.json') ? withoutTimes(bytes.toString()) : bytes)
  }
  return hash.digest('hex')
}

const common = ['--quiet', '--calibration-images', '2']
const run = 'shapes-w8a8'

/** @param home the project's folder. @param broken a folder with RTL that is wrong. */
export function listCommands(home: string, broken: string): readonly Command[] {
  const sim = ['sim', ...common, '--array', '8x8x2', '--no-pictures', '--no-waveform', '--stimulus', 'image']
  const few = ['--layers', 'model.0..model.2.m,model.9,model.22']
  const data = join(home, 'golden', 'default', 'val')
  const pictures = ['-d', join(data, 'instances.json'), '--images', data]
  return [
    {
      name: 'sim',
      args: (out) => [...sim, ...few, '--out', out],
      digest: (out) => digestFiles(join(out, run), ['sim.json']),
    },
    {
      name: 'sim of broken RTL',
      args: (out) => [...sim, ...few, '--rtl', broken, '--out', out],
      digest: (out) => digestFiles(join(out, run), ['sim.json']),
    },
    {
      name: 'quantise',
      args: (out) => ['quantise', ...common, '--files', 'quantised,architecture', '--out', out],
      digest: (out) => digestFiles(join(out, run), listBelow(join(out, run))),
    },
    {
      name: 'golden --freeze',
      args: (out) => ['golden', ...common, '--freeze', join(out, 'frozen'), '-l', 'model.0', '--out', out],
      digest: (out) => digestFiles(join(out, 'frozen'), listBelow(join(out, 'frozen'))),
    },
    {
      name: 'validate',
      args: (out) => ['validate', ...common, ...pictures, '-s', 'full', '--limit', '8', '--out', out],
      digest: (out) => digestFiles(join(out, run), ['validate/validate.json']),
    },
  ]
}

export function start(
  home: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const begin = performance.now()
  const child = spawn(process.execPath, [join(home, 'dist', 'cli', 'main.js'), ...args], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000)
  })
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (exitCode) =>
      resolve({ exitCode, stdout, stderr, seconds: (performance.now() - begin) / 1000 }),
    ),
  )
  return { child, ended }
}

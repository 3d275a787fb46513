/** The harms of `make torture`: kills at random moments, a full disk, damaged files. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, listBelow, start } from './commands.ts'
import { empty, runSound, type Sound, type Tortured, tryBadly } from './trial.ts'

export interface Setting {
  readonly home: string
  /** Removed afterwards. */
  readonly scratch: string
  /** A whole number from 0 to below - 1. */
  readonly random: (below: number) => number
  readonly log: (text: string) => void
}

type Signal = 'SIGKILL' | 'SIGTERM' | 'SIGINT'
const SIGNALS: readonly Signal[] = ['SIGKILL', 'SIGTERM', 'SIGINT']

/** Ends the command at a random moment, again and again in one folder, each time from what the last left. */
export async function killAtRandom(at: Setting, command: Command, tries: number): Promise<Tortured[]> {
  const out = join(at.scratch, 'kill')
  empty(out)
  const sound = await runSound(at.home, command, out)
  const results: Tortured[] = []
  for (let i = 0; i < tries; i++) {
    const signal = SIGNALS[i % SIGNALS.length]!
    // Every third time from nothing, which takes longest and writes most.
    if (i % 3 === 0) empty(out)
    const badly = async (): Promise<number | null> => {
      const { child, ended } = start(at.home, command.args(out))
      const timer = setTimeout(() => child.kill(signal), at.random(Math.ceil(sound.seconds * 1000)))
      const { exitCode } = await ended
      clearTimeout(timer)
      return exitCode
    }
    results.push(await tryBadly({ home: at.home, command, out, sound }, signal, badly))
  }
  return results
}

/** Runs on a file system that is too small, then makes it large enough. Null if nothing can be mounted. */
export async function fillDisk(
  at: Setting,
  command: Command,
  kilobytes: readonly number[],
): Promise<Tortured[] | null> {
  const plain = join(at.scratch, 'plain')
  empty(plain)
  const sound = await runSound(at.home, command, plain)
  const out = join(at.scratch, 'disk')
  mkdirSync(out, { recursive: true })
  const results: Tortured[] = []
  for (const size of kilobytes) {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'assay-torture', out])
    if (mounted.status !== 0) return null
    try {
      const badly = async (): Promise<number | null> => {
        const { exitCode } = await start(at.home, command.args(join(out, 'build'))).ended
        spawnSync('mount', ['-o', 'remount,size=4g', out])
        return exitCode
      }
      const trial = { home: at.home, command, out: join(out, 'build'), sound }
      results.push(await tryBadly(trial, 'full disk', badly))
    } finally {
      spawnSync('umount', [out])
    }
  }
  return results
}

interface Damage {
  readonly name: string
  readonly apply: (path: string, other: string) => void
}

const DAMAGES: readonly Damage[] = [
  { name: 'emptied', apply: (path) => truncateSync(path, 0) },
  { name: 'cut', apply: (path) => truncateSync(path, statSync(path).size >> 1) },
  { name: 'bit flipped', apply: (path) => flipBit(path) },
  { name: 'another copied over', apply: (path, other) => cpSync(other, path) },
  { name: 'removed', apply: (path) => rmSync(path) },
]

function flipBit(path: string): void {
  const bytes = readFileSync(path)
  if (bytes.length === 0) return
  bytes[bytes.length >> 1]! ^= 4
  writeFileSync(path, bytes)
}

/** Files of one kind have the same folder and ending. */
function chooseOfEachKind(files: readonly string[], random: Setting['random']): readonly string[] {
  const kinds = new Map<string, string[]>()
  for (const file of files) {
    const folder = dirname(file).replace(/[0-9a-f]{12,}/g, '*')
    const ending = file.slice(file.lastIndexOf('.'))
    const kind = `${folder} ${/\/?[0-9a-f]{12,}[^/]*$/.test(file) ? ending : file}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), file])
  }
  return [...kinds.values()].map((own) => own[random(own.length)]!)
}

/** Damages one file of every kind below `out`, in every way, and runs again. */
export async function damageFiles(at: Setting, command: Command, mostTries: number): Promise<Tortured[]> {
  const out = join(at.scratch, 'damage')
  empty(out)
  const sound: Sound = await runSound(at.home, command, out)
  const results: Tortured[] = []
  const tries = chooseOfEachKind(listBelow(out), at.random).flatMap((file) =>
    DAMAGES.map((damage) => ({ file, damage })),
  )
  const step = Math.max(1, tries.length / mostTries)
  for (let i = 0; i < tries.length; i += step) {
    const { file, damage } = tries[Math.floor(i)]!
    const present = listBelow(out)
    const path = present.includes(file) ? file : present[at.random(present.length)]!
    const badly = async (): Promise<number | null> => {
      const others = present.filter((other) => other !== path)
      damage.apply(join(out, path), join(out, others[at.random(others.length)] ?? path))
      return (await start(at.home, command.args(out)).ended).exitCode
    }
    const tried = await tryBadly({ home: at.home, command, out, sound }, damage.name, badly)
    if (tried.wrong !== null || tried.lost !== null) at.log(`${damage.name}: ${path}`)
    results.push(tried)
  }
  return results
}

/** One trial: a command with one harm, then once more without it, and the outcome. */
import { rmSync } from 'node:fs'
import { type Command, listBelow, start } from './commands.ts'

export interface Tortured {
  /** What was done, as the table groups it. */
  readonly phase: string
  readonly command: string
  /** A run said that something wrong is right, or something right wrong. */
  readonly wrong: string | null
  /** The sound run afterwards did not give what it should, or another exit code. */
  readonly lost: string | null
  /** Temporary files and locks that lay about after it. */
  readonly left: readonly string[]
}

/** What a sound run is known by. */
export interface Sound {
  readonly exitCode: number
  readonly digest: string
  readonly seconds: number
}

export async function runSound(home: string, command: Command, out: string): Promise<Sound> {
  const { exitCode, stderr, seconds } = await start(home, command.args(out)).ended
  const digest = command.digest(out)
  if (exitCode === null || exitCode > 1 || digest === null)
    throw new Error(`${command.name} does not run here (exit code ${exitCode}): ${stderr}`)
  return { exitCode, digest, seconds }
}

const litter = (out: string): readonly string[] =>
  listBelow(out).filter((name) => /\.tmp$|\.lock$|(^|\/)(verilated|ports|icarus)\./.test(name))

export interface Trial {
  readonly home: string
  readonly command: Command
  readonly out: string
  readonly sound: Sound
}

/** @param badly does the harm; its exit code may be anything but a wrong verdict. */
export async function tryBadly(
  { home, command, out, sound }: Trial,
  phase: string,
  badly: () => Promise<number | null>,
): Promise<Tortured> {
  const code = await badly()
  const verdict = code === 0 || code === 1
  const wrong = verdict && code !== sound.exitCode ? `exit code ${code} instead of ${sound.exitCode}` : null
  const after = await start(home, command.args(out)).ended
  const digest = safely(() => command.digest(out))
  const lost =
    after.exitCode !== sound.exitCode
      ? `exit code ${after.exitCode} afterwards: ${after.stderr.slice(-300)}`
      : digest !== sound.digest
        ? 'other results afterwards'
        : null
  return { phase, command: command.name, wrong, lost, left: litter(out) }
}

function safely(digest: () => string | null): string | null {
  try {
    return digest()
  } catch {
    return null
  }
}

export const empty = (folder: string): void => rmSync(folder, { recursive: true, force: true })

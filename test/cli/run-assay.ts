/** Runs the compiled command as a user does. */
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CliRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export async function runAssay(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CliRun> {
  const result = await execa(process.execPath, [MAIN, ...args], {
    ...options,
    reject: false,
    stdin: 'ignore',
  })
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr }
}

export const assayMain = MAIN

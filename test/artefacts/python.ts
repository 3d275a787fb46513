/** NumPy as a witness: the Pythons of this machine that have it. */
import { spawnSync } from 'node:child_process'

export interface Python {
  readonly command: string
  readonly numpy: string
}

/** The system's and the one on PATH are often NumPy 1 and NumPy 2. */
const PYTHONS: readonly Python[] = ['/usr/bin/python3', 'python3'].flatMap((command) => {
  const { stdout, status } = spawnSync(command, ['-c', 'import numpy; print(numpy.__version__)'], {
    encoding: 'utf8',
  })
  return status === 0 ? [{ command, numpy: stdout.trim() }] : []
})

/** For `test.each`: where there is none, one stands for all, whose tests `needs('python3 with numpy')` skips. */
export const EACH_PYTHON = PYTHONS.length > 0 ? PYTHONS : [{ command: 'python3', numpy: 'any' }]

/** Runs a script that prints JSON; warnings are errors. */
export function runPython(command: string, script: string, cwd: string): unknown {
  const { status, stdout, stderr } = spawnSync(command, ['-W', 'error', '-c', script], {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
  })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return JSON.parse(stdout)
}

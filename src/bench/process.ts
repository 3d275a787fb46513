/** Commands measured from outside: wall-clock time, and the memory of the whole process tree. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Measured {
  readonly seconds: number
  /** Largest sum of the tree's resident sets, sampled every 50 ms. */
  readonly peakBytes: number
  readonly exitCode: number
  readonly stdout: string
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
  } catch {
    return 0
  }
}

function treeBytes(root: number): number {
  const parents = new Map<number, number>()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const parent = parentOf(pid)
    if (parent !== null) parents.set(Number(pid), parent)
  }
  let sum = 0
  for (const pid of [...parents.keys(), root]) {
    let walk: number | undefined = pid
    while (walk !== undefined && walk !== root) walk = parents.get(walk)
    if (walk === root) sum += residentBytes(pid)
  }
  return sum
}

export async function measureCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Measured> {
  const begin = performance.now()
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  let peakBytes = 0
  const timer = setInterval(() => {
    if (child.pid !== undefined) peakBytes = Math.max(peakBytes, treeBytes(child.pid))
  }, 50)
  const exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  clearInterval(timer)
  return { seconds: (performance.now() - begin) / 1000, peakBytes, exitCode, stdout }
}

/** Commands measured from outside: wall-clock time, CPU and memory of the whole process tree. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface Measured {
  readonly seconds: number
  /** User and system, of the command and of all that it has started. */
  readonly cpuSeconds: number
  /** Largest sum of the tree's resident sets, sampled every 50 ms. */
  readonly peakBytes: number
  /** Of the one process that had most. */
  readonly largestBytes: number
  readonly exitCode: number
  readonly stdout: string
  /** Its end. */
  readonly stderr: string
}

/** @throws Error with the end of what a command said, if it failed. */
export function needSuccess({ exitCode, stderr }: Measured, what: string): void {
  if (exitCode !== 0) throw new Error(`${what} ended with ${exitCode}:\n${stderr}`)
}

/** Bytes of what lies below a folder; what its links name lies elsewhere. */
export function folderBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/** Bytes that a line of `/proc/<pid>/status` says; 0 once the process has ended. */
function statusBytes(pid: number, line: 'VmRSS' | 'VmHWM'): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** CPU seconds of the children that have ended, and of theirs: node has no other way to ask for them. */
function endedCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(13, 15)
    .map(Number)
  return (user! + system!) / TICKS
}
/** Of the kernel's clock in a second, on every Linux. */
const TICKS = 100

function listTree(root: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const parent = parentOf(pid)
    if (parent !== null) parents.set(Number(pid), parent)
  }
  return [...parents.keys()].filter((pid) => {
    let walk: number | undefined = pid
    while (walk !== undefined && walk !== root) walk = parents.get(walk)
    return walk === root
  })
}

export async function measureCommand(
  command: string,
  args: readonly string[],
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Measured> {
  // A make that this process runs under would hand its variables, ARGS among them, to one that is measured.
  const { MAKEFLAGS: _flags, MAKEOVERRIDES: _overrides, MAKELEVEL: _level, ARGS: _args, ...own } = env
  const begin = performance.now()
  const cpuBefore = endedCpuSeconds()
  const child = spawn(command, args, { cwd, env: own, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2000)
  })
  let peakBytes = 0
  let largestBytes = 0
  const timer = setInterval(() => {
    if (child.pid === undefined) return
    const tree = listTree(child.pid)
    const sum = tree.reduce((bytes, pid) => bytes + statusBytes(pid, 'VmRSS'), 0)
    peakBytes = Math.max(peakBytes, sum)
    largestBytes = Math.max(largestBytes, ...tree.map((pid) => statusBytes(pid, 'VmHWM')))
  }, 50)
  const exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  clearInterval(timer)
  const seconds = (performance.now() - begin) / 1000
  return {
    seconds,
    cpuSeconds: endedCpuSeconds() - cpuBefore,
    peakBytes,
    largestBytes,
    exitCode,
    stdout,
    stderr,
  }
}

/** Runs tools: Verilator, compilers, whatever is installed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { type Diagnostic, ToolError } from '../input/tool-error.ts'
import { findProgram } from './find-program.ts'
import { noteRunning } from './running.ts'
import { timerMs } from './timer.ts'
import { wholePath } from './whole-path.ts'

const installHints: Readonly<Record<string, string>> = {
  verilator:
    'Install Verilator 5.006 or later (Debian: apt install verilator) and make sure that it is in PATH.',
  iverilog:
    'Install Icarus Verilog 11 or later (Debian: apt install iverilog) and make sure that it is in PATH.',
  'g++': 'Install a C++17 compiler (Debian: apt install g++), or name one in CXX.',
}

/**
 * Starts a tool beside a guard in one process group. The guard waits for the end of a pipe that this process holds: however
 * this process ends, the group ends with it. Tools have a moment to remove their temporary files.
 */
const guarded = `exec 3<&0 </dev/null
(trap '' TERM; read -r _ <&3; kill -TERM 0; sleep 0.05; kill -KILL 0) >/dev/null 2>&1 &
exec "$@" 3<&-`

/** A program that runs, with all that it starts. */
export interface Guarded {
  readonly ended: Promise<Ended>
  /** Ends it and all that it has started, at once; with another signal it may take its time. */
  readonly kill: (signal?: 'SIGTERM' | 'SIGKILL') => void
}

/** Starts a program that ends with this process, as all that it starts. @param words the program and its arguments */
export function startGuarded(
  words: readonly string[],
  { cwd, env = {}, isBrief = false }: Pick<ToolOptions, 'env' | 'isBrief'> & { readonly cwd: string },
): Guarded {
  const [program = '', ...rest] = isBrief ? words : ['/bin/sh', '-c', guarded, 'sh', ...words]
  const running = spawn(program, rest, { cwd, detached: true, env: { ...process.env, ...env } })
  const kill: Guarded['kill'] = (signal = 'SIGKILL') => {
    try {
      if (running.pid !== undefined) process.kill(-running.pid, signal)
    } catch {
      // It has just ended.
    }
  }
  return { ended: listen(running).finally(noteRunning(() => kill())), kill }
}

/**
 * Runs a tool and returns its standard output. What it has started ends with it: at the time limit, and when this process ends.
 *
 * @throws ToolError with the tool's messages when it is missing or exits with a failure.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  return (await hearTool(command, args, options)).stdout
}

export interface ToolOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** It ends by itself in a moment and starts nothing, so that it needs no guard: a shell and a process more. */
  readonly isBrief?: boolean
  /** Files that its messages may name. */
  readonly files?: readonly string[]
}

/** As `runTool`, with what the tool says of a run that succeeds. */
export async function hearTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<{ readonly stdout: string; readonly diagnostics: readonly Diagnostic[] }> {
  const { cwd = process.cwd(), env = {}, timeoutMs = 600_000, files = [], isBrief = false } = options
  if (findProgram(command) === null) {
    const hint = installHints[command] ?? `Install ${command} and make sure that it is in PATH.`
    throw new ToolError(`Expected the program ${command}, found none. ${hint}`, { tool: command })
  }
  const { ended: result, kill } = startGuarded([command, ...args], { cwd, env, isBrief })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, timerMs(timeoutMs))
  const { why: ended, stdout, output } = await result.finally(() => clearTimeout(timer))
  const diagnostics = parseDiagnostics(output).map((said) => ({
    ...said,
    file: said.file === null ? null : wholePath(said.file, files),
  }))
  if (ended === null) return { stdout, diagnostics }
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const lines = errors.slice(0, 5).map(describeDiagnostic)
  if (errors.length > 5) lines.push(`and ${errors.length - 5} more`)
  const why = timedOut
    ? `took longer than ${timeoutMs / 1000} s`
    : lines.join('\n') || output.slice(-2000) || ended
  throw new ToolError(`${command} failed: ${why}`, { tool: command, output, diagnostics })
}

/** How a program ended, and what it said. */
export interface Ended {
  /** Null: it did what it was asked to. */
  readonly why: string | null
  /** Null if a signal ended it, or it never began. */
  readonly exitCode: number | null
  readonly stdout: string
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string
}

/** A tool that says more than this is not understood anyway. */
const mostOutput = 100_000_000

/** Waits until a tool has ended and all that it wrote has come. The guard ends with the pipe. */
function listen(running: ChildProcessWithoutNullStreams): Promise<Ended> {
  const said: { readonly chunk: Buffer; readonly isError: boolean }[] = []
  let bytes = 0
  for (const isError of [false, true])
    running[isError ? 'stderr' : 'stdout'].on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes < mostOutput) said.push({ chunk, isError })
    })
  // It may end before it has read anything.
  running.stdin.on('error', () => undefined)
  const textOf = (those: typeof said): string =>
    Buffer.concat(those.map(({ chunk }) => chunk))
      .toString()
      .replace(/\r?\n$/, '')
  return new Promise((resolve) => {
    const end = (why: string | null, exitCode: number | null): void => {
      running.stdin.destroy()
      resolve({ why, exitCode, stdout: textOf(said.filter(({ isError }) => !isError)), output: textOf(said) })
    }
    running.on('error', ({ message }) => end(message, null))
    running.on('close', (code, signal) =>
      end(
        code === 0 ? null : code === null ? `it was ended by ${signal}` : `its exit code was ${code}`,
        code,
      ),
    )
  })
}

/** Writes a message as `rtl/add.sv:12:3: message`, with the parts of the place that are known. */
export function describeDiagnostic({ file, line, column, message }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== null).join(':')
  return place === '' ? message : `${place}: ${message}`
}

/** Reads the messages of Verilator (`%Error-KIND: file:line:column: text`) and of g++ (`file:line:column: error: text`). */
export function parseDiagnostics(output: string): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const text of output.split('\n')) {
    const verilator = /^%(Error|Warning)(-\w+)?: (?:([^:]+):(\d+):(?:(\d+):)? )?(.*)$/.exec(text)
    const compiler = /^([^:\s][^:]*):(\d+):(?:(\d+):)? (?:fatal )?(error|warning): (.*)$/.exec(text)
    if (verilator !== null && !/^Exiting due to/.test(verilator[6] ?? '')) {
      const kind = verilator[2] === undefined ? '' : ` [${verilator[2].slice(1)}]`
      diagnostics.push({
        severity: verilator[1] === 'Error' ? 'error' : 'warning',
        file: verilator[3] ?? null,
        line: toNumber(verilator[4]),
        column: toNumber(verilator[5]),
        message: `${verilator[6]}${kind}`,
      })
    } else if (compiler !== null) {
      diagnostics.push({
        severity: compiler[4] === 'error' ? 'error' : 'warning',
        file: compiler[1] ?? null,
        line: toNumber(compiler[2]),
        column: toNumber(compiler[3]),
        message: compiler[5] ?? '',
      })
    }
  }
  return diagnostics
}

function toNumber(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}

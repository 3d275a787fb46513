import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from './errors.ts'
import { ToolError } from './errors.ts'
import { keepToolFacts } from './tool-cache.ts'

/** What is installed here. */
export interface Tools {
  readonly verilator: { readonly version: number; readonly banner: string; readonly root: string }
  readonly compiler: { readonly command: string; readonly banner: string }
  /** Path of ccache, or null where there is none. */
  readonly ccache: string | null
  /** `-march=x86-64-v3` where the processor has it: wide products become SIMD multiplies. */
  readonly machineFlags: readonly string[]
}

let found: Promise<Tools> | undefined

/**
 * Finds Verilator and the C++ compiler, once a process; with a cache folder, once for each version of them.
 *
 * @throws ToolError when one is missing.
 */
export function findTools(cacheFolder: string | null = null): Promise<Tools> {
  const file = cacheFolder === null ? null : join(cacheFolder, 'tools.json')
  const programs = ['verilator', 'verilator_bin', process.env.CXX ?? 'g++', 'ccache']
  found ??= Promise.all([keepToolFacts(file, programs, lookUpTools), readMachineFlags()])
    .then(([tools, machineFlags]) => ({ ...tools, machineFlags }))
    .catch((error: unknown) => {
      found = undefined
      throw error
    })
  return found
}

async function lookUpTools(): Promise<Omit<Tools, 'machineFlags'>> {
  const command = process.env.CXX ?? 'g++'
  const [banner, root, compiler, ccache] = await Promise.all([
    runTool('verilator', ['--version']),
    runTool('verilator', ['--getenv', 'VERILATOR_ROOT']),
    runTool(command, ['--version']),
    runTool('ccache', ['--version']).then(
      () => 'ccache',
      () => null,
    ),
  ])
  const version = /Verilator (\d+\.\d+)/.exec(banner)?.[1]
  if (version === undefined) {
    throw new ToolError(`Expected a version from verilator --version, got ${JSON.stringify(banner)}`, {
      tool: 'verilator',
    })
  }
  return {
    verilator: { version: Number(version), banner: banner.trim(), root: root.trim() },
    compiler: { command, banner: compiler.split('\n')[0] ?? '' },
    ccache,
  }
}

async function readMachineFlags(): Promise<readonly string[]> {
  if (process.arch !== 'x64') return []
  const flags = await readFile('/proc/cpuinfo', 'utf8').then(
    (text) => new Set(/^flags\s*:\s*(.*)$/m.exec(text)?.[1]?.split(' ')),
    () => new Set<string>(),
  )
  return ['avx2', 'bmi1', 'bmi2', 'fma', 'movbe'].every((flag) => flags.has(flag)) ? ['-march=x86-64-v3'] : []
}

const installHints: Readonly<Record<string, string>> = {
  verilator: 'Install Verilator 5.006 or later (Debian: apt install verilator) and see that it is in PATH.',
  iverilog: 'Install Icarus Verilog 11 or later (Debian: apt install iverilog) and see that it is in PATH.',
  'g++': 'Install a C++17 compiler (Debian: apt install g++), or name one in CXX.',
}

/**
 * Runs a tool and returns its standard output.
 *
 * @throws ToolError with the tool's messages when it is missing or exits with a failure.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
    readonly timeoutMs?: number
  } = {},
): Promise<string> {
  const { cwd = process.cwd(), env = {}, timeoutMs = 600_000 } = options
  // Most processes find all they need in the cache, and start no tool.
  const { execa } = await import('execa')
  const result = await execa(command, args, {
    cwd,
    env,
    timeout: timeoutMs,
    reject: false,
    stdin: 'ignore',
    all: true,
  })
  if (!result.failed) return result.stdout
  const hint = installHints[command] ?? `Install ${command} and see that it is in PATH.`
  if (result.code === 'ENOENT') {
    throw new ToolError(`Expected the program ${command}, found none. ${hint}`, {
      tool: command,
      cause: result,
    })
  }
  const output = result.all ?? ''
  const diagnostics = parseDiagnostics(output)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const lines = errors.slice(0, 5).map(describeDiagnostic)
  if (errors.length > 5) lines.push(`and ${errors.length - 5} more`)
  const why = result.timedOut
    ? `took longer than ${timeoutMs / 1000} s`
    : lines.join('\n') || output.slice(-2000)
  throw new ToolError(`${command} failed: ${why}`, { tool: command, output, diagnostics, cause: result })
}

/** Compiles one file, by way of ccache where there is one. */
export async function runCompiler(tools: Tools, args: readonly string[], cwd = process.cwd()): Promise<void> {
  const { ccache, compiler } = tools
  const [command, first] = ccache === null ? [compiler.command, []] : [ccache, [compiler.command]]
  // Precompiled headers are trusted: the folder of each is named by the hash of what it is made of.
  const env = { CCACHE_SLOPPINESS: 'pch_defines,time_macros', CCACHE_NOHASHDIR: '1' }
  await runTool(command, [...first, ...args], { cwd, env })
}

/** `rtl/add.sv:12:3: message`, with what of the place is known. */
export function describeDiagnostic({ file, line, column, message }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== null).join(':')
  return place === '' ? message : `${place}: ${message}`
}

/** Reads the messages of Verilator (`%Error-KIND: file:line:column: text`) and of g++ (`file:line:column: error: text`). */
export function parseDiagnostics(output: string): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const text of output.split('\n')) {
    const verilator = /^%(Error|Warning)(-\w+)?: (?:(\S+?):(\d+):(?:(\d+):)? )?(.*)$/.exec(text)
    const compiler = /^(\S+?):(\d+):(?:(\d+):)? (?:fatal )?(error|warning): (.*)$/.exec(text)
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

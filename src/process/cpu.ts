/** What the CPU of this machine can do. */
import { readFileSync } from 'node:fs'

export interface Cpu {
  /** As Node names it: `x64`, `arm64`, … */
  readonly arch: string
  /** As Linux names them: those that every core has, and the kernel lets programs use. */
  readonly features: ReadonlySet<string>
}

let known: Cpu | null = null

/** Reads `/proc/cpuinfo`, once a process. Where there is none, no feature counts as there. */
export function readCpu(): Cpu {
  known ??= { arch: process.arch, features: parseFeatures(readText('/proc/cpuinfo')) }
  return known
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** @param text of `/proc/cpuinfo`: a program may run on any of the cores that it lists. */
export function parseFeatures(text: string): ReadonlySet<string> {
  const cores = [...text.matchAll(/^(?:flags|Features)[\t ]*:(.*)$/gm)].map((line) =>
    line[1]!.split(' ').filter((name) => name !== ''),
  )
  const [first = [], ...others] = cores.map((names) => new Set(names))
  return new Set([...first].filter((name) => others.every((core) => core.has(name))))
}

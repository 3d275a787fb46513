/**
 * The end of a process that Assay owns. Its exit code is the command's own: code of a user that runs here can neither end the process nor
 * set another code. This holds against carelessness, and not against native code or signals.
 */
import { syncBuiltinESMExports } from 'node:module'
import { InputError } from '../input/input-error.ts'

type Exit = (code?: number) => never

/** Taken before any code of a user runs. */
const owner = process as NodeJS.Process & { reallyExit: Exit }
const exit: Exit = process.exit.bind(process)
const reallyExit: Exit = owner.reallyExit.bind(process)
/** Of a command that ends before it has said anything: a tool failed. */
const NO_VERDICT = 3

let isOwned = false
let isEnding = false
let isConcluded = false
let isGuarded = false
let own: number | null = null

/** From now on `guardExit` guards: a program that uses Assay as a library ends as it likes. */
export function ownProcess(): void {
  isOwned = true
}

/** What the command comes to; a later one replaces it, but for what a user's code does after the command's end. */
export function setExitCode(code: number): void {
  if (isConcluded && isGuarded) return
  own = code
  process.exitCode = code
}

/** The command has ended: without a code of its own, all is well. */
export function concludeExit(): void {
  if (own === null) setExitCode(0)
  isConcluded = true
}

/** Ends the process with the code that is given, or that the command has set. */
export function endProcess(code?: number): never {
  if (code !== undefined) setExitCode(code)
  isEnding = true
  return exit()
}

/**
 * To the end of the process: `process.exit` and `process.reallyExit` throw, and after all listeners of 'exit' the process ends with the
 * command's code, whatever they have set; with 3 if the command has come to none.
 *
 * @param path of the module that is about to run.
 */
export function guardExit(path: string): void {
  if (!isOwned || isGuarded) return
  isGuarded = true
  const refuse: Exit = (): never => {
    if (isEnding || isConcluded) return reallyExit(codeOf(path))
    throw new InputError(
      'calls process.exit, whose code would pass for a verdict',
      path,
      'Leave the end of the process to Assay.',
    )
  }
  for (const name of ['exit', 'reallyExit'] as const)
    Object.defineProperty(process, name, { get: () => refuse, set: () => {}, enumerable: true })
  guardEmit(path)
  // Names that a module imports from node:process are values of their own.
  syncBuiltinESMExports()
}

/** Whoever replaces `process.emit`, as execa does, is called by what everybody sees, and calls it. */
function guardEmit(path: string): void {
  const emit = process.emit as (name: string, ...rest: readonly unknown[]) => boolean
  const within = new Set<string>()
  let inner = emit
  const outer = (name: string, ...rest: readonly unknown[]): boolean => {
    if (within.has(name)) return emit.call(process, name, ...rest)
    within.add(name)
    if (name === 'exit') isEnding = true
    try {
      return inner.call(process, name, ...rest)
    } finally {
      within.delete(name)
      if (name === 'exit') reallyExit(codeOf(path))
    }
  }
  Object.defineProperty(process, 'emit', {
    get: () => outer,
    set: (next: typeof emit) => {
      inner = next === outer ? emit : next
    },
  })
}

function codeOf(path: string): number {
  if (own === null)
    process.stderr.write(`assay: ${path}: its code ended the process before the command had a result\n`)
  return own ?? NO_VERDICT
}

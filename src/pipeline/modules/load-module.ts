/** This file loads a TypeScript or JavaScript module of the user so that it can neither end this process nor block it for ever. */
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { InputError } from '../../input/input-error.ts'
import { printableLines } from '../../input/printable.ts'
import { guardExit } from '../../process/exit.ts'
import { watchForeignCode } from '../../process/foreign-code.ts'

const MOST_MS = 60_000
/** An endless `await` is refused by a timer, and named by it, before the thread takes it for an endless loop. */
const LOOP_MS = 2000
/** That of bad input. */
const EXIT_CODE = 2
const ADVICE =
  'It has to be there at once: look for an `await` or a loop that does not end, and put long work into a script of its own.'
const ERRORS = ['uncaughtException', 'unhandledRejection'] as const
const EVENTS = ['SIGINT', 'SIGTERM', ...ERRORS] as const

/**
 * Returns what `load` returns. While it runs, `process.exit` throws, because its code would pass for a verdict, and in a process of
 * Assay's own it does so to the end (`guardExit`). Signals have their default action, because an endless loop would let no handler run. Uncaught errors and unhandled rejections are errors of the module.
 * A loop that runs for longer than `mostMs` ends the process as an InputError does.
 *
 * @throws InputError if the module throws, ends the process, or awaits for longer than `mostMs`.
 */
export async function loadModule<Loaded>(
  path: string,
  load: () => Promise<Loaded>,
  mostMs: number = MOST_MS,
): Promise<Loaded> {
  guardExit(path)
  const { exit } = process
  const handlers = EVENTS.map((event) => [event, process.rawListeners(event)] as const)
  let timer: NodeJS.Timeout | undefined
  for (const event of EVENTS) process.removeAllListeners(event)
  const release = watchForeignCode(sayLate(path, mostMs), mostMs + LOOP_MS, EXIT_CODE)
  const otherwise = new Promise<never>((_, reject) => {
    for (const event of ERRORS) process.on(event, reject)
    timer = setTimeout(() => reject(refuse('awaits', path, mostMs)), mostMs)
  })
  process.exit = () => {
    throw new Error('it calls process.exit')
  }
  try {
    // Node reports an unhandled rejection before this ends, also where what was loaded is refused.
    const loaded = load().finally(() => setImmediate())
    return await Promise.race([loaded, otherwise])
  } catch (error) {
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`does not load: ${message}`, placeIn(error, path), '', { cause: error })
  } finally {
    clearTimeout(timer)
    release()
    process.exit = exit
    for (const [event, listeners] of handlers) {
      process.removeAllListeners(event)
      for (const listener of listeners) process.on(event, listener as () => void)
    }
  }
}

const refuse = (what: 'awaits' | 'runs', path: string, mostMs: number): InputError =>
  new InputError(`does not load: it still ${what} after ${mostMs / 1000} s`, path, ADVICE)

/** As the command line writes an error. */
const sayLate = (path: string, mostMs: number): string =>
  `assay: ${printableLines(refuse('runs', path, mostMs).message)}\n`

/** The path with the line of the module where the error began, if it says one. */
function placeIn(error: unknown, path: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const full = resolve(path)
  const names = [full, pathToFileURL(full).pathname].map((name) => stack.indexOf(`${name}:`))
  const at = names.find((index) => index >= 0)
  const line = at === undefined ? undefined : /^[^\n]*?:(\d+)/.exec(stack.slice(at + full.length))?.[1]
  return line === undefined ? path : `${path}:${line}`
}

/** What a module of TypeScript or JavaScript exports by default. @param full its absolute path. */
export async function importDefault(full: string): Promise<unknown> {
  if (/\.[mc]?js$/.test(full))
    return ((await import(pathToFileURL(full).href)) as { readonly default?: unknown }).default
  // Node 20 does not strip types. The name `assay` always means this package, whether it is installed beside the file or not.
  const { createJiti } = await import('jiti')
  const own = fileURLToPath(
    new URL(`../../index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
  )
  return createJiti(import.meta.url, { alias: { assay: own }, fsCache: false }).import(full, {
    default: true,
  })
}

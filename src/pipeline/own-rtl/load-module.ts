/** A module of the user's, loaded so that nothing in it ends this process in its own way, or keeps it for ever. */
import { setImmediate } from 'node:timers/promises'
import { InputError } from '../../input/input-error.ts'

const MOST_MS = 60_000
const ERRORS = ['uncaughtException', 'unhandledRejection'] as const
const EVENTS = ['SIGINT', 'SIGTERM', ...ERRORS] as const

/**
 * What `load` gives. While it runs `process.exit` is an error, since its code would be taken for a result's, and signals end the
 * process by the system's hand: a loop without an end lets no handler of ours run. What it leaves unhandled is its own fault.
 *
 * @throws InputError where the module throws, ends the process, or awaits for longer than `mostMs`.
 */
export async function loadModule(
  path: string,
  load: () => Promise<unknown>,
  mostMs: number = MOST_MS,
): Promise<unknown> {
  const { exit } = process
  const handlers = EVENTS.map((event) => [event, process.rawListeners(event)] as const)
  let timer: NodeJS.Timeout | undefined
  for (const event of EVENTS) process.removeAllListeners(event)
  const otherwise = new Promise<never>((_, reject) => {
    for (const event of ERRORS) process.on(event, reject)
    timer = setTimeout(() => reject(new Error(`it still awaits after ${mostMs / 1000} s`)), mostMs)
  })
  process.exit = () => {
    throw new Error('it calls process.exit')
  }
  try {
    const loaded = load().then(async (value) => {
      // What it has left unhandled is said before that.
      await setImmediate()
      return value
    })
    return await Promise.race([loaded, otherwise])
  } catch (error) {
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`does not load: ${message}`, path, '', { cause: error })
  } finally {
    clearTimeout(timer)
    process.exit = exit
    for (const [event, listeners] of handlers) {
      process.removeAllListeners(event)
      for (const listener of listeners) process.on(event, listener as () => void)
    }
  }
}

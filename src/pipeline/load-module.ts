/** A module of the user's, loaded so that nothing in it ends this process in its own way, or keeps it for ever. */
import { InputError } from '../checkpoint/input-error.ts'

const MOST_MS = 60_000
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * What `load` gives. While it runs `process.exit` is an error, since its code would be taken for a result's, and signals end the
 * process by the system's hand: a loop without an end lets no handler of ours run.
 *
 * @throws InputError where the module throws, ends the process, or awaits for longer than `mostMs`.
 */
export async function loadModule(
  path: string,
  load: () => Promise<unknown>,
  mostMs: number = MOST_MS,
): Promise<unknown> {
  const { exit } = process
  const handlers = SIGNALS.map((signal) => [signal, process.rawListeners(signal)] as const)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it still awaits after ${mostMs / 1000} s`)), mostMs)
  })
  for (const signal of SIGNALS) process.removeAllListeners(signal)
  process.exit = () => {
    throw new Error('it calls process.exit')
  }
  try {
    return await Promise.race([load(), late])
  } catch (error) {
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`does not load: ${message}`, path, '', { cause: error })
  } finally {
    clearTimeout(timer)
    process.exit = exit
    for (const [signal, listeners] of handlers)
      for (const listener of listeners) process.on(signal, listener as () => void)
  }
}

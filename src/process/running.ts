/** Programs that run beside this process and write where it will clear up. */
const running = new Set<() => void>()

/** @param kill ends a program at once; @returns what to call when it has ended */
export function noteRunning(kill: () => void): () => void {
  running.add(kill)
  return () => running.delete(kill)
}

/** Ends them all: for an interrupted process, before it removes its files. */
export function endRunning(): void {
  for (const kill of running) kill()
}

/**
 * Long computations must let signals in: Node handles Ctrl-C between two turns of its loop, and a computation is one turn. Every loop that may
 * take longer than a second awaits this once a round.
 */
const TURN_MS = 50

let last = performance.now()

/** Ends the turn where it has taken 50 ms; resolves at once where not. */
export async function giveWay(): Promise<void> {
  if (performance.now() - last < TURN_MS) return
  await new Promise<void>((resolve) => setImmediate(resolve))
  last = performance.now()
}

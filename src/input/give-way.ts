/**
 * This file lets signals interrupt long computations. Node handles Ctrl-C between two turns of its loop, and a computation is one turn.
 * Every loop that may take longer than a second awaits `giveWay` once per round.
 */
const TURN_MS = 50

let last = performance.now()

/** Ends the turn if it has taken 50 ms; otherwise resolves at once. */
export async function giveWay(): Promise<void> {
  if (performance.now() - last < TURN_MS) return
  await new Promise<void>((resolve) => setImmediate(resolve))
  last = performance.now()
}

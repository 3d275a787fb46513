/** Which run begins next: of those that need the same new build one goes ahead, so that no two wait for one lock. */

export interface Schedule {
  /** Index of the next run, now in progress; null if none may begin now. */
  next(): number | null
  /** A run has ended. @param isMade what it needed is there now. */
  end(run: number, isMade: boolean): void
}

/**
 * @param runs in the order in which they are to begin.
 * @param needsOf names of what a run needs built or quantised.
 */
export function createSchedule(
  runs: readonly number[],
  needsOf: (run: number) => readonly string[],
): Schedule {
  const waiting = [...runs]
  const made = new Set<string>()
  const beingMade = new Map<string, number>()
  const isFree = (run: number): boolean =>
    needsOf(run).every((need) => made.has(need) || !beingMade.has(need))
  return {
    next() {
      const at = waiting.findIndex(isFree)
      if (at < 0) return null
      const [run] = waiting.splice(at, 1) as [number]
      for (const need of needsOf(run)) if (!made.has(need)) beingMade.set(need, run)
      return run
    },
    end(run, isMade) {
      for (const need of needsOf(run)) {
        if (beingMade.get(need) !== run) continue
        beingMade.delete(need)
        if (isMade) made.add(need)
      }
    },
  }
}

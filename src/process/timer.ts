/** The longest time that a timer of Node takes, 24.8 days: one that is longer fires at once. */
const MOST_MS = 2 ** 31 - 1

/** A limit of time as `setTimeout` takes it. */
export const timerMs = (ms: number): number => Math.min(ms, MOST_MS)

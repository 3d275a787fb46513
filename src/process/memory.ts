/** What runs at once where memory is short. */

/**
 * How many pieces of work that take so many bytes each may run at once: half of the memory is for them. One runs in any case.
 * @param available what is free on the machine, or what a container leaves
 */
export const countWithin = (bytes: number, available = process.availableMemory()): number =>
  Math.max(1, Math.floor(available / 2 / bytes))

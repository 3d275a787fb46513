/** Solvers beside each other. */

const JOBS = 2

/** What `work` makes of each, in their order; as many at once as CI has cores. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const take = async (): Promise<void> => {
    for (let place = next++; place < items.length; place = next++) results[place] = await work(items[place]!)
  }
  await Promise.all(Array.from({ length: JOBS }, take))
  return results
}

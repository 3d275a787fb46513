/** Streams, memories and buses of a model, by name. */
const PLURALS = {
  stream: 'streams',
  memory: 'memories',
  'bus of registers': 'buses of registers',
  'bus of memory': 'buses of memory',
} as const

/** @throws Error with the names that there are. */
export function findNamed<Item>(
  items: ReadonlyMap<string, Item>,
  name: string,
  what: keyof typeof PLURALS,
  module: string,
): Item {
  const known = items.get(name)
  if (known !== undefined) return known
  const names = [...items.keys()].join(', ') || 'none'
  throw new Error(`Expected a ${what} of ${module}, got ${name}; its ${PLURALS[what]} are ${names}`)
}

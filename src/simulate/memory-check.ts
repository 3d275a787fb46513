/** What a stream of writes showed, against the memory inside the model that should hold it. */
import type { MemoryCheck, MemoryVerdict, ModelVariable, PackedBeats, Stream } from './types.ts'

/** Which words a check has seen: one array serves the checks of a model, each with a number of its own. */
export interface SeenWords {
  /** By address: the number of the last check that saw it. */
  words: Uint32Array
  checks: number
}

export const noWords = (): SeenWords => ({ words: new Uint32Array(0), checks: 0 })

/** @returns null where the model shows no such memory: it is built otherwise. */
export function checkMemory(
  { writer, address, data, banks, variable }: MemoryCheck,
  { ports }: Pick<Stream, 'ports'>,
  beats: PackedBeats,
  find: (scope: string, name: string) => ModelVariable | null,
  known: SeenWords = noWords(),
): MemoryVerdict | null {
  const found = banks.map((scope) => find(scope, variable))
  if (found.some((one) => one === null)) return null
  const memories = found as readonly ModelVariable[]
  const fieldAt = (name: string) => {
    let offset = 0
    for (const { name: own, port } of ports.fields) {
      const bytes = Math.ceil(port.width / 8)
      if (own === name) return { offset, bytes }
      offset += bytes
    }
    throw new Error(`Expected a field ${name} of stream ${ports.name}`)
  }
  const beatBytes = ports.fields.reduce((sum, { port }) => sum + Math.ceil(port.width / 8), 0)
  const [who, where, what] = [fieldAt(writer), fieldAt(address), fieldAt(data)]
  const bytes = beats.data
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const views = memories.map(({ bytes: own }) => new DataView(own.buffer, own.byteOffset, own.byteLength))
  const numberAt = (at: number, size: number): number => {
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
    return value
  }
  const count = banks.length
  const size = what.bytes
  const { entryBytes } = memories[0]!
  const depth = banks.length * Math.floor(memories[0]!.bytes.length / entryBytes)
  if (known.words.length < depth) known.words = new Uint32Array(depth)
  const seen = known.words
  const mark = ++known.checks
  let checked = 0
  const lost = new Map<number, number>()
  for (let beat = beats.cycles.length - 1; beat >= 0; beat--) {
    const at = beat * beatBytes
    const wordAddress =
      where.bytes === 4 ? view.getUint32(at + where.offset, true) : numberAt(at + where.offset, where.bytes)
    if (seen[wordAddress] === mark) continue
    seen[wordAddress] = mark
    checked++
    const row = Math.floor(wordAddress / count)
    const from = row * entryBytes
    const memory = views[wordAddress - row * count]!
    const data = at + what.offset
    let equal = from + size <= memory.byteLength
    let i = 0
    for (; equal && i + 4 <= size; i += 4)
      equal = memory.getUint32(from + i, true) === view.getUint32(data + i, true)
    for (; equal && i < size; i++) equal = memory.getUint8(from + i) === view.getUint8(data + i)
    if (equal) continue
    const by = numberAt(at + who.offset, who.bytes)
    lost.set(by, (lost.get(by) ?? 0) + 1)
  }
  return { checked, lost }
}

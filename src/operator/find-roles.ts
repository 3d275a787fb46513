/** Ports whose names are of memories, streams and buses that follow no convention of `findStreams`, by their words. */
import type { StreamMapping, StreamPorts } from '../simulate/boundary/types.ts'
import type { ModuleInterface, Port } from '../simulate/index.ts'
import { bareName } from './guess.ts'

/** A memory that a module reads at its ports. */
export interface ReadPort {
  readonly name: string
  readonly addr: string
  readonly enable: string | null
  readonly data: Port
}

export interface GuessedPorts {
  readonly reads: readonly ReadPort[]
  /** Write ports of memories, and valid/ready pairs of other names. */
  readonly streams: ReadonlyMap<string, StreamMapping>
  /** What no setting can drive: AXI4 and AXI4-Lite, and buses that answer. */
  readonly buses: readonly { readonly name: string; readonly inputs: readonly string[] }[]
}

const READ_DATA = ['data', 'dat', 'rdata', 'rd_data', 'dout', 'q', 'word']
const WRITE_DATA = ['data', 'dat', 'wdata', 'wr_data', 'din', 'd', 'word']
const READ_ENABLE = ['en', 'ena', 'enable', 'ce', 'cs', 're', 'ren', 'rd', 'read', 'rd_en', 'req', '']
const WRITE_ENABLE = ['we', 'wen', 'wr', 'write', 'wr_en', 'en', 'ena', 'enable', 'ce', 'req', '']
/** An input of these names says that a memory takes its time, which a served one does not. */
const ANSWER = ['ready', 'rdy', 'ack', 'gnt', 'grant', 'rvalid', 'valid', 'busy', 'stall', 'waitrequest']
const FIELDS = /^(data|dat|payload|pixel|word|last|sop|eop|user|keep|strb|addr|address|idx|index|id|dest)$/i
const AXI =
  /^(.*?_?)(aw|w|b|ar|r)(valid|ready|addr|data|strb|resp|prot|last|id|len|size|burst|cache|lock|qos|region|user)(_[io])?$/i

/** @param taken ports that have a role already: clocks, resets, streams that are found by name. */
export function guessPorts(module: ModuleInterface, taken: ReadonlySet<string>): GuessedPorts {
  const free = module.ports.filter(({ name, elements }) => elements === null && !taken.has(name))
  const axi = findAxi(free)
  const rest = free.filter(({ name }) => !axi.some(({ ports }) => ports.includes(name)))
  const { reads, writes, buses } = findMemories(rest)
  const used = new Set([...reads.flatMap(({ addr, enable, data }) => [addr, enable, data.name])])
  const pairs = findPairs(rest.filter(({ name }) => !used.has(name)))
  return {
    reads,
    streams: new Map([...pairs, ...writes]),
    buses: [...axi.map(({ name, inputs }) => ({ name, inputs })), ...buses],
  }
}

/** AXI4 and AXI4-Lite, by the address channels. */
function findAxi(ports: readonly Port[]) {
  const groups = new Map<string, Port[]>()
  for (const port of ports) {
    const match = AXI.exec(port.name)
    if (match !== null) groups.set(match[1]!, [...(groups.get(match[1]!) ?? []), port])
  }
  return [...groups].flatMap(([prefix, members]) => {
    if (!members.some(({ name }) => /a[rw]valid(_[io])?$/i.test(name))) return []
    const inputs = members.flatMap(({ name, direction }) => (direction === 'input' ? [name] : []))
    return [
      { name: `${prefix}…, which is AXI4 or AXI4-Lite`, inputs, ports: members.map(({ name }) => name) },
    ]
  })
}

/** `<stem>_addr` with `<stem>_en` and `<stem>_data`, `raddr`/`rdata`, and the `address0`, `ce0`, `q0` of HLS tools. */
function findMemories(ports: readonly Port[]) {
  const reads: ReadPort[] = []
  const writes: [string, StreamMapping][] = []
  const buses: { name: string; inputs: readonly string[] }[] = []
  for (const address of ports) {
    const match = /^(.*?)(_?)(addr|address|adr)(\d*)$/i.exec(bareName(address.name))
    if (match === null || address.direction !== 'output') continue
    const [, stem, gap, , digits] = match
    const find = (words: readonly string[], direction: Port['direction'], width?: number): Port | undefined =>
      words
        .map((word) => `${stem}${word === '' ? '' : gap}${word}${digits}`.toLowerCase())
        .map((wanted) =>
          ports.find(
            (port) =>
              port.direction === direction &&
              port !== address &&
              bareName(port.name).toLowerCase() === wanted &&
              (width === undefined || port.width === width),
          ),
        )
        .find((port) => port !== undefined)
    const name = `${stem || 'mem'}${digits}`.toLowerCase()
    if (find(ANSWER, 'input', 1) !== undefined) {
      const own = ports.filter((port) => bareName(port.name).startsWith(stem!) && port.direction === 'input')
      buses.push({ name: `${stem}${gap}…, which waits for answers`, inputs: own.map((port) => port.name) })
      continue
    }
    const data = find(READ_DATA, 'input')
    if (data !== undefined)
      reads.push({ name, addr: address.name, enable: find(READ_ENABLE, 'output', 1)?.name ?? null, data })
    const word = find(WRITE_DATA, 'output')
    const valid = find(WRITE_ENABLE, 'output', 1)
    if (word !== undefined && valid !== undefined)
      writes.push([
        name,
        { direction: 'output', valid: valid.name, fields: { addr: address.name, data: word.name } },
      ])
  }
  return { reads, writes, buses }
}

const flip = (affix: string): string => affix.replace(/[io](?=_$|$)/i, (way) => (/i/i.test(way) ? 'o' : 'i'))

/** `in_valid`/`in_ready`/`in_data`, `i_valid`/`o_ready`, `valid_i`/`ready_o`, `wvalid_i`. */
function findPairs(ports: readonly Port[]): readonly (readonly [string, StreamMapping])[] {
  const names = new Set<string>()
  return ports.flatMap((port) => {
    const match = /^((?:.*_)?[a-z]?)(valid|vld)((?:_[io])?)$/i.exec(port.name)
    if (match === null || port.width !== 1 || port.direction === 'inout') return []
    const [, before, word, behind] = match
    const back = port.direction === 'input' ? 'output' : 'input'
    const answer = /vld/i.test(word!) ? 'rdy' : 'ready'
    const flipped = /^(i|o)_/i.test(before!) ? before!.replace(/^[io]/i, (way) => flip(way)) : before!
    const wanted = `${flipped}${answer}${behind === '' ? '' : flip(behind!)}`.toLowerCase()
    const ready = ports.find(
      ({ name, direction, width }) => direction === back && width === 1 && name.toLowerCase() === wanted,
    )
    const fieldOf = (name: string): string | null => {
      if (!name.startsWith(before!) || !name.endsWith(behind!)) return null
      const field = name.slice(before!.length, name.length - behind!.length)
      return FIELDS.test(field) ? field.toLowerCase() : null
    }
    const fields = ports.flatMap(({ name, direction }): [string, string][] => {
      const field = direction === port.direction ? fieldOf(name) : null
      return field === null ? [] : [[field, name]]
    })
    // A word that comes back makes it a bus.
    const isBus = ports.some(({ name }) => name.toLowerCase() === `${before}rdata${behind}`.toLowerCase())
    if (fields.length === 0 || isBus) return []
    const stem = bareName(before!.replace(/_$/, ''))
      .replace(/^[io]$/i, '')
      .toLowerCase()
    const first = stem === '' ? (port.direction === 'input' ? 'in' : 'out') : stem
    const name = names.has(first) ? `${first}_${port.direction === 'input' ? 'in' : 'out'}` : first
    names.add(name)
    const mapping: StreamMapping = {
      direction: port.direction,
      valid: port.name,
      ...(ready === undefined ? {} : { ready: ready.name }),
      fields: Object.fromEntries(fields),
    }
    return [[name, mapping] as const]
  })
}

/** Ports of a mapping as those of a stream that is found by name. */
export function streamOf(name: string, mapping: StreamMapping, module: ModuleInterface): StreamPorts {
  const fields = Object.entries(mapping.fields).map(([field, port]) => ({
    name: field,
    port: module.ports.find((own) => own.name === port)!,
  }))
  return { name, direction: mapping.direction, valid: mapping.valid, ready: mapping.ready ?? null, fields }
}

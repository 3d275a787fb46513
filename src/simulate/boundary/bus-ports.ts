/** The ports of a bus, found by the names of its signals: in any case, with or without a prefix, `_i` and `_o` behind. */
import type { ModuleInterface, Port } from './module-interface.ts'

/** Which side drives a signal. */
type Side = 'manager' | 'subordinate'

interface Signal {
  readonly name: string
  readonly by: Side
  /** Without it there is no channel, where its `valid` is there; or of another signal, where that is there. */
  readonly needed?: string | undefined
}

/** A bus: its signals in the order of sim/agent-calls.h. */
export interface BusKind {
  readonly title: string
  /** Which side of it the module is. */
  readonly module: Side
  /** A bus is where one of these is. */
  readonly heads: readonly string[]
  readonly signals: readonly Signal[]
}

const channel = (names: string, by: Side): readonly Signal[] => {
  const all = names.split(' ')
  const nameOf = (text: string): string => text.replace(/<?(!\w*)?$/, '')
  return all.map((text): Signal => {
    const other = by === 'manager' ? 'subordinate' : 'manager'
    const needed = text.includes('!') ? text.slice(text.indexOf('!') + 1) || nameOf(all[0]!) : undefined
    return { name: nameOf(text), by: text.includes('<') ? other : by, needed }
  })
}

// `<`: driven by the other side; `!`: needed where the first of its channel is there, or the signal behind it.
const AXI = [
  channel('awvalid awready<! awid awaddr! awlen awsize awburst', 'manager'),
  channel('wvalid!awvalid wready<! wdata! wstrb', 'manager'),
  channel('bvalid!awvalid bready<! bid bresp', 'subordinate'),
  channel('arvalid arready<! arid araddr! arlen arsize arburst', 'manager'),
  channel('rvalid!arvalid rready<! rid rdata! rresp rlast', 'subordinate'),
] as const

/** AW and AR with a further signal at their end, as sim/agent-calls.h has them. */
const axiWith = (last: 'lock' | 'prot'): readonly Signal[] => {
  const [aw, w, b, ar, r] = AXI
  return [
    ...aw,
    ...channel(`aw${last}`, 'manager'),
    // Where there are bursts a manager says which beat is the last; a subordinate may count.
    ...[...w, ...channel(last === 'lock' ? 'wlast!awlen' : 'wlast', 'manager')],
    ...b,
    ...ar,
    ...channel(`ar${last}`, 'manager'),
    ...r,
  ]
}

const OTHERS = [
  ...['aw', 'ar'].flatMap((own) => ['prot', 'cache', 'qos', 'region', 'user'].map((name) => `${own}${name}`)),
  'wuser',
].join(' ')

export const AXI_MANAGER: BusKind = {
  title: 'AXI manager (awvalid or arvalid is an output)',
  module: 'manager',
  heads: ['awvalid', 'arvalid'],
  signals: [...axiWith('lock'), ...channel(OTHERS, 'manager')],
}

export const AXI_SUBORDINATE: BusKind = {
  title: 'AXI4-Lite subordinate (awvalid or arvalid is an input)',
  module: 'subordinate',
  heads: ['awvalid', 'arvalid'],
  signals: axiWith('prot'),
}

export const APB: BusKind = {
  title: 'APB subordinate (psel is an input)',
  module: 'subordinate',
  heads: ['psel'],
  signals: channel('psel penable! paddr! pwrite! pwdata pstrb pprot pready< prdata< pslverr<', 'manager'),
}

export const WISHBONE: BusKind = {
  title: 'Wishbone subordinate (cyc is an input)',
  module: 'subordinate',
  heads: ['cyc'],
  signals: channel('cyc stb! we adr! dat sel ack<! err< rty< stall< dat<', 'manager'),
}

/** By the kind that a setting names. */
export const BUS_KINDS = {
  'axi-memory': AXI_MANAGER,
  'axi-lite': AXI_SUBORDINATE,
  apb: APB,
  wishbone: WISHBONE,
} as const

/** By name of a signal, the port that it is. */
export type SignalNames = Readonly<Record<string, string>>

export interface BusPorts {
  readonly name: string
  /** In the order of the kind; null where the module does not have it. */
  readonly ports: readonly (Port | null)[]
}

/** `m_axi_awvalid_o` is `m_axi_awvalid`; `m_axi_aw_valid` likewise. */
const bare = (name: string): string => name.toLowerCase().replace(/_(?:[io]|in|out)$/, '')
const spellings = (signal: string): readonly string[] => {
  const split =
    /^(aw|ar|w|b|r)(?=valid|ready|id|addr|len|size|burst|lock|prot|data|strb|last|resp|cache|qos|region|user)(.*)$/.exec(
      signal,
    )
  return split === null ? [signal] : [signal, `${split[1]}_${split[2]}`]
}

const wayOf = (kind: BusKind, { by }: Signal): Port['direction'] => (by === kind.module ? 'output' : 'input')

/** Names of the buses of a kind that a module has: what stands before a head. */
export function listBuses(module: ModuleInterface, kind: BusKind): readonly string[] {
  const heads = kind.signals.filter(({ name }) => kind.heads.includes(name))
  const found = module.ports.flatMap((port) =>
    heads.flatMap((head) => {
      const name = bare(port.name)
      const spelling = spellings(head.name).find((own) => name === own || name.endsWith(`_${own}`))
      if (spelling === undefined || port.direction !== wayOf(kind, head) || port.elements !== null) return []
      return [name.slice(0, Math.max(0, name.length - spelling.length - 1))]
    }),
  )
  return [...new Set(found)]
}

/**
 * The ports of a bus.
 *
 * @param name what its signals begin with; undefined for the only one
 * @param given ports of signals whose names say something else
 * @throws Error naming the buses that there are, or the signal that is missing
 */
export function findBus(
  module: ModuleInterface,
  kind: BusKind,
  name: string | undefined,
  given: SignalNames = {},
): BusPorts {
  const known = listBuses(module, kind)
  const wanted = name?.toLowerCase().replace(/_$/, '') ?? (known.length === 1 ? known[0]! : null)
  if (wanted === null || (!known.includes(wanted) && Object.keys(given).length === 0)) {
    const list = known.map((own) => (own === '' ? '(no prefix)' : own)).join(', ') || 'none'
    throw new Error(
      `Expected ${name === undefined ? 'one' : `the bus ${name} as an`} ${kind.title} of ${module.name}; there ${known.length === 1 ? 'is' : 'are'} ${list}. ` +
        'Name the ports of its signals otherwise: signals: { … }',
    )
  }
  for (const signal of Object.keys(given))
    if (!kind.signals.some((own) => own.name === signal))
      throw new Error(
        `${kind.title} has no signal ${signal}; it has ${kind.signals.map((own) => own.name).join(', ')}`,
      )
  const ports = kind.signals.map((signal) => findSignal(module, kind, signal, wanted, given[signal.name]))
  const label = name ?? (wanted === '' ? kind.title.split(' ')[0]! : wanted)
  kind.signals.forEach((signal, index) => {
    if (signal.needed === undefined || ports[index] !== null) return
    // What is not there itself needs nothing.
    const head = ports[kind.signals.findIndex(({ name: own }) => own === signal.needed)]
    if (head === null || head === undefined) return
    throw new Error(
      `${label} of ${module.name} has ${head.name}, and no ${wayOf(kind, signal)} ${signal.name}. Name it: signals: { ${signal.name}: '…' }`,
    )
  })
  return { name: label, ports }
}

function findSignal(
  module: ModuleInterface,
  kind: BusKind,
  signal: Signal,
  prefix: string,
  given: string | undefined,
): Port | null {
  const way = wayOf(kind, signal)
  const names = spellings(signal.name).map((own) => (prefix === '' ? own : `${prefix}_${own}`))
  const found = module.ports.find((port) =>
    given === undefined
      ? port.direction === way && port.elements === null && names.includes(bare(port.name))
      : port.name === given,
  )
  if (given !== undefined && (found === undefined || found.direction !== way || found.elements !== null))
    throw new Error(
      `Expected an ${way} ${given} of ${module.name} for ${signal.name}; its ${way}s are ${module.ports
        .filter(({ direction }) => direction === way)
        .map((port) => port.name)
        .join(', ')}`,
    )
  return found ?? null
}

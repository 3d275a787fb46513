/** Which ports are clocks and resets, by name or by convention. */
import type { ModuleInterface } from './module-interface.ts'
import type { Boundary, ClockTiming, ResetPort, StreamPorts } from './types.ts'

/** What a clock or reset belongs to, in names such as `ap_clk`, `sys_rst_n`, `wb_clk_i` and `S_AXI_ARESETN`. */
const OWNER = '(?<owner>(?:ap|sys|core|main|wb|[sm]_axis?|axis?)_?)?'
/** `aclk` of AXI, `PCLK` of APB, `HCLK` of AHB. */
const CLOCK = new RegExp(`^(i_)?${OWNER}[aph]?(clk|clock)(_in|_i)?$`, 'i')
/** Active where it is low: an `n` behind it, or before it. */
const LOW_RESET = new RegExp(`^(i_)?${OWNER}(n_?a?(rst|reset)|[aph]?(rst|reset)_?n)(_?i|_in)?$`, 'i')
const HIGH_RESET = new RegExp(`^(i_)?${OWNER}a?(rst|reset)(_in|_i)?$`, 'i')

/** The clocks of a model, the one that cycles count first; none for a module that is only settled. */
export type Clocks =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly port: string }
  | {
      readonly kind: 'several'
      readonly clocks: readonly (Required<ClockTiming> & { readonly port: string })[]
    }

/**
 * Clock by name, or by convention.
 *
 * @param timing a model that has delays: it may have clocks of its own.
 * @throws Error when a named clock is not a 1-bit input, or when the module needs a clock and has none that is called so;
 * RangeError for a period below 2 or a negative phase.
 */
export function resolveClocks(module: ModuleInterface, { clock, clocks }: Boundary, timing = false): Clocks {
  if (clocks === undefined) {
    if (clock === false) return { kind: 'none' }
    const port = clock ?? findClock(module)
    if (port === undefined) {
      const hasOwn = timing && oneBitInputs(module).length === 0
      if (module.clocked === true && !hasOwn) throw new Error(describeNoClock(module, timing))
      return { kind: 'none' }
    }
    requireInput(module, port)
    return { kind: 'one', port }
  }
  if (clock !== undefined) throw new Error('Expected either clock or clocks, got both')
  const named = Object.entries(clocks).map(([port, { period, phase = 0 }]) => {
    requireInput(module, port)
    if (!Number.isInteger(period) || period < 2)
      throw new RangeError(`Expected a period of ${port} of at least 2 units of time, got ${period}`)
    if (!Number.isInteger(phase) || phase < 0)
      throw new RangeError(`Expected a phase of ${port} of 0 or more units of time, got ${phase}`)
    return { port, period, phase }
  })
  if (named.length === 0) throw new Error('Expected at least one clock in clocks, got none')
  return { kind: 'several', clocks: named }
}

/** Resets by name, or by convention: of several clocks `clk_a_i` also `rst_a_ni` or `rst_a_i`. */
export function resolveResets(module: ModuleInterface, options: Boundary): readonly ResetPort[] {
  const { reset, clocks } = options
  if (reset === false) return []
  if (reset !== undefined) {
    const list: readonly ResetPort[] = Array.isArray(reset) ? reset : [reset as ResetPort]
    for (const { port } of list) requireInput(module, port)
    return list
  }
  const found: ResetPort[] = oneBitInputs(module).flatMap((port): ResetPort[] =>
    LOW_RESET.test(port) ? [{ port, active: 0 }] : HIGH_RESET.test(port) ? [{ port, active: 1 }] : [],
  )
  for (const name of Object.keys(clocks ?? {})) {
    const stem = name.replace(/clk|clock/, 'rst').replace(/_i$/, '')
    // A clock of another name, such as `slow_i`, is no reset of its own.
    if (name.startsWith(stem)) continue
    for (const port of [`${stem}_ni`, `${stem}_n`, `${stem}_i`, stem]) {
      if (!hasInput(module, port) || found.some((other) => other.port === port)) continue
      found.push({ port, active: port.endsWith('_ni') || port.endsWith('_n') ? 0 : 1 })
      break
    }
  }
  return found
}

/** Index of the clock of a stream or memory among the clocks; 0 where there is but one. */
export function clockIndex(clocks: Clocks, port: string | undefined, who: string): number {
  if (port === undefined) return 0
  const names =
    clocks.kind === 'several'
      ? clocks.clocks.map((clock) => clock.port)
      : clocks.kind === 'one'
        ? [clocks.port]
        : []
  const index = names.indexOf(port)
  if (index >= 0) return index
  throw new Error(`Expected a clock of ${who}, got ${port}; the clocks are ${names.join(', ') || 'none'}`)
}

/**
 * The clock of a stream that was found by name: the one whose name without `clk` is the longest that the stream's begins with,
 * as `m_clk`, `m_axis_aclk` and `clk_m_i` of `m_axis_tvalid`.
 *
 * @throws Error where no clock of several has such a name.
 */
export function clockOfPrefix(clocks: Clocks, { name, valid }: StreamPorts): string | undefined {
  if (clocks.kind !== 'several' || clocks.clocks.length === 1) return undefined
  const ports = clocks.clocks.map(({ port }) => port)
  const owned = ports.flatMap((port) => {
    const owner = port
      .toLowerCase()
      .replace(/(^|_)(i_)?a?(clk|clock)(?=_|$)/, '')
      .replace(/(^_|_i$|_in$)/g, '')
    return owner !== '' && `${valid.toLowerCase()}_`.startsWith(`${owner}_`) ? [{ port, owner }] : []
  })
  owned.sort((a, b) => b.owner.length - a.owner.length)
  if (owned[0] !== undefined) return owned[0].port
  throw new Error(
    `Expected a clock that stream ${name} is called after, its ports begin with ${valid}; the clocks are ` +
      `${ports.join(', ')}. Name its clock: streams: { ${name}: { clock: '${ports[0]}' } }`,
  )
}

const oneBitInputs = ({ ports }: ModuleInterface): readonly string[] =>
  ports
    .filter(({ direction, width, elements }) => direction === 'input' && width === 1 && elements === null)
    .map(({ name }) => name)

/** The only input of one bit that is called like a clock, or the only one of those that belongs to nothing. */
export function findClock(module: ModuleInterface): string | undefined {
  const all = oneBitInputs(module).flatMap((name) => {
    const match = CLOCK.exec(name)
    return match === null ? [] : [{ name, owner: match.groups?.owner }]
  })
  if (all.length === 1) return all[0]!.name
  const free = all.filter(({ owner }) => owner === undefined)
  return free.length === 1 ? free[0]!.name : undefined
}

function describeNoClock(module: ModuleInterface, timing: boolean): string {
  const inputs = oneBitInputs(module)
  if (inputs.length === 0 && !timing)
    return (
      `Expected a clock of ${module.name}, which has processes that wait for an edge and no 1-bit input. ` +
      'If it makes its own clock, by delays, give timing: true; clock: false lets nothing rise'
    )
  const clocks = inputs.filter((name) => /(clk|clock)(_in|_i)?$/i.test(name))
  const named = clocks.map((name) => `${name}: { period: 10 }`).join(', ')
  return (
    `Expected a clock of ${module.name}, which has processes that wait for an edge; its 1-bit inputs are ${inputs.join(', ') || 'none'}. ` +
    (clocks.length < 2 ? "Name it: clock: 'port'" : `Name them: clocks: { ${named} }`) +
    ', or clock: false where the test drives it'
  )
}

const hasInput = (module: ModuleInterface, name: string): boolean => oneBitInputs(module).includes(name)

function requireInput(module: ModuleInterface, name: string): void {
  if (hasInput(module, name)) return
  const known = module.ports.map((port) => port.name).join(', ')
  throw new Error(`Expected ${name} to be a 1-bit input of ${module.name}; its ports are ${known}`)
}

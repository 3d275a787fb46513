/** Which ports are clocks and resets, by name or by convention. */
import type { ModuleInterface } from './module-interface.ts'
import type { Boundary, ClockTiming, ResetPort } from './types.ts'

const clockNames = ['clk_i', 'clk', 'clock', 'clock_i', 'aclk', 'i_clk']
const lowResets = ['rst_ni', 'rst_n', 'rst_n_i', 'aresetn', 'resetn', 'reset_n', 'nreset']
const highResets = ['rst_i', 'rst', 'reset', 'reset_i', 'arst_i', 'i_rst', 'i_reset']

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
 * @throws Error when a named clock is not a 1-bit input; RangeError for a period below 2 or a negative phase.
 */
export function resolveClocks(module: ModuleInterface, { clock, clocks }: Boundary): Clocks {
  if (clocks === undefined) {
    const port = clock ?? clockNames.find((name) => hasInput(module, name))
    if (port === undefined) return { kind: 'none' }
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
  const found: ResetPort[] = []
  const low = lowResets.find((name) => hasInput(module, name))
  const high = highResets.find((name) => hasInput(module, name))
  if (low !== undefined) found.push({ port: low, active: 0 })
  else if (high !== undefined) found.push({ port: high, active: 1 })
  for (const name of Object.keys(clocks ?? {})) {
    const stem = name.replace(/clk|clock/, 'rst').replace(/_i$/, '')
    if (stem.startsWith(name)) continue
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

export function hasInput(module: ModuleInterface, name: string): boolean {
  return module.ports.some((port) => port.name === name && port.direction === 'input' && port.width === 1)
}

function requireInput(module: ModuleInterface, name: string): void {
  if (hasInput(module, name)) return
  const known = module.ports.map((port) => port.name).join(', ')
  throw new Error(`Expected ${name} to be a 1-bit input of ${module.name}; its ports are ${known}`)
}

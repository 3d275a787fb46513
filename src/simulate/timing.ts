/** How long a cycle takes, in the unit of time of a model that has delays. */
import { InputError } from '../input/input-error.ts'
import type { Clocks } from './boundary/clocks.ts'
import type { BuildOptions } from './build/types.ts'

const POWERS: Readonly<Record<string, number>> = { s: 0, ms: -3, us: -6, ns: -9, ps: -12, fs: -15 }

const DEFAULT_PERIOD = '10ns'

/**
 * The period of the clock, of the first of several, as a whole number of a model's units.
 *
 * @param precision power of ten of a unit, as `timescale` gives it: -12 for a picosecond
 * @throws InputError for what is no time, or no whole number of units; one unit has no room for two edges.
 */
export function readPeriod(timing: BuildOptions['timing'], precision: number): number {
  const text = typeof timing === 'object' ? timing.period : DEFAULT_PERIOD
  const [, value, unit] = /^(\d+(?:\.\d+)?)\s*(s|ms|us|ns|ps|fs)$/.exec(text) ?? []
  if (value === undefined) throw new InputError(`expected a time such as 10ns, got ${text}`, 'timing.period')
  const units = Number(value) * 10 ** (POWERS[unit!]! - precision)
  const whole = Math.round(units)
  if (whole >= 2 && Math.abs(units - whole) < 1e-6 * units) return whole
  throw new InputError(
    `expected a whole number of 10^${precision} s, at least two, got ${text}`,
    'timing.period',
    'The timescale of the sources sets the precision of times.',
  )
}

/** Clocks whose times are units of the model: a period of the first one is so long. */
export function scaleClocks(clocks: Extract<Clocks, { kind: 'several' }>, period: number): typeof clocks {
  const [first] = clocks.clocks
  const factor = period / first!.period
  if (!Number.isInteger(factor))
    throw new InputError(
      `${period} units of time for a cycle of ${first!.port} are no multiple of its period ${first!.period}`,
      'timing.period',
      'Give a period that all clocks share out into whole units.',
    )
  const scaled = clocks.clocks.map((clock) => ({
    ...clock,
    period: clock.period * factor,
    phase: clock.phase * factor,
  }))
  return { kind: 'several', clocks: scaled }
}

/** A model's sources, parameters and macros as flags of the simulators. */
import { shortPath } from './dependencies.ts'
import type { ModelSource, ParameterValue } from './types.ts'

/** Verilator's flags for a source. @param given further ones of the user's */
export function listSourceFlags(source: ModelSource, given: readonly string[] = []): readonly string[] {
  const { top, sources, parameters = {} } = source
  return [
    '--top-module',
    top,
    '-Wno-fatal',
    // Delays are ignored, as synthesis does, where nobody asks for them.
    ...(given.some((flag) => /^--?(no-)?timing$/.test(flag)) ? [] : ['--no-timing']),
    ...given,
    ...listSearchFlags(source),
    ...Object.entries(parameters).map(([name, value]) => `-G${name}=${formatParameter(value, quotePlain)}`),
    ...sources.map(shortPath),
  ]
}

/** Macros and folders, which both simulators take alike. */
export function listSearchFlags({ includeDirs = [], defines = {} }: ModelSource): readonly string[] {
  return [
    ...Object.entries(defines).map(([name, text]) => (text === '' ? `-D${name}` : `-D${name}=${text}`)),
    ...includeDirs.map((folder) => `-I${shortPath(folder) || '.'}`),
  ]
}

/** Verilator has no escapes here. */
function quotePlain(text: string): string {
  if (/["\\]/.test(text))
    throw new RangeError(`Expected a parameter without quotes and backslashes, got ${text}`)
  return `"${text}"`
}

/** A parameter's value as SystemVerilog writes it. */
export function formatParameter(value: ParameterValue, quote: (text: string) => string): string {
  if (typeof value === 'boolean') return value ? "1'b1" : "1'b0"
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value)
  const wide = BigInt(value)
  if (BigInt.asIntN(32, wide) === wide) return String(wide)
  if (wide < 0n) throw new RangeError(`Expected a parameter of at least -2147483648, got ${wide}`)
  return `${wide.toString(2).length}'h${wide.toString(16)}`
}

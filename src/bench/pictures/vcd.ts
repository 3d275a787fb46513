/** Reads some signals out of a value change dump (IEEE 1364-2005, clause 18), as `fst2vcd` writes it. */

/** The changes of one signal, in the order of time. */
export interface Trace {
  readonly width: number
  readonly changes: { readonly time: number; readonly bits: string }[]
}

/**
 * @param names whole paths, without ranges: `TOP.detector.clk_i`.
 * @throws {Error} a signal that is not there
 */
export function readVcd(text: string, names: readonly string[]): ReadonlyMap<string, Trace> {
  const traces = new Map<string, Trace>()
  // Names of one net share an identifier.
  const byIdentifier = new Map<string, Trace>()
  const scope: string[] = []
  let time = 0
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const first = words[0]!
    if (first === '$scope') scope.push(words[2]!)
    else if (first === '$upscope') scope.pop()
    else if (first === '$var') {
      const [, , width, identifier, name] = words
      const path = [...scope, name].join('.')
      if (!names.includes(path)) continue
      const trace = byIdentifier.get(identifier!) ?? { width: Number(width), changes: [] }
      byIdentifier.set(identifier!, trace)
      traces.set(path, trace)
    } else if (first.startsWith('#')) time = Number(first.slice(1))
    else {
      const isVector = first.startsWith('b')
      const bits = isVector ? first.slice(1) : first.slice(0, 1)
      const trace = byIdentifier.get(isVector ? words[1]! : first.slice(1))
      // Short values are extended by what they begin with, 1 by 0.
      trace?.changes.push({ time, bits: bits.padStart(trace.width, /^[xz]/.test(bits) ? bits[0] : '0') })
    }
  }
  const missing = names.filter((name) => !traces.has(name))
  if (missing.length > 0) throw new Error(`the waveform has no ${missing.join(', ')}`)
  return traces
}

/** The bits at a time, after what changes at it; `x` where nothing was dumped yet. */
export const valueAt = ({ width, changes }: Trace, time: number): string =>
  changes.findLast((change) => change.time <= time)?.bits ?? 'x'.repeat(width)

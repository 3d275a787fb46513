/** What is sampled of a waveform: words with their clock cycles. */
import { InputError } from '../input/input-error.ts'
import type { Signals } from './csv.ts'
import type { WordsContent } from './types.ts'

export type Probe = Signals & { readonly data: string; readonly clock: string }

/** A signal that is followed: bits from the highest, now and before the present moment. */
export interface Signal {
  readonly path: string
  readonly width: number
  readonly value: string
  readonly before: string
}

/** One whose changes are heard. */
export interface Followed extends Signal {
  value: string
  before: string
}

/** A vector of its parts, from the highest. */
export function joinSignals(parts: readonly Signal[]): Signal {
  const join = (key: 'value' | 'before'): string =>
    parts.map((part) => part[key].slice(-part.width).padStart(part.width, extension(part[key]))).join('')
  return {
    path: parts[0]!.path,
    width: parts.reduce((sum, { width }) => sum + width, 0),
    get value() {
      return join('value')
    },
    get before() {
      return join('before')
    },
  }
}

/** Short values are extended by what they begin with, 1 by 0. */
const extension = (bits: string): string => (bits === '' ? 'x' : bits[0] === '1' ? '0' : bits[0]!)

export interface Sampler {
  /** Ends a moment. */
  readonly step: () => void
  /** @throws InputError if no word was valid. */
  readonly content: () => WordsContent
}

const MOST_BYTES = 2 ** 29

/** @param find the signal of a name */
export function addProbe(probe: Probe, find: (name: string) => Signal, where: string): Sampler {
  const clock = find(probe.clock)
  const data = find(probe.data)
  const gates = [probe.valid, probe.ready].flatMap((name) => (name === undefined ? [] : [find(name)]))
  for (const { path, width } of [clock, ...gates])
    if (width !== 1) throw new InputError(`${path} has ${width} bits, expected 1`, where)
  const stride = Math.ceil(data.width / 8)
  let bytes = new Uint8Array(1024 * stride)
  let unknown: Uint8Array | null = null
  const cycles: number[] = []
  let cycle = 0
  const grow = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
    const larger = new Uint8Array(2 * old.length)
    larger.set(old)
    return larger
  }
  return {
    step: () => {
      if (clock.before !== '0' || clock.value !== '1') return
      const now = cycle++
      if (gates.some(({ before }) => before !== '1')) return
      const at = cycles.length * stride
      if (at + stride > bytes.length) {
        if (2 * bytes.length > MOST_BYTES)
          throw new InputError(`${probe.data} has more than ${cycles.length} valid words`, where)
        bytes = grow(bytes)
        unknown = unknown === null ? null : grow(unknown)
      }
      cycles.push(now)
      const { before, width } = data
      const above = extension(before)
      for (let place = 0; place < (above === '0' ? Math.min(before.length, width) : width); place++) {
        const bit = before[before.length - 1 - place] ?? above
        if (bit === '0') continue
        if (bit === '1') bytes[at + (place >> 3)]! |= 1 << (place & 7)
        else {
          unknown ??= new Uint8Array(bytes.length)
          unknown[at + (place >> 3)]! |= 1 << (place & 7)
        }
      }
    },
    content: () => {
      const count = cycles.length
      if (count === 0)
        throw new InputError(
          `${probe.data} has no valid word in ${cycle} cycles of ${probe.clock}`,
          where,
          'Check --clock, --valid and --ready.',
        )
      return { kind: 'words', bytes, width: data.width, count, unknown, cycles, field: data.path }
    },
  }
}

/** Waveforms as text. */
import { execFileSync } from 'node:child_process'

export interface Vcd {
  /** Full names of the signals, ranges attached. */
  readonly signals: ReadonlySet<string>
  readonly times: readonly number[]
}

/** Reads an FST file. Needs fst2vcd. */
export function readFst(file: string): Vcd {
  const vcd = execFileSync('fst2vcd', [file], { maxBuffer: 2 ** 28 }).toString()
  const scopes: string[] = []
  const signals = new Set<string>()
  for (const line of vcd.slice(0, vcd.indexOf('$enddefinitions')).split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '$scope') scopes.push(words[2]!)
    else if (words[0] === '$upscope') scopes.pop()
    else if (words[0] === '$var')
      signals.add(`${scopes.join('.')}.${words[4]}${words[5] === '$end' ? '' : words[5]}`)
  }
  return { signals, times: [...vcd.matchAll(/^#(\d+)$/gm)].map((match) => Number(match[1])) }
}

/** The signals that a save file of GTKWave names. */
export const namedSignals = (save: string): readonly string[] =>
  save.split('\n').filter((line) => line.startsWith('TOP.'))

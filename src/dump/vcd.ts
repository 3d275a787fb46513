/**
 * Reads signals out of a value change dump (IEEE 1364-2005, clause 18), piece by piece: at every rising edge of its clock the words
 * that are valid, as they were just before the edge.
 */
import { InputError } from '../input/input-error.ts'
import { createHeader } from './vcd-header.ts'
import { addProbe, type Followed, type Probe, type Sampler } from './vcd-probe.ts'

const MOST_TOKEN = 2 ** 20

export interface VcdReader {
  /** @throws InputError for what is no waveform. */
  readonly push: (chunk: Uint8Array) => void
  /** The samplers of the probes, in their order. @throws InputError if the file ends too early. */
  readonly finish: () => readonly Sampler[]
}

export function readVcd(probes: readonly Probe[], where: string): VcdReader {
  const header = createHeader(where)
  const byId = new Map<string, Followed>()
  let samplers: readonly Sampler[] | null = null
  let rest = ''
  /** A vector's bits, until its signal is named. */
  let bits: string | null = null
  let isComment = false
  let time = ''
  const step = (): void => {
    for (const sampler of samplers ?? []) sampler.step()
    for (const signal of byId.values()) signal.before = signal.value
  }
  const change = (id: string, value: string): void => {
    const signal = byId.get(id)
    if (signal !== undefined) signal.value = value
  }
  const take = (token: string): void => {
    if (samplers === null) {
      if (!header.take(token)) return
      samplers = probes.map((probe) => addProbe(probe, (name) => header.find(name, byId), where))
      return
    }
    if (isComment) isComment = token !== '$end'
    else if (bits !== null) {
      change(token, bits)
      bits = null
    } else {
      const first = token[0]!
      if ('01xXzZ'.includes(first)) change(token.slice(1), first.toLowerCase())
      else if (first === 'b' || first === 'B') bits = token.slice(1).toLowerCase()
      else if ('rRsS'.includes(first)) bits = ''
      else if (first === '#') {
        if (token !== time) step()
        time = token
      } else if (token === '$comment') isComment = true
      else if (first !== '$')
        throw new InputError(`expected a change of a value, got '${token.slice(0, 40)}'`, where)
    }
  }
  return {
    push: (chunk) => {
      const tokens = (rest + Buffer.from(chunk).toString('latin1')).split(/\s+/)
      rest = tokens.pop()!
      for (const token of tokens) if (token !== '') take(token)
      if (rest.length > MOST_TOKEN)
        throw new InputError(`is no value change dump: a word of more than ${MOST_TOKEN} characters`, where)
    },
    finish: () => {
      if (rest !== '') take(rest)
      if (samplers === null)
        throw new InputError('is no value change dump, or cut short: it has no $enddefinitions', where)
      step()
      return samplers
    },
  }
}

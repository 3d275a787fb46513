/**
 * Reads signals out of a value change dump (IEEE 1364-2005, clause 18), piece by piece: at every rising edge of its clock the words
 * that are valid, as they were just before the edge.
 */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { addProbe, type Probe, type Sampler, type Signal } from './vcd-probe.ts'

const MOST_TOKEN = 2 ** 20
const MOST_SIGNALS = 2 ** 20
const MOST_SCOPES = 1000

export interface VcdReader {
  /** @throws InputError for what is no waveform. */
  readonly push: (chunk: Uint8Array) => void
  /** The samplers of the probes, in their order. @throws InputError if the file ends too early. */
  readonly finish: () => readonly Sampler[]
}

export function readVcd(probes: readonly Probe[], where: string): VcdReader {
  const header = createHeader(where)
  const byId = new Map<string, Signal>()
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

interface Header {
  /** @returns true when the definitions have ended. */
  readonly take: (token: string) => boolean
  readonly find: (name: string, known: Map<string, Signal>) => Signal
}

function createHeader(where: string): Header {
  const scopes: string[] = []
  const signals: { readonly path: string; readonly id: string; readonly width: number }[] = []
  let words: string[] = []
  const define = (): void => {
    if (words[0] === '$scope') {
      if (scopes.length >= MOST_SCOPES) throw new InputError(`nests more than ${MOST_SCOPES} scopes`, where)
      scopes.push(words[2] ?? '')
    } else if (words[0] === '$upscope') scopes.pop()
    else if (words[0] === '$var') {
      const [, , width, id = '', name = ''] = words
      if (signals.length >= MOST_SIGNALS) throw new InputError(`has more than ${MOST_SIGNALS} signals`, where)
      // A range is a word of its own, or the end of the name.
      const path = [...scopes, name.replace(/\[-?\d+(:-?\d+)?\]$/, '')].join('.')
      signals.push({ path, id, width: Number(width) })
    }
  }
  return {
    take: (token) => {
      if (words.length === 0 && token[0] !== '$')
        throw new InputError(
          `is no value change dump: expected $var or $scope, got '${token.slice(0, 40)}'`,
          where,
        )
      if (token !== '$end') {
        if (words.length < 8) words.push(token)
        return false
      }
      const isEnd = words[0] === '$enddefinitions'
      define()
      words = []
      return isEnd
    },
    find: (name, known) => {
      const found = signals.filter(({ path }) => path === name)
      const all = found.length > 0 ? found : signals.filter(({ path }) => path.endsWith(`.${name}`))
      const ids = new Map(all.map((signal) => [signal.id, signal]))
      const [first] = ids.values()
      if (first === undefined)
        throw new InputError(
          `has no signal ${name}`,
          where,
          suggest(
            name,
            signals.flatMap(({ path }) => [path, path.slice(path.lastIndexOf('.') + 1)]),
          ) ||
            `It has ${signals
              .slice(0, 10)
              .map(({ path }) => path)
              .join(', ')}.`,
        )
      if (ids.size > 1) {
        const paths = [...ids.values()].slice(0, 5).map(({ path }) => path)
        throw new InputError(
          new Set(paths).size === 1
            ? `has ${name} bit by bit`
            : `has ${ids.size} signals ${name}: ${paths.join(', ')}`,
          where,
          new Set(paths).size === 1 ? 'Dump it as one vector.' : 'Give the whole path of one.',
        )
      }
      if (!Number.isInteger(first.width) || first.width < 1 || first.width > MOST_TOKEN)
        throw new InputError(`says ${first.width} bits of ${name}`, where)
      const signal = known.get(first.id) ?? { path: first.path, width: first.width, value: 'x', before: 'x' }
      known.set(first.id, signal)
      return signal
    },
  }
}

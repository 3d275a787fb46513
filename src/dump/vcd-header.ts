/** The definitions of a value change dump: its signals by their names, and those that are dumped in parts. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { type Followed, joinSignals, type Signal } from './vcd-probe.ts'

const MOST_SIGNALS = 2 ** 20
const MOST_SCOPES = 1000
const MOST_WIDTH = 2 ** 20

interface Variable {
  readonly path: string
  readonly id: string
  readonly width: number
  /** The indices of its bits, from the highest, as far as they are said. */
  readonly range: readonly [high: number, low: number] | null
}

export interface Header {
  /** @returns true when the definitions have ended. */
  readonly take: (token: string) => boolean
  /** @param known signals that are followed, by what their changes are called; those of this name come to them. */
  readonly find: (name: string, known: Map<string, Followed>) => Signal
}

export function createHeader(where: string): Header {
  const scopes: string[] = []
  const variables: Variable[] = []
  let words: string[] = []
  const define = (): void => {
    if (words[0] === '$scope') {
      if (scopes.length >= MOST_SCOPES) throw new InputError(`nests more than ${MOST_SCOPES} scopes`, where)
      scopes.push(words[2] ?? '')
    } else if (words[0] === '$upscope') scopes.pop()
    else if (words[0] === '$var') {
      if (variables.length >= MOST_SIGNALS)
        throw new InputError(`has more than ${MOST_SIGNALS} signals`, where)
      variables.push(readVariable(words, scopes))
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
      const parts = findVariables(variables, name, where)
      const signals = parts.map(({ path, id, width }): Followed => {
        if (!Number.isInteger(width) || width < 1 || width > MOST_WIDTH)
          throw new InputError(`says ${width} bits of ${name}`, where)
        const signal = known.get(id) ?? { path, width, value: 'x', before: 'x' }
        known.set(id, signal)
        return signal
      })
      return signals.length === 1 ? signals[0]! : joinSignals(signals)
    },
  }
}

/** A range is a word of its own, or the end of the name; there it may be the index of an element, too, which is part of the name. */
function readVariable(words: readonly string[], scopes: readonly string[]): Variable {
  const [, , bits, id = '', name = '', behind = ''] = words
  const width = Number(bits)
  const [, whole = name, own = ''] = behind === '' ? (/^(.*?)(\[-?\d+(?::-?\d+)?\])$/.exec(name) ?? []) : []
  const [, high, low = high] = /^\[(-?\d+)(?::(-?\d+))?\]$/.exec(behind || own) ?? []
  const range = high === undefined ? null : ([Number(high), Number(low)] as const)
  const isElement = own !== '' && range !== null && Math.abs(range[0] - range[1]) + 1 !== width
  const path = [...scopes, isElement ? name : whole].join('.').replaceAll('\\', '')
  return { path, id, width, range: isElement ? null : range }
}

/** The one variable of a name, or the parts of its vector from the highest. @throws InputError for none, and for several */
function findVariables(variables: readonly Variable[], name: string, where: string): readonly Variable[] {
  const byName = (own: string): readonly Variable[] => {
    const exact = variables.filter(({ path }) => path === own)
    return exact.length > 0 ? exact : variables.filter(({ path }) => path.endsWith(`.${own}`))
  }
  const plain = name.replaceAll('\\', '')
  const found = byName(plain)
  const all = found.length > 0 ? found : byName(plain.replace(/\[-?\d+:-?\d+\]$/, ''))
  const different = [...new Map(all.map((variable) => [variable.id, variable])).values()]
  if (different.length === 0) {
    const names = variables.flatMap(({ path }) => [path, path.slice(path.lastIndexOf('.') + 1)])
    const list = variables.slice(0, 10).map(({ path }) => path)
    throw new InputError(`has no signal ${name}`, where, suggest(name, names) || `It has ${list.join(', ')}.`)
  }
  if (different.length === 1) return different
  const paths = different.slice(0, 5).map(({ path }) => path)
  if (new Set(different.map(({ path }) => path)).size > 1)
    throw new InputError(
      `has ${different.length} signals ${name}: ${paths.join(', ')}`,
      where,
      'Give the whole path of one.',
    )
  const isVector = different.every(({ range, width }, at) => {
    const next = different[at + 1]?.range
    return (
      range !== null &&
      range[0] - range[1] + 1 === width &&
      (at + 1 === different.length || next?.[0] === range[1] - 1)
    )
  })
  if (isVector) return different
  throw new InputError(
    `has ${name} in parts that are not those of a vector from its highest bit down`,
    where,
    'Dump it as one vector.',
  )
}

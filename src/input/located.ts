/** A value that a person wrote, and the line on which each part of it stands. */
import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { placeOf as describeKeys } from './describe-issue.ts'
import { InputError } from './input-error.ts'

export interface Located {
  readonly value: unknown
  /** `night.yaml:12`, of the part that these keys lead to, or of what is nearest to it. */
  readonly where: (keys: readonly PropertyKey[]) => string
}

/** Aliases that a file may hold, so that ten lines of them cannot stand for a million values. */
const MOST_ALIASES = 100

/**
 * Parses YAML 1.2, of which JSON is a part.
 *
 * @throws InputError with the line, for what is no YAML, more than one document, or a key that is given twice.
 */
export function parseLocatedYaml(text: string, path: string): Located {
  const lines = new LineCounter()
  const at = (offset: number): string => `${path}:${lines.linePos(offset).line}`
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = [...document.errors, ...document.warnings] as readonly YAMLError[]
  if (error !== undefined) throw new InputError(explain(error), at(error.pos[0]), 'Correct it and run again.')
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (cause) {
    const { alias, isKnown } = findBadAlias(document)
    const what = isKnown
      ? `aliases stand for too much: at most ${MOST_ALIASES} values`
      : 'this alias (*) names no anchor (&) before it'
    throw new InputError(what, at(rangeOf(alias)), 'Write the values out.', { cause })
  }
  const where = (keys: readonly PropertyKey[]): string => at(offsetOf(document.contents, keys))
  return { value, where }
}

/** What the parser says, in the words of this program. */
const explain = ({ code, message }: YAMLError): string =>
  ({
    DUPLICATE_KEY: 'this name is given twice in one place',
    MULTIPLE_DOCS: 'a second document begins here (---), expected one',
  })[code as string] ?? `is not YAML: ${message.split('\n')[0]!.replace(/:$/, '')}`

/** The first alias without an anchor; if all have one, the last, which stands for the most. */
function findBadAlias(document: Document): { readonly alias: Alias | undefined; readonly isKnown: boolean } {
  const aliases: Alias[] = []
  visit(document, { Alias: (_, alias) => void aliases.push(alias) })
  const unknown = aliases.find((alias) => alias.resolve(document) === undefined)
  return { alias: unknown ?? aliases.at(-1), isKnown: unknown === undefined }
}

/** Where the deepest part begins that the keys lead to; of a property, its name. */
function offsetOf(root: unknown, keys: readonly PropertyKey[]): number {
  let node = root
  let offset = rangeOf(node)
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find(({ key: own }) => isScalar(own) && String(own.value) === String(key))
      if (pair === undefined) break
      offset = rangeOf(pair.key)
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (node === undefined) break
      offset = rangeOf(node)
    } else break
  }
  return offset
}

const rangeOf = (node: unknown): number =>
  (node as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0

/** A value without lines, as a module gives one: its keys say where. */
export const locateByKeys = (value: unknown, path: string): Located => ({
  value,
  where: (keys) => (keys.length === 0 ? path : `${path}: ${describeKeys(keys).replace(/: $/, '')}`),
})

/** The words of a command in one form: long names in the order of their declarations, without those that say where results go. */
import { camelCase, type Declarations } from './declaration.ts'
import { parseOptions } from './parse-options.ts'

/** @param left names of further options to leave out. */
export function canonicalWords(
  declarations: Declarations,
  words: readonly string[],
  left: ReadonlySet<string>,
): readonly string[] {
  const parsed = parseOptions(declarations, words) ?? {}
  return Object.entries(declarations).flatMap(([name, declaration]) => {
    const value = parsed[name] ?? parsed[camelCase(name)]
    const isOwn = declaration.hidden === true || declaration.writes !== undefined
    if (isOwn || left.has(name) || value === undefined) return []
    return (Array.isArray(value) ? value : [value]).flatMap((one) => spell(name, one, declaration.default))
  })
}

function spell(name: string, value: unknown, usual: unknown): readonly string[] {
  if (value === usual) return []
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`]
  const text = String(value)
  return text.startsWith('-') ? [`--${name}=${text}`] : [`--${name}`, text]
}

/** Options that a text names: whoever reads it has only those of the command that was called, or of another that the text names. */
import { type Node, type Rule, walk } from './syntax.ts'

const WORD = /(?<![\w-])--(?:no-)?([a-z][a-z-]+)/g

/** A command of npm to copy. */
const OF_NPM = /`npm [^`]*`/g

/** Commands whose messages a file holds; none: of every command, so that it may name no option. */
export type Owners = (file: string) => readonly string[]

/** @param optionsOf by command. */
export const findStrangeOptions =
  (optionsOf: ReadonlyMap<string, ReadonlySet<string>>, owners: Owners): Rule =>
  ({ file, nodes, at }) =>
    [
      ...new Set([
        ...nodes.filter(isError).flatMap((error) => [...walk(error)]),
        ...nodes.filter(isSentence),
      ]),
    ].flatMap((node) => {
      const text = textOf(node)
      const others = [...text.matchAll(/assay (\w+)/g)].map(([, name]) => name!)
      const known = (option: string): boolean =>
        [...owners(file), ...others].some((name) => optionsOf.get(name)?.has(option) === true)
      return [...text.replaceAll(OF_NPM, '').matchAll(WORD)]
        .filter(([, option]) => !known(option!))
        .map(([word]) => `${at(node)}: ${word}`)
    })

const isError = ({ type, callee }: Node): boolean =>
  type === 'NewExpression' &&
  /^(Input|Tool|System|Usage)Error$/.test((callee as { readonly name?: string }).name ?? '')

/** Advice may stand in a constant. */
const isSentence = (node: Node): boolean => /^[A-Z].* .*\.$/s.test(textOf(node))

function textOf(node: Node): string {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type !== 'TemplateLiteral') return ''
  return (node.quasis as readonly { readonly value: { readonly raw: string } }[])
    .map(({ value }) => value.raw)
    .join('…')
}

/** Errors that nobody looks at. */
import { argumentsOf, isFunction, methodOf, type Node, type Rule, walk } from './syntax.ts'

/** Whether a handler does something with its error: throws it on, compares it, gives it back. */
function looksAt(parameter: Node | undefined | null, body: Node): boolean {
  if (parameter === undefined || parameter === null) return false
  const names = [...walk(parameter)].flatMap(({ type, name }) => (type === 'Identifier' ? [name] : []))
  return [...walk(body)].some(({ type, name }) => type === 'Identifier' && names.includes(name))
}

/** `catch {}`, `catch { return }`, `catch { continue }`, `.catch(() => …)`: the failure that the test is for may be the one caught. */
export const findSwallowed: Rule = ({ nodes, at }) =>
  nodes
    .filter((node) => {
      if (node.type === 'CatchClause') return !looksAt(node.param as Node | null, node.body as Node)
      if (node.type !== 'CallExpression') return false
      const place = ['catch', 'then'].indexOf(methodOf(node) ?? '')
      const handler = argumentsOf(node)[place]
      if (handler === undefined || !isFunction(handler)) return false
      return !looksAt((handler.params as Node[])[0], handler.body as Node)
    })
    .map(
      (node) =>
        `${at(node)}: an error is caught and not looked at; catch the one that is meant, and throw the others`,
    )

/** Who reads the environment of the process: entries do, and all else is given what they have read as a value. */
import { type Node, type Rule, walk } from './syntax.ts'

/** Functions of process/environment.ts: their answer depends on when and where they are called. */
const READERS: readonly unknown[] = ['readEnvironment', 'defaultCacheFolder']

const isProcess = (node: unknown): boolean => (node as Node | null)?.name === 'process'

/** `process.env`, `{ env } = process` and `import { env } from 'node:process'`. */
function isEnv(node: Node): boolean {
  if (node.type === 'MemberExpression')
    return isProcess(node.object) && (node.property as Node).name === 'env'
  if (node.type === 'VariableDeclarator') return isProcess(node.init) && isIn('env', node.id as Node)
  return node.type === 'ImportDeclaration' && /^(node:)?process$/.test((node.source as Node).value as string)
}

const isIn = (name: string, pattern: Node): boolean => [...walk(pattern)].some((node) => node.name === name)

export const findProcessEnv: Rule = ({ nodes, at }) =>
  nodes.filter(isEnv).map((node) => `${at(node)}: process.env; take an Environment as a parameter`)

export const findReaders: Rule = ({ nodes, at }) =>
  nodes
    .filter(({ type, callee }) => type === 'CallExpression' && READERS.includes((callee as Node).name))
    .map(
      (node) => `${at(node)}: ${(node.callee as Node).name}(); only an entry reads, take the value from it`,
    )

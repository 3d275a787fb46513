/** The syntax of a test file, as the rules look at it. */
import { parseAst } from 'vitest/node'

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

export interface Source {
  readonly file: string
  readonly text: string
  readonly nodes: readonly Node[]
  /** `file:line` of a node. */
  readonly at: (node: Node) => string
  /** The node as it is written, without spaces. */
  readonly textOf: (node: Node) => string
  readonly parentOf: (node: Node) => Node | undefined
}

/** Sentences on what a file does that it must not. */
export type Rule = (source: Source) => readonly string[]

export function readSource(file: string, text: string): Source {
  const program = parseAst(text, { lang: 'ts' }, file) as unknown as Node
  const parents = new Map<Node, Node>()
  const nodes = [...walk(program)]
  for (const node of nodes) for (const child of childrenOf(node)) parents.set(child, node)
  return {
    file,
    text,
    nodes,
    at: ({ start }) => `${file}:${text.slice(0, start).split('\n').length}`,
    textOf: ({ start, end }) => text.slice(start, end).replaceAll(/\s+/g, ''),
    parentOf: (node) => parents.get(node),
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? value : [],
  )

/** A node and all within it; what `isDoor` holds for is not entered. */
export function* walk(node: Node, isDoor: (node: Node) => boolean = () => false): Generator<Node> {
  yield node
  for (const child of childrenOf(node)) if (!isDoor(child)) yield* walk(child, isDoor)
}

export const isFunction = ({ type }: Node): boolean =>
  type === 'ArrowFunctionExpression' || type === 'FunctionExpression' || type === 'FunctionDeclaration'

export const isLoop = ({ type }: Node): boolean => /^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(type)

export const argumentsOf = (call: Node): readonly Node[] => call.arguments as Node[]

/** `name` of `….name(…)`. */
export function methodOf(call: Node): string | undefined {
  const callee = call.callee as Node
  return callee.type === 'MemberExpression' ? ((callee.property as Node).name as string) : undefined
}

/** `test` of `test(…)`, `test.each(…)(…)`, `test.concurrent(…)`. */
export function rootName(callee: Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name as string
  if (callee.type === 'MemberExpression') return rootName(callee.object as Node)
  if (callee.type === 'CallExpression') return rootName(callee.callee as Node)
  return undefined
}

/** `expect(…)`, `expect.soft(…)`, `expect.poll(…)`; not `expect.fail(…)`, which needs no matcher. */
export function isExpect(node: Node): boolean {
  if (node.type !== 'CallExpression') return false
  const callee = node.callee as Node
  if (callee.type === 'Identifier') return callee.name === 'expect'
  return (callee.object as Node | undefined)?.name === 'expect' && /^(soft|poll)$/.test(methodOf(node) ?? '')
}

const TESTS: readonly (string | undefined)[] = ['test', 'it', 'testWith', 'simulateTest']

export const isTest = (node: Node): boolean =>
  node.type === 'CallExpression' && TESTS.includes(rootName(node.callee as Node))

/** What leaves a test, or a part of it, out. */
import {
  argumentsOf,
  isExpect,
  isFunction,
  isLoop,
  isTest,
  methodOf,
  type Node,
  type Rule,
  rootName,
  walk,
} from './syntax.ts'

const SUITES: readonly (string | undefined)[] = ['test', 'it', 'testWith', 'describe', 'needs']
const HIDDEN = ['skip', 'skipIf', 'runIf', 'todo', 'only']

/** `test.skip`, `describe.skipIf`, …: the report at the end would not say what was wanting. */
export const findHidden: Rule = ({ nodes, at }) =>
  nodes.flatMap((node) => {
    if (node.type !== 'MemberExpression' || !SUITES.includes(rootName(node.object as Node))) return []
    const { name } = node.property as Node
    return HIDDEN.includes(name as string) ? [`${at(node)}: .${name}; ask for a witness with needs()`] : []
  })

/** `{ skip: true }` of a test, and a test in an `if` or behind `&&`: nothing would tell that it is not there. */
export const findSometimes: Rule = ({ nodes, at }) => {
  const options = nodes
    .filter(isTest)
    .flatMap((call) => argumentsOf(call).filter(({ type }) => type === 'ObjectExpression'))
    .flatMap((object) => (object.properties as Node[]).map(({ key }) => key as Node | undefined))
    .filter((key) => key !== undefined && HIDDEN.includes(key.name as string))
    .map((key) => `${at(key!)}: { ${key!.name} }; ask for a witness with needs()`)
  const choices = nodes.filter(({ type }) =>
    /^(IfStatement|LogicalExpression|ConditionalExpression)$/.test(type),
  )
  const tests = new Set(choices.flatMap((choice) => [...walk(choice, isFunction)].filter(isTest)))
  return [
    ...options,
    ...[...tests].map(
      (node) => `${at(node)}: a test that is not always there; ask for a witness with needs()`,
    ),
  ]
}

export const findEarlyReturns: Rule = ({ nodes, at }) =>
  nodes
    .filter(isTest)
    .flatMap((call) => argumentsOf(call).filter(isFunction))
    .flatMap((body) => [...walk(body.body as Node, isFunction)])
    .filter(({ type }) => type === 'ReturnStatement')
    .map((node) => `${at(node)}: a test that returns early passes; ask for a witness with needs()`)

/**
 * `continue` before an expect, or `return` before one in a `forEach`. (An expect within an `if` is Biome's noConditionalExpect; a
 * test that comes to no expect at all fails by requireAssertions.)
 */
export const findPassedBy: Rule = ({ nodes, at }) => {
  const loops = nodes.filter(isLoop).map((loop) => ({ body: loop.body as Node, way: 'ContinueStatement' }))
  const callbacks = nodes
    .filter((node) => node.type === 'CallExpression' && methodOf(node) === 'forEach')
    .flatMap((call) => argumentsOf(call).filter(isFunction))
    .map((callback) => ({ body: callback.body as Node, way: 'ReturnStatement' }))
  return [...loops, ...callbacks].flatMap(({ body, way }) => {
    const last = Math.max(-1, ...[...walk(body)].filter(isExpect).map(({ start }) => start))
    const isOther = (node: Node): boolean => isFunction(node) || (way === 'ContinueStatement' && isLoop(node))
    return [...walk(body, isOther)]
      .filter(({ type, start }) => type === way && start < last)
      .map(
        (node) =>
          `${at(node)}: an item goes past an expect; choose the items before, and expect their number`,
      )
  })
}

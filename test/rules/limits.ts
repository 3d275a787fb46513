/** How long a test may take: a machine under load needs several times what a quiet one does, and a fault hangs for ever. */
import { argumentsOf, type Node, type Rule, rootName } from './syntax.ts'

const LIMITED = ['test', 'it', 'testWith', 'simulateTest', 'describe', 'needs', 'beforeAll', 'afterAll']

const isNumber = ({ type, value }: Node): boolean => type === 'Literal' && typeof value === 'number'

/** `test(…, 90_000)` and `test('…', { timeout: 90_000 }, …)`: only vitest.config.ts has a limit. */
export const findOwnLimits: Rule = ({ nodes, at }) =>
  nodes
    .filter((node) => {
      if (node.type !== 'CallExpression' || !LIMITED.includes(rootName(node.callee as Node) ?? ''))
        return false
      return argumentsOf(node).some((argument, place) => {
        if (argument.type !== 'ObjectExpression') return place > 0 && isNumber(argument)
        return (argument.properties as Node[]).some(
          ({ key }) => (key as Node | undefined)?.name === 'timeout',
        )
      })
    })
    .map((node) => `${at(node)}: a limit of its own; the one of vitest.config.ts serves all`)

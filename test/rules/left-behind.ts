/** What a test changes for all files after it: test files of a worker share their modules. */
import type { Node, Rule } from './syntax.ts'

/** Functions that change a module and give what undoes it. */
const UNDONE = ['listenToNotices']

/** `listenToNotices(…)` as a statement: nobody can undo it. */
export const findLeftBehind: Rule = ({ nodes, at, parentOf }) =>
  nodes
    .filter(
      (node) =>
        node.type === 'CallExpression' &&
        UNDONE.includes((node.callee as Node).name as string) &&
        parentOf(node)?.type === 'ExpressionStatement',
    )
    .map((node) => `${at(node)}: what undoes it is dropped; give it to onTestFinished or afterEach`)

/** Who parses JSON, and who makes a schema of an object: `src/input`, so that all that is read is checked in one way. */
import { methodOf, type Node, type Rule } from './syntax.ts'

/** `list.map(JSON.parse)` is one as well. */
export const findParses: Rule = ({ nodes, at }) =>
  nodes
    .filter(
      ({ type, object, property }) =>
        type === 'MemberExpression' &&
        (object as Node).name === 'JSON' &&
        ['parse', undefined].includes((property as Node).name as string | undefined),
    )
    .map((node) => `${at(node)}: JSON.parse; use checkJson or acceptJson of src/input/schema.ts`)

/** For an object, valibot takes a list, a map or bytes as well; its record passes over `__proto__`. */
const LOOSE: Readonly<Record<string, string>> = {
  ...{ object: 'openObject', looseObject: 'openObject', strictObject: 'closedObject' },
  ...{ objectWithRest: 'recordOf', record: 'recordOf' },
}

export const findLooseSchemas: Rule = ({ nodes, at }) =>
  nodes.flatMap((node) => {
    const { type, callee } = node
    if (type !== 'CallExpression' || ((callee as Node).object as Node | undefined)?.name !== 'v') return []
    const own = LOOSE[methodOf(node) ?? '']
    return own === undefined ? [] : [`${at(node)}: v.${methodOf(node)}; use ${own} of src/input/schema.ts`]
  })

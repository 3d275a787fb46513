/** Expectations that compare nothing, or what is equal by itself. */
import { argumentsOf, isExpect, methodOf, type Node, type Rule, type Source, walk } from './syntax.ts'

interface Chain {
  readonly expect: Node
  /** `not`, `rejects`, `toBe`, … in their order. */
  readonly names: readonly string[]
  /** The call of the matcher; undefined where none is called. */
  readonly matcher: Node | undefined
}

/** From `expect(…)` up to the matcher's call. */
function follow(expect: Node, { parentOf }: Source): Chain {
  const names: string[] = []
  let node = expect
  for (;;) {
    const parent = parentOf(node)
    if (parent?.type === 'MemberExpression' && parent.object === node) {
      names.push((parent.property as Node).name as string)
      node = parent
    } else {
      const isCalled = names.length > 0 && parent?.type === 'CallExpression' && parent.callee === node
      return { expect, names, matcher: isCalled ? parent : undefined }
    }
  }
}

const EQUALITIES = ['toBe', 'toEqual', 'toStrictEqual', 'toMatchObject', 'toBeCloseTo']
const EFFECTS = ['CallExpression', 'NewExpression', 'AwaitExpression', 'TaggedTemplateExpression']

/** Two calls are two runs, which may differ; the same name twice may not. */
function comparesWithItself({ expect, names, matcher }: Chain, { textOf }: Source): boolean {
  const [received, wanted] = [argumentsOf(expect)[0], argumentsOf(matcher!)[0]]
  if (received === undefined || wanted === undefined || !EQUALITIES.includes(names.at(-1)!)) return false
  return (
    textOf(received) === textOf(wanted) && ![...walk(received)].some(({ type }) => EFFECTS.includes(type))
  )
}

const isPromised = ({ expect, names }: Chain): boolean =>
  methodOf(expect) === 'poll' || names.some((name) => /^(rejects|resolves|toMatchFileSnapshot)$/.test(name))

const isAwaited = (parent: Node | undefined): boolean =>
  /^(Await|Return|ArrowFunction)(Expression|Statement)$/.test(parent?.type ?? '')

function findFault(chain: Chain, source: Source): string | undefined {
  const { expect, names, matcher } = chain
  if (matcher === undefined) return 'an expect without a matcher compares nothing'
  if (isPromised(chain) && !isAwaited(source.parentOf(matcher)))
    return 'an expect of a promise that is not awaited: the test is over before it'
  const received = argumentsOf(expect)[0]
  if (received?.type === 'Literal' || received?.name === 'undefined') return 'an expect of a constant'
  if (comparesWithItself(chain, source)) return 'the same on both sides'
  if (names.includes('not')) return undefined
  const [name, wanted] = [names.at(-1)!, argumentsOf(matcher)[0]]
  const text = wanted === undefined ? '' : source.textOf(wanted)
  if (/^toThrow(Error)?$/.test(name) && (text === '' || text === 'Error'))
    return 'any failure passes; say which one is meant'
  const isAnything = EQUALITIES.includes(name) && text === 'expect.anything()'
  if (isAnything || (name === 'toMatchObject' && text === '{}')) return 'anything passes; say what is meant'
  return undefined
}

export const findIdleExpectations: Rule = (source) =>
  source.nodes.filter(isExpect).flatMap((expect) => {
    const fault = findFault(follow(expect, source), source)
    return fault === undefined ? [] : [`${source.at(expect)}: ${fault}`]
  })

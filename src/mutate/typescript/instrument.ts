/**
 * Puts all mutants of some source files into their texts, inactive. Mutants and switches are Stryker's
 * (https://stryker-mutator.io/docs/mutation-testing-elements/supported-mutators); the runner activates them one by one.
 */
import { type File, Instrumenter } from '@stryker-mutator/instrumenter'
import type { Mutant } from '../../mutation/mutate-source.ts'

export interface Instrumented {
  readonly mutants: readonly Mutant[]
  /** By file: its text with every mutant in it. */
  readonly texts: ReadonlyMap<string, string>
  /** Mutants of messages: they are not tried. */
  readonly messages: number
}

/** Lines of a file that are broken, both counted from 1; all of them where a file is not named. */
export type LineRanges = ReadonlyMap<string, readonly (readonly [first: number, last: number])[]>

interface Node {
  readonly type: string
  readonly value?: unknown
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[]
  readonly callee?: { readonly name?: string }
}
interface NodePath {
  readonly node: Node
  findParent(test: (path: NodePath) => boolean): NodePath | null
}

/** The text of an error, and prose: whether a sentence is well put is no question of mutants. */
const messages = {
  shouldIgnore(path: object): string | undefined {
    const { node, findParent } = path as NodePath
    const text =
      node.type === 'StringLiteral'
        ? String(node.value)
        : node.type === 'TemplateLiteral'
          ? node.quasis!.map(({ value }) => value.raw).join('')
          : undefined
    if (text === undefined) return undefined
    const isOfError = findParent.call(
      path,
      ({ node: parent }) => parent.type === 'NewExpression' && /Error$/.test(parent.callee?.name ?? ''),
    )
    return isOfError !== null || /[a-z,:;] [a-z]/i.test(text) ? 'a message' : undefined
  },
}

const off = (): boolean => false
const say = (): void => undefined
const quiet: ConstructorParameters<typeof Instrumenter>[0] = {
  isTraceEnabled: off,
  isDebugEnabled: off,
  isInfoEnabled: off,
  isWarnEnabled: off,
  isErrorEnabled: off,
  isFatalEnabled: off,
  trace: say,
  debug: say,
  info: say,
  warn: say,
  error: say,
  fatal: say,
}

export async function instrument(
  sources: ReadonlyMap<string, string>,
  ranges: LineRanges | null,
): Promise<Instrumented> {
  const instrumenter = new Instrumenter(quiet)
  const files = [...sources].map(([name, content]): File => {
    const lines = ranges?.get(name) ?? []
    // Positions of Stryker's are counted from 0.
    const mutate = lines.map(([first, last]) => ({
      start: { line: first - 1, column: 0 },
      end: { line: last, column: 0 },
    }))
    return { name, content, mutate: ranges === null ? true : mutate }
  })
  const options = { plugins: null, excludedMutations: [], ignorers: [messages], noHeader: false }
  const made = await instrumenter.instrument(files, options)
  const tried = made.mutants.filter(({ status }) => status === undefined)
  const lineStarts = new Map([...sources].map(([name, text]) => [name, startsOf(text)] as const))
  const mutants = tried.map(
    ({ id, fileName, location: { start, end }, mutatorName, replacement }): Mutant => {
      const starts = lineStarts.get(fileName)!
      const at = (place: { readonly line: number; readonly column: number }) =>
        starts[place.line]! + place.column
      return {
        // 0 is the code as it is, as it is for the RTL.
        id: Number(id) + 1,
        file: fileName,
        line: start.line + 1,
        column: start.column + 1,
        operator: mutatorName,
        before: oneLine(sources.get(fileName)!.slice(at(start), at(end))),
        after: oneLine(replacement),
      }
    },
  )
  return {
    mutants,
    texts: new Map(made.files.map(({ name, content }) => [name, countOnlyAsleep(content)])),
    messages: made.mutants.length - tried.length,
  }
}

/** Counting takes most of the time of a hot loop, and only a run without a mutant is asked for it. */
function countOnlyAsleep(text: string): string {
  const head = 'function cover() {'
  if (text.includes('stryCov') && !text.includes(head))
    throw new Error(`the instrumenter writes no \`${head}\`: adapt to its new version`)
  return text.replace(head, `${head} if (ns.activeMutant) return;`)
}

/** Whole functions are long: their beginning tells which it is. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}

function startsOf(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
}

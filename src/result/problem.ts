/** A place in a file that is at fault, as far as an error knows one: of a tool's message, of bad input, of a failed assertion. */
import { InputError } from '../input/input-error.ts'
import { type Diagnostic, ToolError } from '../input/tool-error.ts'

/** A message and its place; `file` is as the error names it. */
export type Problem = Diagnostic

/** `rtl/add.sv:12:3: message`, after the name of the tool or alone. */
const PLACED = /^(?:\S+ failed: )?([^\s:][^:]*\.[A-Za-z]\w*):(\d+)(?::(\d+))?: (.+)$/

/** What an error says of places; what names none has the message alone. */
export function problemsOf(error: unknown): readonly Problem[] {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ToolError && error.diagnostics.length > 0) {
    const errors = error.diagnostics.filter(({ severity }) => severity === 'error')
    // Warnings that end a run are errors.
    const said = errors.length > 0 ? errors : error.diagnostics
    // Beside a place, a message without one says `Cannot continue`.
    const placed = said.filter(({ file }) => file !== null)
    return (placed.length > 0 ? placed : said).map((each) => ({ ...each, severity: 'error' }))
  }
  if (error instanceof InputError) return [problemOfInput(error, message)]
  const placed = placesIn(message)
  return placed.length > 0 ? placed : [{ ...NOWHERE, message }]
}

const NOWHERE = { severity: 'error', file: null, line: null, column: null } as const

/** The lines of a text that begin with a place. */
export function placesIn(text: string): readonly Problem[] {
  return text.split('\n').flatMap((said): readonly Problem[] => {
    const [, file, line, column, message] = PLACED.exec(said) ?? []
    if (file === undefined) return []
    const place = { file, line: Number(line), column: column === undefined ? null : Number(column) }
    return [{ severity: 'error', ...place, message: message! }]
  })
}

/** `plan.yaml:7: …`; `assay.json: … in line 3`. An option is no file. */
function problemOfInput({ where }: InputError, message: string): Problem {
  const [, file = where, line, column] = /^(.+?):(\d+)(?::(\d+))?$/.exec(where) ?? []
  if (/^-|^assay( |$)/.test(file)) return { ...NOWHERE, message }
  const said = message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message
  // A key that is given twice names both lines: the second is the one too many.
  const inText = /\blines? (?:\d+ and )?(\d+)/.exec(said)?.[1]
  const number = line ?? inText
  return {
    severity: 'error',
    file,
    line: number === undefined ? null : Number(number),
    column: column === undefined ? null : Number(column),
    message: said,
  }
}

/** The kind that a tool gives its message, `WIDTHTRUNC`, or what it is called here. */
export function ruleOf({ severity, message }: Problem): string {
  const kind = /\[([A-Z][\w-]*)\]$/.exec(message)?.[1]
  if (kind !== undefined) return kind
  return /^syntax error/.test(message) ? 'syntax' : severity
}

/** Warnings of several models, each once; undefined where there are none, so that a result has no such field. */
export function joinWarnings(lists: readonly (readonly Problem[] | undefined)[]): Problem[] | undefined {
  const all = new Map(lists.flatMap((list = []) => list.map((each) => [JSON.stringify(each), each])))
  return all.size === 0 ? undefined : [...all.values()]
}

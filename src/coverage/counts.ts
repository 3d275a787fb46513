/** Coverage counts as Verilator writes them, added up over instances, parameter sets and test runs. */

export interface CoveragePoint {
  readonly kind: 'line' | 'branch' | 'toggle'
  /** `if`, `else`, `elsif`, `case`, `block`; of a toggle the signal and its bit, `count_q[3]`. */
  readonly what: string
  readonly line: number
  readonly column: number
  /** Lines that run when this point does. */
  readonly lines: readonly number[]
  readonly count: number
}

/** Points of a source file, in its order. */
export type Coverage = ReadonlyMap<string, readonly CoveragePoint[]>

const branches = new Set(['if', 'else', 'elsif', 'case', 'cond_then', 'cond_else'])

/**
 * Reads a `SystemC::Coverage-3` file, and adds it to what others held. A point is one place in the source, however many
 * instances share it.
 *
 * @throws SyntaxError for a file that is none.
 */
export function readCounts(text: string, into: Map<string, Map<string, CoveragePoint>>): void {
  const [head, ...lines] = text.split('\n')
  if (head !== '# SystemC::Coverage-3')
    throw new SyntaxError(`Expected # SystemC::Coverage-3 in the first line, got ${JSON.stringify(head)}`)
  for (const line of lines) {
    if (line === '') continue
    const match = /^C '(.*)' (\d+)$/.exec(line)
    if (match === null) throw new SyntaxError(`Expected a count of coverage, got ${JSON.stringify(line)}`)
    const fields = new Map(
      match[1]!
        .split('\x01')
        .filter((field) => field !== '')
        .map((field) => field.split('\x02') as [string, string]),
    )
    const file = fields.get('f') ?? ''
    const page = fields.get('page') ?? ''
    const what = fields.get('o') ?? ''
    const isToggle = page.startsWith('v_toggle')
    if (!isToggle && !page.startsWith('v_line') && !page.startsWith('v_branch')) continue
    const point = {
      kind: isToggle ? 'toggle' : branches.has(what) ? 'branch' : 'line',
      what,
      line: Number(fields.get('l')),
      column: Number(fields.get('n')),
      lines: readLines(fields.get('S') ?? ''),
    } as const
    const points = into.get(file) ?? new Map<string, CoveragePoint>()
    into.set(file, points)
    const key = [point.kind, point.line, isToggle ? 0 : point.column, what].join(' ')
    const before = points.get(key)?.count ?? 0
    points.set(key, { ...point, count: before + Number(match[2]) })
  }
}

/** `38`, `39-41`, `39-41,44`. */
function readLines(text: string): readonly number[] {
  if (text === '') return []
  return text.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

export interface Share {
  readonly covered: number
  readonly total: number
}

export interface FileCoverage {
  readonly file: string
  readonly lines: Share
  readonly branches: Share
  /** Bits of signals. */
  readonly toggles: Share
}

/** Counts of the lines that a point speaks of: the largest, where several do. */
export function countLines(points: readonly CoveragePoint[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { kind, lines, count } of points) {
    if (kind === 'toggle') continue
    for (const line of lines) counts.set(line, Math.max(counts.get(line) ?? 0, count))
  }
  return counts
}

export function summariseFile(file: string, points: readonly CoveragePoint[]): FileCoverage {
  const share = (counts: readonly number[]): Share => ({
    covered: counts.filter((count) => count > 0).length,
    total: counts.length,
  })
  const of = (kind: CoveragePoint['kind']) =>
    share(points.filter((point) => point.kind === kind).map(({ count }) => count))
  return {
    file,
    lines: share([...countLines(points).values()]),
    branches: of('branch'),
    toggles: of('toggle'),
  }
}

export function addShares(files: readonly FileCoverage[]): FileCoverage {
  const add = (pick: (file: FileCoverage) => Share): Share => ({
    covered: files.reduce((sum, file) => sum + pick(file).covered, 0),
    total: files.reduce((sum, file) => sum + pick(file).total, 0),
  })
  return {
    file: 'all',
    lines: add(({ lines }) => lines),
    branches: add(({ branches }) => branches),
    toggles: add(({ toggles }) => toggles),
  }
}

/** `93.1 %`, or a dash where there is nothing to cover. */
export function formatShare({ covered, total }: Share): string {
  return total === 0 ? '-' : `${((100 * covered) / total).toFixed(1)} %`
}

/** What `coverage/rtl.json` holds: `hit`, `all` and `modules` are what the page of a run reads, points of every kind. */
export interface CoverageReport {
  readonly format: 1
  readonly hit: number
  readonly all: number
  readonly modules: readonly { readonly name: string; readonly hit: number; readonly all: number }[]
  readonly files: readonly FileCoverage[]
  readonly total: FileCoverage
}

/** Points of every kind. */
export const countPoints = ({ lines, branches, toggles }: FileCoverage) => ({
  hit: lines.covered + branches.covered + toggles.covered,
  all: lines.total + branches.total + toggles.total,
})

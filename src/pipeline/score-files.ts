/** Scores that other tools of the house leave behind: what `make coverage` and `make mutate` write, as the page wants them. */
import { InputError } from '../checkpoint/input-error.ts'
import type { ScoreFile } from '../report/html/sections.ts'

interface CoverageCount {
  readonly covered: number
  readonly total: number
}

interface CoverageFile {
  readonly total: { readonly lines: CoverageCount }
  readonly files: readonly { readonly file: string; readonly lines: CoverageCount }[]
}

interface MutationFile {
  readonly modules: readonly { readonly module: string; readonly mutants: number; readonly killed: number }[]
}

const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && key in value
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/**
 * Lines covered of lines, or mutants killed of mutants; null where there is no file.
 * @throws InputError where the file is neither of the two, nor a plain `{ hit, all }`.
 */
export function toScore(value: unknown, where: string): ScoreFile | null {
  if (value === null) return null
  const score = convert(value)
  if (isCount(score?.hit) && isCount(score.all)) return score
  throw new InputError(
    'expected a coverage or mutation score',
    where,
    'Make it again with `make coverage` or `make mutate`, or remove it.',
  )
}

function convert(value: unknown): ScoreFile | null {
  if (has(value, 'files')) {
    const { files, total } = value as CoverageFile
    const modules = files.map(({ file, lines }) => ({ name: file, hit: lines.covered, all: lines.total }))
    return { hit: total.lines.covered, all: total.lines.total, modules }
  }
  if (has(value, 'modules') && (value as MutationFile).modules.every((module) => has(module, 'mutants'))) {
    const modules = (value as MutationFile).modules.map(({ module, mutants, killed }) => ({
      name: module,
      hit: killed,
      all: mutants,
    }))
    const sum = (key: 'hit' | 'all'): number => modules.reduce((total, module) => total + module[key], 0)
    return { hit: sum('hit'), all: sum('all'), modules }
  }
  return has(value, 'hit') ? (value as ScoreFile) : null
}

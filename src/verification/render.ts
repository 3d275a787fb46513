/** docs/verification.md: what is known of each clause, from three runs. */
import { countVerdicts, type ModuleScore, scoreOf } from '../mutation/score.ts'
import type { CoverageRow } from '../stimulus/summary.ts'
import { CLAUSES, type Clause } from './clauses.ts'

/** A property that was proved for every input. */
export interface ProvedProperty {
  readonly name: string
  readonly module: string
  /** Begins with the clause's name. */
  readonly clause: string
  readonly extent: string
}

export interface Evidence {
  readonly proofs: readonly ProvedProperty[]
  readonly rows: readonly CoverageRow[]
  readonly scores: readonly ModuleScore[]
}

const NONE = '–'
const joined = (parts: readonly string[]): string => (parts.length === 0 ? NONE : parts.join('; '))

/** The clauses that a property bears on: `A-3, A-7, lanes` names two. */
const clausesOf = ({ clause }: ProvedProperty): readonly string[] => clause.match(/A-\d+/g) ?? []

function describeRule({ rule, unit, hit, of }: CoverageRow): string {
  if (unit === 'q_NMS') return of === 0 ? `${rule}: impossible` : `${rule}: ${hit > 0 ? 'yes' : 'no'}`
  return `${rule}: ${hit} of ${of} ${unit}`
}

const describeScore = (score: ModuleScore): string =>
  `${score.module} ${score.killed} of ${score.mutants - countVerdicts(score, 'equivalent')}`

function renderClause({ id, title, rules, implementations, modules }: Clause, evidence: Evidence): string {
  const proofs = evidence.proofs.filter((proof) => clausesOf(proof).includes(id))
  const rows = evidence.rows.filter(({ rule }) => rules.includes(rule))
  const scores = evidence.scores.filter(({ module }) => modules.includes(module))
  const own = implementations.map(({ name, file }) => `[${name}](../${file})`)
  const cells = [
    `**${id}** ${title}`,
    joined(proofs.map(({ name, extent }) => `${name} (${extent})`)),
    joined(rows.map(describeRule)),
    joined([...own, ...(modules.length === 0 ? [] : ['RTL'])]),
    joined(scores.map(describeScore)),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Modules that compute no clause: what moves data and keeps order. */
function renderOther({ proofs, scores }: Evidence): readonly string[] {
  const known = new Set(CLAUSES.flatMap(({ modules }) => modules))
  const names = new Set([...scores.map(({ module }) => module), ...proofs.map(({ module }) => module)])
  return [...names]
    .filter((name) => !known.has(name))
    .map((name) => {
      const score = scores.find(({ module }) => module === name)
      const own = proofs.filter(({ module }) => module === name)
      const killed =
        score === undefined ? NONE : `${describeScore(score)} (${(100 * scoreOf(score)).toFixed(1)} %)`
      return `| ${name} | ${joined(own.map((proof) => `${proof.name} (${proof.extent})`))} | ${killed} |`
    })
}

export const renderClauses = (evidence: Evidence): string =>
  [
    '| clause | proved for every input | exercised by `make sim` | implementations | mutants killed |',
    '| --- | --- | --- | --- | --- |',
    ...CLAUSES.map((clause) => renderClause(clause, evidence)),
  ].join('\n')

export const renderModules = (evidence: Evidence): string =>
  [
    '| module | proved for every input | mutants killed |',
    '| --- | --- | --- |',
    ...renderOther(evidence),
  ].join('\n')

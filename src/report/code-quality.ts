/** This file renders problems as GitLab shows them beside the code: a Code Quality report. */
import { type Problem, ruleOf } from '../result/problem.ts'
import { fingerprint } from './fingerprint.ts'

/**
 * Renders the JSON of a Code Quality report.
 * @param problems with paths from the root of the repository. GitLab shows one beside code alone: those without a file are left out.
 */
export function renderCodeQuality(problems: readonly Problem[]): string {
  const placed = problems.filter(({ file }) => file !== null)
  const prints = fingerprint(placed)
  const entries = placed.map((problem, index) => ({
    description: problem.message,
    check_name: ruleOf(problem),
    fingerprint: prints[index],
    severity: problem.severity === 'error' ? 'critical' : 'minor',
    location: { path: problem.file, lines: { begin: problem.line ?? 1 } },
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

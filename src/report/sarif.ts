/** This file renders problems as SARIF 2.1.0, which GitHub's code scanning and most editors read. */
import { type Problem, ruleOf } from '../result/problem.ts'
import { fingerprint } from './fingerprint.ts'

/**
 * Renders a SARIF log of one run.
 * @param problems with paths from the root of the repository; a path elsewhere is absolute.
 * @param isWhole the run came to a result, whatever that is.
 */
export function renderSarif(problems: readonly Problem[], isWhole: boolean): string {
  const rules = [...new Set(problems.map(ruleOf))].sort()
  const prints = fingerprint(problems)
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'assay', rules: rules.map((id) => ({ id })) } },
        invocations: [{ executionSuccessful: isWhole }],
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem, index) => ({
          ruleId: ruleOf(problem),
          ruleIndex: rules.indexOf(ruleOf(problem)),
          level: problem.severity,
          message: { text: problem.message },
          ...(problem.file === null ? {} : { locations: [locate(problem, problem.file)] }),
          partialFingerprints: { 'assay/v1': prints[index] },
        })),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function locate({ line, column }: Problem, file: string): unknown {
  const uri = file.split('/').map(encodeURIComponent).join('/')
  const isAbsolute = file.startsWith('/')
  return {
    physicalLocation: {
      artifactLocation: isAbsolute ? { uri: `file://${uri}` } : { uri, uriBaseId: '%SRCROOT%' },
      ...(line === null || line < 1
        ? {}
        : { region: { startLine: line, ...(column === null || column < 1 ? {} : { startColumn: column }) } }),
    },
  }
}

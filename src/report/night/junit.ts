/** A night as JUnit: a suite a design, a case an entry. Names carry what the plan varies, so that no two coincide. */
import { isOfRtl } from '../../regress/cause.ts'
import { isRedEntry, type NightEntry } from '../../regress/night.ts'
import { asName, buildJunit, type Case, originProperties, seconds, toProperties } from '../junit.ts'
import { REPRODUCE } from '../reproduce.ts'
import { lineOf, type NightView } from './view.ts'
import { concludeNight, ENTRY_WORDS } from './words.ts'

export function renderNightJunit(view: NightView): string {
  const { night } = view
  const shared = new Map<number, number>()
  for (const { run } of night.entries) shared.set(run, (shared.get(run) ?? 0) + 1)
  const suites = new Map<number, Case[]>()
  for (const entry of night.entries) {
    const run = night.runs[entry.run]!
    const suite = ['assay', asName(night.name), asName(night.designs[run.design]!.name)].join('.')
    const time = run.seconds / shared.get(entry.run)!
    const own = suites.get(run.design) ?? []
    suites.set(run.design, own)
    own.push(toCase(view, entry, suite, time))
  }
  const properties = {
    ...{ plan: night.plan.file, identity: night.plan.identity, assay: night.assay, node: night.node },
    ...{ verilator: night.verilator ?? 'none', ...originProperties(night.origin) },
  }
  const testsuite = [...suites.values()].map((cases, index) => ({
    '@_name': cases[0]!['@_classname'],
    ...countCases(cases),
    '@_timestamp': night.startedAt.replace(/\.\d+Z/, ''),
    properties: toProperties(properties),
    testcase: cases,
    ...(index === 0 ? { 'system-out': concludeNight(view) } : {}),
  }))
  return buildJunit(countCases([...suites.values()].flat()), testsuite)
}

const countCases = (cases: readonly Case[]): object => ({
  '@_tests': cases.length,
  '@_failures': cases.filter(({ failure }) => failure !== undefined).length,
  '@_errors': cases.filter(({ error }) => error !== undefined).length,
  '@_skipped': 0,
  '@_time': seconds(cases.reduce((sum, own) => sum + Number(own['@_time']), 0)),
})

function toCase(view: NightView, entry: NightEntry, suite: string, time: number): Case {
  const base = {
    ...{ '@_name': entry.name, '@_classname': suite, '@_file': view.night.plan.file },
    '@_time': seconds(time),
  }
  if (!isRedEntry(entry)) return base
  const { fault, status, run } = entry
  const text = fault?.message ?? view.night.runs[run]!.error ?? ENTRY_WORDS[status]
  const line = lineOf(view, entry)
  const problem = {
    '@_message': text.split('\n')[0]!,
    '@_type': status === 'differs' ? (fault?.kind ?? 'mismatch') : ENTRY_WORDS[status],
    '#text': text,
  }
  const said = line === null ? {} : { 'system-out': [REPRODUCE, line.line, ...line.notes].join('\n') }
  return isOfRtl(status) && status !== 'failed'
    ? { ...base, failure: problem, ...said }
    : { ...base, error: problem, ...said }
}

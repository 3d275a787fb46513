/** Profiles of arithmetic as text of 80 columns: a list of them, and one clause by clause. */
import { describeProfile, type StepText, summariseProfile } from '../arithmetic/describe-profile.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { renderTable, wrap } from './table.ts'

const COLUMNS = 80

/** A name, what the profile computes between accumulator and code, and where that is defined. */
export function renderProfiles(profiles: readonly Profile[]): string {
  const rows = profiles.flatMap((profile) => {
    const width = COLUMNS - 2 - Math.max(...profiles.map(({ name }) => name.length))
    const lines = [...wrap(summariseProfile(profile), width), ...wrap(profile.source, width)]
    return lines.map((text, index) => ({ name: index === 0 ? profile.name : '', text }))
  })
  return renderTable<(typeof rows)[number]>(
    [
      { title: 'profile', align: 'left', value: ({ name }) => name },
      {
        title: 'from accumulator to code, and where it is defined',
        align: 'left',
        value: ({ text }) => text,
      },
    ],
    rows,
  ).join('\n')
}

/** All clauses of one profile. */
export function renderProfile(profile: Profile): string {
  const clauses = describeProfile(profile).map(({ clause, title, sentences, steps }) =>
    [`${clause} ${title}`, ...wrap(sentences.join(' '), COLUMNS - 2).map(indent), ...renderSteps(steps)].join(
      '\n',
    ),
  )
  const head = [profile.name, ...wrap(profile.source, COLUMNS - 2).map(indent)].join('\n')
  return [head, ...clauses].join('\n\n')
}

const indent = (line: string): string => `  ${line}`

/** A stage a line, or more where its note is long. */
function renderSteps(steps: readonly StepText[]): readonly string[] {
  const labels = steps.map(
    ({ of, formula }) => `${of === undefined ? '' : `${of.padEnd(7)}  `}v = ${formula}`,
  )
  const wide = Math.max(...labels.map(({ length }) => length), 0)
  return steps.flatMap(({ note }, index) =>
    wrap(note, COLUMNS - wide - 6).map((line, row) =>
      `    ${(row === 0 ? labels[index]! : '').padEnd(wide)}  ${line}`.trimEnd(),
    ),
  )
}

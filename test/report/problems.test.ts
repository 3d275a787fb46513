/** Problems as GitLab and code scanning read them: the schemas are those of the formats, as far as they are used here. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { ToolError } from '../../src/input/tool-error.ts'
import { removeResults, writeErrorReports, writeReports } from '../../src/pipeline/report/files.ts'
import { renderCodeQuality } from '../../src/report/code-quality.ts'
import { renderSarif } from '../../src/report/sarif.ts'
import type { Problem } from '../../src/result/problem.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { fullReport } from './full-report.ts'

const text = { type: 'string', minLength: 1 }
const closed = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
})
/** docs.gitlab.com, "Code Quality report format". */
const CODE_QUALITY = {
  type: 'array',
  items: closed({
    description: text,
    check_name: text,
    fingerprint: { type: 'string', pattern: '^[0-9a-f]{32,64}$' },
    severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
    location: closed({
      // No ./ in front, and none that is absolute.
      path: { type: 'string', pattern: '^[^./]' },
      lines: closed({ begin: { type: 'integer', minimum: 1 } }),
    }),
  }),
}
const positive = { type: 'integer', minimum: 1 }
/** OASIS SARIF 2.1.0, errata 01. */
const SARIF = closed({
  $schema: { type: 'string', pattern: '^https://docs\\.oasis-open\\.org/.*sarif-schema-2\\.1\\.0\\.json$' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    minItems: 1,
    items: closed({
      tool: closed({
        driver: closed({
          name: text,
          rules: { type: 'array', uniqueItems: true, items: closed({ id: text }) },
        }),
      }),
      invocations: { type: 'array', items: closed({ executionSuccessful: { type: 'boolean' } }) },
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      results: {
        type: 'array',
        items: closed(
          {
            ruleId: text,
            ruleIndex: { type: 'integer', minimum: 0 },
            level: { enum: ['none', 'note', 'warning', 'error'] },
            message: closed({ text }),
            locations: {
              type: 'array',
              minItems: 1,
              items: closed({
                physicalLocation: closed(
                  {
                    artifactLocation: closed({ uri: text, uriBaseId: { const: '%SRCROOT%' } }, ['uri']),
                    region: closed({ startLine: positive, startColumn: positive }, ['startLine']),
                  },
                  ['artifactLocation'],
                ),
              }),
            },
            partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
          },
          ['ruleId', 'ruleIndex', 'level', 'message', 'partialFingerprints'],
        ),
      },
    }),
  },
})
const ajv = new Ajv({ allErrors: true })
type Validate = ReturnType<typeof ajv.compile>
const codeQuality: Validate = ajv.compile(CODE_QUALITY)
const sarif: Validate = ajv.compile(SARIF)
const read = (json: string, validate: Validate) => {
  const value = JSON.parse(json)
  validate(value)
  expect(validate.errors ?? []).toEqual([])
  return value
}

const at = (own: Partial<Problem> = {}): Problem => ({
  ...{ severity: 'error', file: 'rtl/a b.sv', line: 12, column: 3, message: 'syntax error' },
  ...own,
})
const cut = at({ severity: 'warning', column: null, message: 'cuts [WIDTHTRUNC]' })
const nowhere = at({ file: null, line: null, column: null, message: 'no disk' })

describe('the Code Quality report', () => {
  test('names rule, severity and place', () => {
    const [first, second, ...rest] = read(renderCodeQuality([at(), cut, nowhere]), codeQuality)
    expect(first).toMatchObject({
      ...{ description: 'syntax error', check_name: 'syntax', severity: 'critical' },
      location: { path: 'rtl/a b.sv', lines: { begin: 12 } },
    })
    expect(second).toMatchObject({ check_name: 'WIDTHTRUNC', severity: 'minor' })
    expect(rest).toEqual([])
  })

  test('is an empty list where there is nothing, and begins a file that has no line', () => {
    expect(read(renderCodeQuality([]), codeQuality)).toEqual([])
    const [only] = read(renderCodeQuality([at({ line: null })]), codeQuality)
    expect(only.location.lines).toEqual({ begin: 1 })
  })

  test('a problem keeps its name where lines are inserted above; others have another', () => {
    const names = (problems: readonly Problem[]) =>
      read(renderCodeQuality(problems), codeQuality).map(
        ({ fingerprint }: { fingerprint: string }) => fingerprint,
      )
    const before = names([at(), at({ line: 20 }), cut])
    expect(new Set(before).size).toBe(3)
    expect(names([at({ line: 112 }), at({ line: 120, column: 1 }), { ...cut, line: 99 }])).toEqual(before)
    expect(names([at({ file: 'rtl/b.sv' })])).not.toEqual(before.slice(0, 1))
    expect(names([at({ message: 'syntax error, x' })])).not.toEqual(before.slice(0, 1))
  })
})

describe('SARIF', () => {
  test('has a rule for each kind, and places from the root of the repository', () => {
    const [run] = read(renderSarif([cut, at(), nowhere], false), sarif).runs
    expect(run.tool.driver.rules).toEqual([{ id: 'WIDTHTRUNC' }, { id: 'error' }, { id: 'syntax' }])
    expect(run.invocations).toEqual([{ executionSuccessful: false }])
    expect(run.results.map(({ ruleIndex, level }: Record<string, unknown>) => [ruleIndex, level])).toEqual([
      [0, 'warning'],
      [2, 'error'],
      [1, 'error'],
    ])
    expect(run.results[1].locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'rtl/a%20b.sv', uriBaseId: '%SRCROOT%' },
          region: { startLine: 12, startColumn: 3 },
        },
      },
    ])
    expect(run.results[0].locations[0].physicalLocation.region).toEqual({ startLine: 12 })
    expect(run.results[2]).not.toHaveProperty('locations')
    expect(run.results[2].message).toEqual({ text: 'no disk' })
  })

  test('a place without a line, or with one that is none, is the file', () => {
    const [run] = read(
      renderSarif([at({ line: null }), at({ line: 0 }), at({ column: 0 })], true),
      sarif,
    ).runs
    const regions = [0, 1, 2].map((index) => run.results[index].locations[0].physicalLocation.region)
    expect(regions).toEqual([undefined, undefined, { startLine: 12 }])
    expect(run.invocations).toEqual([{ executionSuccessful: true }])
  })
})

describe('files', () => {
  const kinds = new Set(['codequality', 'sarif', 'github'] as const)
  const makeRepository = () => {
    const root = makeFolder()
    mkdirSync(join(root, 'rtl'))
    writeFileSync(join(root, 'rtl', 'a.sv'), 'module')
    const folder = join(root, 'build')
    const load = (name: string, validate: Validate) =>
      read(readFileSync(join(folder, name), 'utf8'), validate)
    return { root, folder, load, env: { CI_PROJECT_DIR: root } }
  }

  test('a run that died of a syntax error: all three name its line from the root', async () => {
    const { root, folder, load, env } = makeRepository()
    // As Verilator names it: from the working folder.
    const file = relative(process.cwd(), join(root, 'rtl', 'a.sv'))
    const diagnostics = [at({ file }), at({ file: '/usr/share/x.svh', message: 'bad' })]
    const error = new ToolError('verilator failed', { tool: 'verilator', diagnostics })
    const { files, annotations } = await writeErrorReports('sim', error, folder, kinds, env)
    expect(files).toEqual([join(folder, 'codequality.json'), join(folder, 'assay.sarif')])
    expect(annotations).toEqual([
      '::error file=rtl/a.sv,line=12,col=3,title=assay sim did not finish::syntax error',
      '::error title=assay sim did not finish::/usr/share/x.svh:12:3: bad',
    ])
    expect(load('codequality.json', codeQuality)).toMatchObject([{ location: { path: 'rtl/a.sv' } }])
    expect(load('assay.sarif', sarif).runs[0].results).toHaveLength(2)
    await removeResults(folder)
    expect(() => load('assay.sarif', sarif)).toThrow('ENOENT')
    expect(() => load('codequality.json', codeQuality)).toThrow('ENOENT')
  })

  test('bad input names its file and line; an option has none', async () => {
    const { root, folder, load, env } = makeRepository()
    const path = join(root, 'assay.json')
    writeFileSync(path, '{')
    const first = (error: Error) => writeErrorReports('sim', error, folder, kinds, env)
    expect((await first(new InputError('no JSON, in line 1', path))).annotations).toEqual([
      '::error file=assay.json,line=1,title=assay sim did not finish::no JSON, in line 1',
    ])
    expect(load('codequality.json', codeQuality)).toHaveLength(1)
    expect((await first(new InputError('too many', '--jobs'))).annotations).toEqual([
      '::error title=assay sim did not finish::--jobs: too many',
    ])
    expect(load('codequality.json', codeQuality)).toEqual([])
  })

  test('warnings of a run that came to a result', async () => {
    const { root, folder, load, env } = makeRepository()
    const warnings = [{ ...cut, file: join(root, 'rtl', 'a.sv') }]
    const { annotations } = await writeReports({ ...fullReport, warnings }, folder, kinds, env)
    expect(annotations.at(-1)).toBe(
      '::warning file=rtl/a.sv,line=12,title=Verilator%3A WIDTHTRUNC::cuts [WIDTHTRUNC]',
    )
    expect(load('codequality.json', codeQuality)).toMatchObject([
      { check_name: 'WIDTHTRUNC', location: { path: 'rtl/a.sv', lines: { begin: 12 } } },
    ])
    expect(load('assay.sarif', sarif).runs[0]).toMatchObject({
      invocations: [{ executionSuccessful: true }],
      results: [{ level: 'warning' }],
    })
  })
})

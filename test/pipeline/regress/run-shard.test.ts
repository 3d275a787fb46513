/** Runs side by side: shell scripts take the place of `assay sim`, so that they can crash, hang and be lost. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../../../src/input/input-error.ts'
import { findMissingShards } from '../../../src/pipeline/regress/begin-night.ts'
import { hasResult, isMissing, readRecord, runFolder } from '../../../src/pipeline/regress/run-record.ts'
import { BUILD, isOfSources, type Runs, runShard } from '../../../src/pipeline/regress/run-shard.ts'
import {
  nightOf,
  runsOfShard,
  type SharedPlan,
  sharePlan,
} from '../../../src/pipeline/regress/shared-plan.ts'
import type { ExpandedPlan } from '../../../src/regress/entry.ts'
import { identityOf } from '../../../src/regress/expand-plan.ts'
import { NOT_BEGUN, type RunReport } from '../../../src/regress/join-night.ts'
import { isAlive } from '../../../src/store/identity.ts'
import { makeLayer, makeReport } from '../../report/shard-reports.ts'

let folder: string
let calls: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-night-'))
  calls = join(folder, 'calls')
  for (const [name, mismatches] of [
    ['exact', 0],
    ['red', 3],
  ] as const)
    writeFileSync(join(folder, name), JSON.stringify(makeReport(1, [makeLayer('a', mismatches)]).result))
})

/** A plan of one run for each script. */
function planOf(count: number, limits: Partial<ExpandedPlan['limits']> = {}): ExpandedPlan {
  const runs = Array.from({ length: count }, (_, at) => ({
    id: `${at}`.padStart(12, '0'),
    words: [`${at}`],
    design: 0,
  }))
  const entries = runs.map((_, run) => ({ name: `entry ${run}`, axes: { image: `${run}` }, run, seed: null }))
  return {
    ...{
      name: 'night',
      file: 'night.yaml',
      identity: identityOf({ entries, runs }),
      entries,
      runs,
      designs: ['one'],
    },
    limits: { runSeconds: null, totalSeconds: null, ...limits },
  }
}
const share = (plan: ExpandedPlan, shards = 1): SharedPlan =>
  sharePlan(
    plan,
    shards,
    plan.runs.map(() => 1),
    [],
    '2026-01-01T00:00:00.000Z',
  )

/** What `assay sim` leaves, in shell. */
const EXACT = 'cp "$night/exact" "$out/sim.json"'
const RED = 'cp "$night/red" "$out/sim.json"; exit 1'

type Known = 'proved' | 'not proved' | 'missing'

/** @param known of the runs without starting them */
const scripted = (scripts: readonly string[], known: readonly Known[] = []): Runs => ({
  wordsOf: ({ id }) => {
    const out = runFolder(folder, id)
    const script = `night='${folder}'; out='${out}'; mkdir -p "$out"; echo ${Number(id)} >> "$night/calls"; ${scripts[Number(id)]}`
    return ['/bin/bash', '-c', script]
  },
  needsOf: () => [],
  hashCheckpoint: async () => undefined,
  findProved: async ({ id }) => {
    const own = known[Number(id)]
    if (own === 'missing') throw new InputError('no such file', 'street.png')
    return own === 'proved' ? makeReport(1, [makeLayer('a', 0)]).result : null
  },
})

interface Wishes {
  readonly jobs?: number
  readonly indices?: readonly number[]
}

async function run(
  shared: SharedPlan,
  runs: Runs,
  { jobs = 2, indices = shared.plan.runs.map((_, at) => at) }: Wishes = {},
): Promise<{ readonly reports: readonly RunReport[]; readonly there: readonly number[] }> {
  const there: number[] = []
  const reports = await runShard({
    ...{ folder, shared, indices, jobs, cwd: folder, runs },
    origin: Promise.resolve({ commit: 'abc', dirty: false }),
    onEnd: (at, _, isThere) => void (isThere && there.push(at)),
    onProgress: () => {},
  })
  return { reports: indices.map((at) => reports.get(at)!), there }
}
const called = (): readonly string[] =>
  existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n').sort() : []
const ends = (reports: readonly RunReport[]) => reports.map(({ ended, exitCode }) => [ended, exitCode])

test('a rerun starts its own runs, and no other whose proof does not hold', async () => {
  const rerun = { of: '', runs: ['000000000001'] }
  const { reports } = await run(
    { ...share(planOf(4)), rerun },
    scripted([EXACT, EXACT, EXACT, EXACT], ['not proved', 'not proved', 'proved', 'missing']),
  )
  expect(ends(reports)).toEqual([
    ...[
      ['notRun', null],
      ['ran', 0],
      ['before', 0],
      ['error', 2],
    ],
  ])
  expect(reports.map(({ unproven }) => unproven === true)).toEqual([true, false, false, false])
  expect(called()).toEqual(['1'])
})

test('what a run leaves is what it came to, and no run takes another with it', async () => {
  const { reports } = await run(
    share(planOf(6)),
    scripted([
      ...[EXACT, RED, 'echo "assay: Verilator is missing" >&2; exit 3', 'kill -KILL $$', 'exit 0'],
      'echo "{" > "$out/sim.json"',
    ]),
  )
  expect(ends(reports)).toEqual([
    ...[
      ['ran', 0],
      ['ran', 1],
      ['error', 3],
      ['error', null],
      ['error', 3],
      ['error', 3],
    ],
  ])
  expect(reports.map(({ outcome }) => outcome?.entries[0]?.status)).toEqual([
    ...['exact', 'differs', undefined, undefined, undefined, undefined],
  ])
  expect(reports.map(({ error }) => error)).toEqual([
    ...[null, null, 'Verilator is missing', 'it was ended by SIGKILL', 'it left no result'],
    expect.stringMatching(/sim\.json: is not JSON/),
  ])
  const record = await readRecord(folder, '000000000001', nightOf(share(planOf(6))))
  expect(record).toMatchObject({ ended: 'ran', exitCode: 1 })
})

test('a run that hangs is ended at its limit, with all that it has started', async () => {
  const shared = share(planOf(2, { runSeconds: 2 }))
  const { reports } = await run(shared, scripted([`sleep 1000 & echo $! > "$night/pid"; wait`, EXACT]))
  expect(ends(reports)).toMatchObject([
    ['late', null],
    ['ran', 0],
  ])
  expect(reports[0]!.error).toBe('it took longer than the limit of 2 s')
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  // Whoever inherits it may take its time.
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('at the limit of the night what runs is ended, and what has not begun is not run', async () => {
  const shared = share(planOf(3, { totalSeconds: 0.5 }))
  const { reports } = await run(shared, scripted(['sleep 1000', EXACT, EXACT]), { jobs: 1 })
  expect(ends(reports)).toMatchObject([
    ['late', null],
    ['notRun', null],
    ['notRun', null],
  ])
  expect(reports.map(({ error }) => error)).toEqual(
    Array.from({ length: 3 }, () => 'the night took longer than its limit of 0.5 s'),
  )
  expect(called()).toEqual(['0'])
})

test('wrong input is an error of its run alone', async () => {
  const { reports } = await run(share(planOf(2)), scripted([EXACT, EXACT], ['missing']))
  expect(ends(reports)).toEqual([
    ['error', 2],
    ['ran', 0],
  ])
  expect(reports[0]!.error).toBe('street.png: no such file')
  expect(called()).toEqual(['1'])
})

describe('a night that was stopped', () => {
  test('takes exact runs that are proved still, and runs all others: those without a result first', async () => {
    const shared = share(planOf(5))
    const first = await run(shared, scripted([EXACT, RED, 'exit 3', EXACT, EXACT]), { indices: [0, 1, 2, 3] })
    expect(first.there).toEqual([])
    writeFileSync(calls, '')
    const known: readonly Known[] = ['proved', 'proved', 'not proved', 'not proved']
    const again = await run(shared, scripted([RED, RED, EXACT, RED, EXACT], known), { jobs: 1 })
    expect(again.there).toEqual([0])
    // Run 1 was red when it ran, and is proved now: what it left is not taken for its result.
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual(['2', '4', '3'])
    expect(again.reports.map(({ ended, outcome }) => [ended, outcome?.entries[0]?.status])).toEqual([
      ...[
        ['ran', 'exact'],
        ['before', 'exact'],
        ['ran', 'exact'],
        ['ran', 'differs'],
        ['ran', 'exact'],
      ],
    ])
    expect(again.reports[1]!.outcome).toMatchObject({ commit: 'abc', dirty: false })
  })

  test('leaves nothing of the night before in a run that does not begin', async () => {
    const shared = share(planOf(2, { totalSeconds: 0.3 }))
    const own = runFolder(folder, '000000000001')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'report.json'), '{"verdict":"exact"}')
    const { reports } = await run(shared, scripted(['sleep 1000', EXACT]), { jobs: 1 })
    expect(reports[1]!.ended).toBe('notRun')
    expect(readdirSync(own)).toEqual(['run.json'])
  })

  test('takes nothing of another night, and nothing that is damaged', async () => {
    const shared = share(planOf(2))
    await run(shared, scripted([EXACT, EXACT]))
    const tomorrow = { ...shared, startedAt: '2026-01-02T00:00:00.000Z' }
    const known: readonly Known[] = ['proved', 'proved']
    expect((await run(tomorrow, scripted([EXACT, EXACT]))).there).toEqual([])
    const path = join(runFolder(folder, '000000000000'), 'run.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"exact"', '"before"'))
    expect((await run(tomorrow, scripted([EXACT, EXACT], known))).there).toEqual([1])
  })

  test('removes what a run left that did not end', async () => {
    const shared = share(planOf(1))
    const own = runFolder(folder, '000000000000')
    mkdirSync(join(own, 'waves'), { recursive: true })
    await run(shared, scripted([EXACT]))
    expect(readdirSync(own).sort()).toEqual(['run.json', 'sim.json'])
  })
})

test('a build that its sources stop is not tried again, and a machine that failed is', async () => {
  const scripts = [
    'echo "assay: verilator failed: rtl/add.sv:12:3: syntax error, unexpected IDENTIFIER" >&2; exit 3',
    ...[EXACT, EXACT, 'echo "assay: verilator failed: no space left" >&2; exit 3', EXACT],
  ]
  const builds = ['torn', 'torn', 'good', 'other', 'other']
  const { reports } = await run(
    share(planOf(5)),
    { ...scripted(scripts), needsOf: ({ image }) => [`${BUILD}${builds[Number(image)]}`, 'quantised'] },
    { jobs: 1 },
  )
  expect(called()).toEqual(['0', '2', '3', '4'])
  expect(ends(reports)).toEqual([
    ['error', 3],
    ['error', 3],
    ['ran', 0],
    ['error', 3],
    ['ran', 0],
  ])
  expect(reports.map(({ error }) => error)).toEqual([
    'rtl/add.sv:12:3: syntax error, unexpected IDENTIFIER',
    'rtl/add.sv:12:3: syntax error, unexpected IDENTIFIER',
    ...[null, 'verilator failed: no space left', null],
  ])
})

test.each([
  ['rtl/add.sv:12:3: syntax error', 3, 'error', true],
  ['rtl/add.sv:12:3: syntax error', 2, 'error', false],
  ['rtl/add.sv:12:3: syntax error', 3, 'late', false],
  ['no compiler\nrtl/add.sv:12:3: syntax error', 3, 'error', false],
  [null, 3, 'error', false],
] as const)('of its sources: %s, exit code %s, %s', (error, exitCode, ended, isIt) => {
  expect(isOfSources({ ...NOT_BEGUN, error, exitCode, ended })).toBe(isIt)
})

test('a shard beyond the number of runs has nothing to run', () => {
  const shared = share(planOf(2), 4)
  expect([shared.count, shared.shards]).toEqual([4, ['1/4', '2/4']])
  expect([1, 2, 3, 4].map((index) => runsOfShard(shared, { index, count: 4 }).length)).toEqual([1, 1, 0, 0])
})

test('a run whose result is proved starts no process', async () => {
  const proved = makeReport(1, [makeLayer('a')]).result
  const { reports } = await run(share(planOf(1)), { ...scripted(['exit 3']), findProved: async () => proved })
  expect([ends(reports), called()]).toEqual([[['before', 0]], []])
})

test('shards share the runs out, and one is missing until all of its runs have a result', async () => {
  const shared = share(planOf(4), 2)
  const shards = [1, 2].map((index) => runsOfShard(shared, { index, count: 2 }))
  expect(shards.flatMap((own) => [...own]).sort()).toEqual([0, 1, 2, 3])
  expect(() => runsOfShard(shared, { index: 1, count: 3 })).toThrow(/the plan has 2 shards, not 3/)
  expect(() => runsOfShard(share(planOf(4)), { index: 1, count: 3 })).toThrow(
    /--shard: the plan was not written in shards\. Write it with `assay regress PLAN --plan -n 3`\./,
  )
  const missing = () => findMissingShards(folder, shared, isMissing)
  expect(await missing()).toEqual([1, 2])
  await run(shared, scripted([EXACT, EXACT, EXACT, EXACT]), { indices: [...shards[0]!] })
  expect(await missing()).toEqual([2])
  // Another machine may do better than one whose disk is full; no machine does with wrong input.
  const [a, b] = shards[1]!
  const known = [0, 1, 2, 3].map((at) => (at === a ? 'missing' : 'not proved'))
  await run(shared, scripted(['exit 3', 'exit 3', 'exit 3', 'exit 3'], known), { indices: [a!, b!] })
  expect(await missing()).toEqual([2])
  await run(shared, scripted([EXACT, EXACT, EXACT, EXACT], known), { indices: [b!] })
  expect(await missing()).toEqual([])
  expect(hasResult(await readRecord(folder, shared.plan.runs[a!]!.id, nightOf(shared)))).toBe(false)
})

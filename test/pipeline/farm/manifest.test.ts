/** What a farm hands to its shards: read as it was written, refused where it was changed, and gone with all it made before the next. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHead } from '../../../src/pipeline/bench/bench.ts'
import {
  checkArguments,
  findManifest,
  findMissing,
  manifestPath,
  readManifest,
  removePlan,
  shardArguments,
  shardFolder,
  writeManifest,
} from '../../../src/pipeline/farm/manifest.ts'
import { planShards } from '../../../src/pipeline/sim/shards.ts'
import { planIdentity } from '../../../src/result/plan-identity.ts'
import { makeFolder } from '../prepared.ts'
import { makeBench } from '../small-network.ts'

const bench = makeBench()
const { inputs, index: _, ...plan } = planShards(bench, { index: 1, count: 3 })
const planned = { head: describeHead(bench), plan }
const words = ['--layers', 'stem', '--image', "it's.png"]
const write = (folder: string) => writeManifest(folder, words, planned)

test('a manifest is read as it was written, and names the plan that its shards will make', async () => {
  const folder = makeFolder()
  const written = await write(folder)
  expect(written).toMatchObject({
    identity: inputs,
    count: 3,
    shards: ['1/3', '2/3', '3/3'],
    arguments: words,
  })
  expect(await readManifest(folder)).toEqual(JSON.parse(JSON.stringify(written)))
  expect(shardArguments(written, '/shards', { index: 2, count: 3 })).toEqual([
    'sim',
    ...words,
    '--shard=2/3',
    `--plan-identity=${inputs}`,
    '--result-folder=/shards/2-of-3',
    '--report=json',
    '--quiet',
  ])
})

interface Loose {
  [key: string]: unknown
  planned: { head: Record<string, unknown>; plan: { plan: { shard: number }[] } & Record<string, unknown> }
}

test.each<{ because: string; change: (manifest: Loose) => unknown; says: RegExp }>([
  { because: 'version', change: (m) => Object.assign(m, { version: 1 }), says: /version: expected 2, got 1/ },
  {
    because: 'identity',
    change: (m) => Object.assign(m, { identity: '0'.repeat(64) }),
    says: /\(identity\)/,
  },
  {
    because: 'a layer of another shard',
    change: (m) => Object.assign(m.planned.plan.plan[0]!, { shard: (plan.plan[0]!.shard % 3) + 1 }),
    says: /\(identity\)/,
  },
  {
    because: 'head',
    change: (m) => delete (m.planned as Partial<Loose['planned']>).head,
    says: /planned: head is missing/,
  },
  {
    because: 'plan',
    change: (m) => delete (m.planned as Partial<Loose['planned']>).plan,
    says: /planned: plan is missing/,
  },
  {
    because: 'type',
    change: (m) => Object.assign(m.planned.head, { weightBits: '8' }),
    says: /planned\.head\.weightBits: expected a whole number from 1 to 16, got "8"/,
  },
  {
    because: 'arguments',
    change: (m) => Object.assign(m, { arguments: [1] }),
    says: /arguments\[0\]: expected a text, got 1/,
  },
  {
    because: 'arguments',
    change: (m) => Object.assign(m, { arguments: 'x' }),
    says: /arguments: expected a list/,
  },
  { because: 'folder', change: (m) => delete m.workingFolder, says: /workingFolder is missing/ },
  {
    because: 'format',
    change: (m) => Object.assign(m, { format: 'assay roms' }),
    says: /not a manifest of shards/,
  },
])('one that was changed is refused: $because', async ({ change, says }) => {
  const folder = makeFolder()
  const manifest = JSON.parse(JSON.stringify(await write(folder))) as Loose
  change(manifest)
  writeFileSync(manifestPath(folder), JSON.stringify(manifest))
  await expect(readManifest(folder)).rejects.toThrow(says)
})

test('one that is cut short anywhere is refused', async () => {
  const folder = makeFolder()
  await write(folder)
  const text = readFileSync(manifestPath(folder), 'utf8')
  for (const end of [0, 1, 20, text.length >> 1, text.length - 3]) {
    writeFileSync(manifestPath(folder), text.slice(0, end))
    await expect(readManifest(folder)).rejects.toThrow(/manifest\.json: is not JSON: .+ Write it with/)
  }
})

test('the count is that of the plan, whatever stands beside it', async () => {
  const folder = makeFolder()
  writeFileSync(manifestPath(folder), JSON.stringify({ ...(await write(folder)), count: 1 }))
  expect((await readManifest(folder)).count).toBe(3)
})

test.each([
  '--shard=1/2',
  '--shard',
  '--plan-identity=x',
  '--result-folder',
  '--watch',
  '-w',
  '--prepare',
  '--report=html',
  '--json',
])('the farm sets %s itself', (word) => {
  expect(() => checkArguments(['--layers', 'a', word])).toThrow(`${word}: the farm sets this option`)
  expect(() => checkArguments(['--layers', 'a', `${word.replace(/=.*/, '')}s`])).not.toThrow()
})

test('the manifest beside the reports is found, from their folders and the one above; two are refused', async () => {
  const [folder, other] = [makeFolder(), makeFolder()]
  const reports = (at: string) =>
    [1, 2].map((index) => join(shardFolder(at, { index, count: 3 }), 'sim.json'))
  expect(await findManifest(reports(folder))).toBeNull()
  writeFileSync(manifestPath(folder), '{"format":"assay roms"}')
  expect(await findManifest(reports(folder))).toBeNull()
  await write(folder)
  const found = (await findManifest(reports(folder)))!
  expect(found.path).toBe(manifestPath(folder))
  expect(planIdentity(found.head, found.plan)).toBe(inputs)
  expect((await findManifest([join(folder, 'sim.json')]))?.path).toBe(manifestPath(folder))
  await write(other)
  await expect(findManifest([...reports(folder), ...reports(other)])).rejects.toThrow(/another manifest/)
})

test('a shard without a report is missing, and nothing of one plan is left for the next', async () => {
  const folder = makeFolder()
  await write(folder)
  const leave = (name: string, file: string) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, file), '{}')
  }
  leave('2-of-3', 'sim.json')
  leave('3-of-3', 'report.json')
  expect(await findMissing(folder, 3)).toEqual([1, 3])
  for (const name of ['sim.json', 'junit.xml', 'report.json', 'report.html']) leave('merged', name)
  leave('1-of-2', 'sim.json')
  leave('mine', 'sim.json')
  writeFileSync(join(folder, 'shard-2.log'), 'x')
  writeFileSync(join(folder, 'shard.sh'), 'x')
  await removePlan(folder)
  expect(readdirSync(folder).sort()).toEqual(['merged', 'mine', 'shard.sh'])
  expect(readdirSync(join(folder, 'merged'))).toEqual([])
  expect([existsSync(manifestPath(folder)), readFileSync(join(folder, 'mine', 'sim.json'), 'utf8')]).toEqual([
    false,
    '{}',
  ])
})

/** Which files in a folder of results are Assay's: what an own record lists, and what its content shows. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { listResultFiles } from '../../../src/pipeline/clean/results.ts'
import { makeFolder } from '../prepared.ts'

const HASHED = '{ "model": "m.pt", "modelHash": "x" }'
const REPORT = '{ "format": "assay report" }'
const PAGE = '<!doctype html>\n<meta http-equiv="Content-Security-Policy" content="default-src x">'
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const run = (files: unknown): string => JSON.stringify({ format: 'assay run', files })

async function own(files: Readonly<Record<string, string | Buffer>>, name = 'r'): Promise<readonly string[]> {
  const folder = join(makeFolder(), name)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return (await listResultFiles(folder)).map((path) => path.slice(folder.length + 1)).sort()
}

test.each([
  ['a run', 'sim.json', HASHED],
  ['an accuracy', 'validate.json', HASHED],
  ['a night', 'regress.json', '{"format":"assay night"}'],
  ['the night before', 'last.json', '{"format":"assay night"}'],
  ['a plan', 'plan.json', '{"format":"assay regress plan"}'],
  ['a run of a night', 'run.json', '{"format":"assay kept 5"}'],
  ['a self-test', 'selftest.json', '{"model": "m.pt", "verdict": "all caught"}'],
  ['a sweep', 'sweep.json', '{ "stage": "full", "floatMap": 1 }'],
  ['blame', 'blame.json', '{ "images": 1, "measure": "map" }'],
  ['noise', 'noise.json', '[ { "name": "a", "isolated": 1 } ]'],
])('the record of %s', async (_, name, text) => {
  expect(await own({ [name]: text })).toEqual([name])
  expect(await own({ [name]: `{"x": ${text}}` })).toEqual([])
  expect(await own({ [`copy-${name}`]: text })).toEqual([])
})

test.each([
  ['frozen golden data', { 'manifest.json': '{"format":"assay frozen"}' }],
  ['a history', { 'report.json': '{"format":"assay night record"}' }],
  ['a copied report', { 'junit.xml': '<testsuites name="assay"', 'report.html': PAGE }],
  ['the files of others', { 'manifest.json': '{"format":"x"}', 'waves/a.fst': '' }],
])('%s is none', async (_, files) => {
  expect(await own(files as Record<string, string>)).toEqual([])
})

test('what a record lists, and not what it read', async () => {
  const golden = {
    format: 'assay golden',
    image: { file: 'a.png' },
    tensors: [{ file: 'a.npy', rom: 'a.mem' }],
  }
  const files = {
    'manifest.json': run([{ file: 'weights/a.npy' }, { file: 'model.assay' }, { file: '../sim.json' }]),
    ...{ 'weights/a.npy': '', 'weights/b.npy': '', 'model.assay': '', 'other.assay': '', 'mine/a.npy': '' },
    ...{ 'golden/index.json': JSON.stringify(golden), 'golden/a.png': '', 'golden/activations.pickle': '' },
    ...{ 'golden/a.npy': '', 'golden/a.mem': '', 'golden/b.mem': '', 'roms/w.mem': '', 'roms/x.mem': '' },
    'roms/manifest.json': '{"format":"assay roms","files":{"w":{"file":"w.mem"}}}',
    'roms/program.txt': '',
    'validate/validate.json': '{"model":"m","modelHash":"x","pictures":["/elsewhere/p.png"]}',
    ...{ 'validate/pictures/p.png': '', 'validate/pictures/q.png': '' },
  }
  expect(await own(files)).toEqual([
    ...['golden/a.mem', 'golden/a.npy', 'golden/activations.pickle', 'golden/index.json', 'manifest.json'],
    ...['model.assay', 'roms/manifest.json', 'roms/program.txt', 'roms/w.mem', 'validate/pictures/p.png'],
    ...['validate/validate.json', 'weights/a.npy'],
  ])
})

test('what lies beside its record, of the content that Assay writes', async () => {
  const files = {
    ...{ 'report.json': REPORT, 'report.html': PAGE, 'junit.xml': '<testsuites name="assay">' },
    ...{ 'assay.sarif': '{"driver": {"name": "assay"}}', 'codequality.json': '[]\n' },
    ...{ 'explain/a.json': '{ "format": "assay explanation" }', 'explain/a.csv': '', 'explain/b.csv': '' },
    ...{ 'waves/a.fst': '', 'waves/a.gtkw': '[dumpfile] "a.fst"\n[savefile] "a.gtkw"', 'waves/b.fst': '' },
    'waves/b.gtkw': '[*] saved by GTKWave\n[dumpfile] "b.fst"\n[savefile] "b.gtkw"',
    ...{ 'detections-a-01234567.png': PNG, 'detections-b-01234567.png': 'x', 'shard-1.log': '' },
  }
  expect(await own(files)).toEqual([
    ...['assay.sarif', 'codequality.json', 'detections-a-01234567.png', 'explain/a.csv', 'explain/a.json'],
    ...['junit.xml', 'report.html', 'report.json', 'waves/a.fst', 'waves/a.gtkw'],
  ])
  const others = {
    ...files,
    'report.html': '<!doctype html>',
    'assay.sarif': '{}',
    'codequality.json': '[1]',
  }
  expect(await own(others)).not.toEqual(expect.arrayContaining(['report.html']))
  expect(await own(others)).toHaveLength(7)
})

test('the parts of a night and of shards, each by itself', async () => {
  const id = '0123456789ab'
  const files = {
    ...{ 'plan.json': '{"format":"assay regress plan"}', 'shard-1.log': '', 'shard.sh': '', 'shard.log': '' },
    ...{ [`runs/${id}/sim.json`]: HASHED, 'runs/mine/sim.json': HASHED, [`runs/${id}/notes.txt`]: '' },
    ...{ 'data/0/roms/manifest.json': '{"format":"assay roms"}', 'history/sim.json': HASHED },
    ...{ '1-of-2/sim.json': HASHED, 'merged/sim.json': HASHED, 'night.lock': '{"home":"0123456789ab"}' },
  }
  expect(await own(files)).toEqual([
    ...['1-of-2/sim.json', 'data/0/roms/manifest.json', 'merged/sim.json', 'night.lock', 'plan.json'],
    ...[`runs/${id}/sim.json`, 'shard-1.log', 'shard.sh'],
  ])
})

test('a folder that Assay named holds results, even where a run left no record', async () => {
  const files = { 'junit.xml': '<testsuites name="assay">', 'roms/manifest.json': '{"format":"assay roms"}' }
  expect(await own(files, 'm-w8a8')).toEqual(['junit.xml', 'roms/manifest.json'])
  expect(await own(files, 'm-w4a8-frozen')).toHaveLength(2)
  expect(await own(files, 'mine')).toEqual([])
})

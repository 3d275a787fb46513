/** `make bench`: measures the figures of the README and prints each beside its target. `make bench ARGS='read golden'` runs some. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderTable } from '../report/table.ts'
import { validateBench, validateRtlBench } from './accuracy.ts'
import { buildBench, layersBench, nmsBench } from './detector.ts'
import {
  chainedBench,
  cloneBench,
  editBench,
  goldenBench,
  helpBench,
  readBench,
  rtlBench,
  simBench,
} from './first-light.ts'
import { installBench } from './install.ts'
import { type Bench, type BenchContext, describeMachine, type Measurement } from './measure.ts'
import { calibrationBench, quantiseBench } from './quantise.ts'
import { frozenBench, redBench, unchangedBench } from './regression.ts'
import { stimulusBench } from './stimulus.ts'
import { cycleBench, startBench, streamBench, unitsBench } from './test-bench.ts'

const BENCHES: readonly Bench[] = [
  helpBench,
  installBench,
  readBench,
  goldenBench,
  rtlBench,
  chainedBench,
  layersBench,
  nmsBench,
  buildBench,
  editBench,
  simBench,
  cloneBench,
  calibrationBench,
  quantiseBench,
  cycleBench,
  streamBench,
  startBench,
  unitsBench,
  unchangedBench,
  redBench,
  frozenBench,
  stimulusBench,
  validateBench,
  validateRtlBench,
]

const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const shared = join(home, '..', 'shared')
const real = {
  model: join(shared, 'models', 'yolov8n.pt'),
  image: join(shared, 'coco', 'dev', 'images', '000000018575.jpg'),
  calibration: join(shared, 'coco', 'calib'),
}
const scratch = mkdtempSync(join(tmpdir(), 'assay-bench-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
const context: BenchContext = {
  real: Object.values(real).every((path) => existsSync(path)) ? real : null,
  home,
  scratch,
  log: (text) => process.stderr.write(`  ${text}\n`),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !BENCHES.some((bench) => bench.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `there is no bench ${unknown.join(', ')}; the benches are ${BENCHES.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}
process.stdout.write(`${describeMachine()}\n`)
if (context.real === null)
  process.stdout.write(
    'yolov8n.pt and the COCO images are missing: the benches of the real network do not run.\n',
  )
const rows: Measurement[] = []
for (const bench of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue
  context.log(`${bench.name} …`)
  rows.push(...(await bench.run(context)))
}
const lines = renderTable<Measurement>(
  [
    { title: 'what', align: 'left', value: ({ what }) => what },
    { title: 'target', align: 'right', value: ({ target }) => target ?? '-' },
    { title: 'measured', align: 'right', value: ({ measured }) => measured },
    { title: '', align: 'left', value: ({ met }) => (met === null ? '' : met ? 'met' : 'MISSED') },
    { title: 'how', align: 'left', value: ({ note }) => note },
  ],
  rows,
)
process.stdout.write(`\n${lines.join('\n')}\n`)
process.exit(rows.some(({ met }) => met === false) ? 1 : 0)

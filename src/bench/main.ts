/** `make bench`: measures the figures of the README and prints each beside its target and what is kept of the same CPU. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refuse, toolWords } from '../process/tool-words.ts'
import { renderTable } from '../report/table.ts'
import { validateBench, validateRtlBench } from './accuracy.ts'
import { busBench } from './buses.ts'
import { compareBench } from './compare.ts'
import { buildBench, layersBench, nmsBench } from './detector.ts'
import { engineProfilesBench, engineStagesBench } from './engine-profiles.ts'
import { compareFigures, keepFigures, readFigures } from './figures.ts'
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
import { GROWTH_NAMES, measureGrowth } from './growth.ts'
import { installBench } from './install.ts'
import { type Bench, type BenchContext, describeMachine, type Measurement, nameCpu } from './measure.ts'
import { mutationBench } from './mutation.ts'
import { qlinearBench } from './qlinear.ts'
import { bestBench, calibrationBench, quantiseBench } from './quantise.ts'
import { compareVersions, RATIO_NAMES } from './ratio.ts'
import { THEN } from './ratio-checkout.ts'
import { regressBench } from './regress.ts'
import { regressPageBench } from './regress-page.ts'
import { frozenBench, redBench, unchangedBench } from './regression.ts'
import { seedsBench } from './seeds.ts'
import { stimulusBench } from './stimulus.ts'
import { cycleBench, startBench, streamBench, unitsBench } from './test-bench.ts'
import { whyBench } from './why.ts'

const BENCHES: readonly Bench[] = [
  helpBench,
  installBench,
  readBench,
  goldenBench,
  qlinearBench,
  engineProfilesBench,
  engineStagesBench,
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
  bestBench,
  cycleBench,
  streamBench,
  busBench,
  startBench,
  unitsBench,
  unchangedBench,
  redBench,
  whyBench,
  frozenBench,
  compareBench,
  seedsBench,
  regressBench,
  regressPageBench,
  stimulusBench,
  mutationBench,
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

const names = BENCHES.map(({ name }) => name)
const usage = `make bench ARGS='[bench …] [--keep]'
make bench ARGS='ratio [row …]'
make bench ARGS='growth [table …]'

Benches: ${names.join(', ')}; all where none is named.
--keep  puts today's figures into docs/figures.json, beside which the next runs on this CPU print theirs
ratio   compares with commit ${THEN} in turn: ${RATIO_NAMES.join(', ')}
growth  how cost grows with the work: ${GROWTH_NAMES.join(', ')}`
const known = ['ratio', 'growth', ...names, ...RATIO_NAMES, ...GROWTH_NAMES]
const { values, positionals } = toolWords({ usage, options: { keep: { type: 'boolean' } }, names: known })
const [first, ...rest] = positionals
const chooseFrom = (all: readonly string[], wanted: readonly string[]): readonly string[] => {
  const other = wanted.filter((name) => !all.includes(name))
  return other.length === 0 ? wanted : refuse(`expected ${all.join(', ')}, got ${other.join(', ')}`, usage)
}
const run =
  first === 'ratio'
    ? compareVersions.bind(null, context, chooseFrom(RATIO_NAMES, rest))
    : first === 'growth'
      ? measureGrowth.bind(null, context, chooseFrom(GROWTH_NAMES, rest))
      : measure.bind(null, chooseFrom(names, positionals))

process.stdout.write(`${describeMachine()}\n`)
if (context.real === null)
  process.stdout.write(
    'yolov8n.pt and the COCO images are missing: the benches of the real network do not run.\n',
  )
process.exit((await run()) ? 0 : 1)

/** @returns whether every target is met */
async function measure(wanted: readonly string[]): Promise<boolean> {
  const rows: Measurement[] = []
  for (const bench of BENCHES) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue
    context.log(`${bench.name} …`)
    rows.push(...(await bench.run(context)))
  }
  const cpu = nameCpu()
  const kept = (await readFigures(home))[cpu] ?? {}
  const table = renderTable<Measurement>(
    [
      { title: 'what', align: 'left', value: ({ what }) => what },
      { title: 'target', align: 'right', value: ({ target }) => target ?? '-' },
      { title: 'kept', align: 'right', value: ({ what }) => kept[what]?.measured ?? '-' },
      { title: 'measured', align: 'right', value: ({ measured }) => measured },
      {
        title: '',
        align: 'right',
        value: ({ what, measured }) => compareFigures(kept[what]?.measured, measured),
      },
      { title: '', align: 'left', value: ({ met }) => (met === null ? '' : met ? 'met' : 'MISSED') },
      { title: 'how', align: 'left', value: ({ note }) => note },
    ],
    rows,
  )
  process.stdout.write(`\n${table.join('\n')}\n`)
  const commits = [...new Set(rows.flatMap(({ what }) => kept[what]?.commit ?? []))]
  process.stdout.write(
    commits.length > 0
      ? `kept: docs/figures.json, of this CPU at ${commits.join(', ')}\n`
      : 'kept: docs/figures.json has none of these figures of this CPU; --keep puts them there\n',
  )
  if (values.keep === true) await keepFigures(home, cpu, rows)
  return rows.every(({ met }) => met !== false)
}

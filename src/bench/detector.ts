/** The detector: its build, cycles of every layer and how well they are used, cycles of q_NMS. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { NO_TAP } from '../detector/options.ts'
import { loadTensor, runInstructions } from '../detector/run.ts'
import { checkJson, listOf, openObject, whole } from '../input/schema.ts'
import { prepareSimulation } from '../pipeline/bench/bench.ts'
import { detectStep } from '../pipeline/bench/boxes.ts'
import { silent } from '../pipeline/files/progress.ts'
import { readSourceList } from '../pipeline/files/rtl-sources.ts'
import { formatCount, formatSi, renderTable } from '../report/table.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import { buildModel, simulate } from '../simulate/index.ts'
import { copyChanged } from './changed-rtl.ts'
import { realSimulation } from './first-light.ts'
import { atMost, type Bench, type Measurement, median } from './measure.ts'
import { measureCommand } from './process.ts'

/** The default array with memories for yolov8n at 640x640. */
const DETECTOR = {
  top: 'detector',
  parameters: {
    PI: DEFAULT_ENGINE.inputLanes,
    PO: DEFAULT_ENGINE.outputLanes,
    PX: DEFAULT_ENGINE.pixels,
    TableBits: 10,
    FeatureDepth: 32768,
    WeightDepth: 16384,
    ParamDepth: 512,
    TableDepth: 65536,
    ProgramDepth: 4096,
  },
} as const

async function timeBuild(sources: readonly string[], cacheDir: string): Promise<number> {
  const begin = performance.now()
  await buildModel({ ...DETECTOR, sources, cacheDir })
  return (performance.now() - begin) / 1000
}

export const buildBench: Bench = {
  name: 'build',
  run: async ({ home, scratch }) => {
    const cacheDir = join(scratch, 'build-cache')
    const { CCACHE_DISABLE } = process.env
    process.env.CCACHE_DISABLE = '1'
    const cold = await timeBuild(await readSourceList(), cacheDir)
    if (CCACHE_DISABLE === undefined) delete process.env.CCACHE_DISABLE
    else process.env.CCACHE_DISABLE = CCACHE_DISABLE
    const changed: number[] = []
    for (let round = 0; round < 3; round++) {
      const folder = join(scratch, `build-rtl-${round}`)
      // Another value each time, and another from run to run: no compiler's cache has seen it.
      await copyChanged(home, folder, `) >> 1) + Width'(${1 + ((Date.now() + round) % 1e9)})`)
      changed.push(await timeBuild(await readSourceList(join(folder, 'rtl.f')), cacheDir))
    }
    const array = `${DETECTOR.parameters.PI}x${DETECTOR.parameters.PO}x${DETECTOR.parameters.PX}`
    return [
      atMost('build of the detector, from nothing', cold, 45, `${array}, runtime included; ccache off`),
      atMost(
        'build of the detector, after one changed line',
        median(changed),
        8,
        `${array}, a line of the requantiser; median of 3`,
      ),
    ]
  },
}

interface LayerCycles {
  readonly name: string
  readonly op: string
  readonly macs: number
  readonly cycles: number
  readonly used: number
}

export const layersBench: Bench = {
  name: 'layers',
  run: async (context) => {
    const options = await realSimulation(context, 'layers')
    if (options === null) return []
    const { roms, golden, simulation } = await prepareSimulation(options, silent)
    await using dut = await simulate({ ...simulation, streams: NO_TAP })
    const input = options.model.graph.nodes[0]!.name
    await loadTensor(dut, golden.get(input)!, roms.placements.get(input)!, roms.engine)
    const { inputLanes, outputLanes, pixels } = roms.engine
    const products = inputLanes * outputLanes * pixels
    const limits = { withinCycles: 50_000_000, noProgressCycles: 50_000_000, record: false }
    const rows: LayerCycles[] = []
    for (const [pc, { name, instruction, macs }] of roms.steps.entries()) {
      const { cycles } = await runInstructions(dut, roms, pc, pc, limits)
      rows.push({ name, op: instruction.op, macs, cycles, used: macs / (cycles * products) })
    }
    process.stdout.write(`${renderLayers(rows).join('\n')}\n`)
    const convs = rows.filter(({ op }) => op === 'conv')
    const share = (of: readonly LayerCycles[]): string => {
      const [macs, cycles] = [total(of, 'macs'), total(of, 'cycles')]
      return `${((100 * macs) / (cycles * products)).toFixed(1)} %`
    }
    const detect = rows[detectStep(roms)]!
    return [
      {
        what: 'multipliers used, yolov8n at 640x640',
        target: null,
        measured: share(rows),
        met: null,
        note: `${formatCount(total(rows, 'cycles'))} cycles; in the convolutions alone ${share(convs)} of ${formatCount(total(convs, 'cycles'))}; DETECT ${formatCount(detect.cycles)}`,
      },
    ]
  },
}

const total = (rows: readonly LayerCycles[], of: 'macs' | 'cycles'): number =>
  rows.reduce((sum, row) => sum + row[of], 0)

const renderLayers = (rows: readonly LayerCycles[]): readonly string[] =>
  renderTable<LayerCycles>(
    [
      { title: 'layer', align: 'left', value: ({ name }) => name },
      { title: 'op', align: 'left', value: ({ op }) => op },
      { title: 'MACs', align: 'right', value: ({ macs }) => (macs === 0 ? '-' : formatSi(macs)) },
      { title: 'cycles', align: 'right', value: ({ cycles }) => formatCount(cycles) },
      {
        title: 'used',
        align: 'right',
        value: ({ macs, used }) => (macs === 0 ? '-' : `${(100 * used).toFixed(1)} %`),
      },
    ],
    rows,
  )

const NMS_ROWS = listOf(
  openObject({ what: v.string(), candidates: whole(0), kept: whole(0), cycles: whole(0) }),
  1,
)

export const nmsBench: Bench = {
  name: 'q-nms',
  run: async ({ home, scratch }) => {
    const file = join(scratch, 'nms-cycles.json')
    const args = ['run', 'test/rtl/detect-head-cycles.slow.test.ts']
    const env = { ...process.env, ASSAY_SLOW_TESTS: '1', ASSAY_NMS_CYCLES: file }
    const { exitCode } = await measureCommand('node_modules/.bin/vitest', args, { cwd: home, env })
    if (exitCode !== 0) throw new Error('test/rtl/detect-head-cycles.slow.test.ts fails')
    const rows = checkJson(NMS_ROWS, await readFile(file, 'utf8'), file)
    const scan = rows[0]!.cycles
    return rows.map(
      ({ what, candidates, kept, cycles }): Measurement => ({
        what: `DETECT, ${what}: ${formatCount(candidates)} candidates, ${kept} kept`,
        target: null,
        measured: `${formatCount(cycles)} cycles`,
        met: null,
        note:
          candidates === 0
            ? '8,400 anchors of 80 classes: two scans'
            : `${formatCount(cycles - scan)} beyond the scans`,
      }),
    )
  },
}

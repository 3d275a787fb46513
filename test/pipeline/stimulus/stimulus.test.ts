/** Generated stimulus on the RTL: exact on ours, red on faults that an image need not excite. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { detectorOptions, detectorParameters } from '../../../src/detector/options.ts'
import type { NmsOptions } from '../../../src/golden/types.ts'
import { readSourceList } from '../../../src/pipeline/files/rtl-sources.ts'
import { isRedOutcome } from '../../../src/pipeline/proof/outcomes.ts'
import { romPaths } from '../../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../../src/pipeline/roms/write.ts'
import { keepMade } from '../../../src/pipeline/stimulus/cache.ts'
import { driveStimuli } from '../../../src/pipeline/stimulus/driver.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../../src/rom/parameters.ts'
import type { SimulateOptions } from '../../../src/simulate/index.ts'
import { mergeGolden, runStimuli, type StimulusGolden } from '../../../src/stimulus/golden.ts'
import { makeStimuli } from '../../../src/stimulus/make.ts'
import { makePrograms, type StimulusProgram, stimulusLayers } from '../../../src/stimulus/program.ts'
import { summariseCoverage } from '../../../src/stimulus/summary.ts'
import { makeFolder } from '../prepared.ts'
import { VERILATOR_CACHE } from '../shared-data.ts'
import { makeSmallGraph } from '../small-network.ts'

const engine: EngineParameters = {
  ...DEFAULT_ENGINE,
  ...{ inputLanes: 4, outputLanes: 8, pixels: 2, capacity: 24, maxDetections: 9 },
}
const nms: NmsOptions = {
  ...{ minCode: 150, iouThreshold: 717, multiLabel: false },
  capacity: engine.capacity,
  maxDetections: engine.maxDetections,
}

/** Faults of the kind, asleep until a plusarg names one: one model for all of them. */
const FAULTS = [
  { file: 'q_nms.sv', from: 'wire same = ', to: 'wire same = fault == 1 || ' },
  {
    file: 'detect_head.sv',
    from: '.threshold_i(instr_i[assay_pkg::IouThreshold+:11])',
    to: ".threshold_i(instr_i[assay_pkg::IouThreshold+:11] + (fault == 2 ? -11'd200 : fault == 3 ? 11'd200 : 11'd0))",
  },
  {
    file: 'q_nms.sv',
    from: "(44'(inter_side_q) << 10) >",
    to: "(44'(inter_side_q) << 10) + (fault == 4 ? 44'(inter_side_q) : fault == 5 ? -44'(inter_side_q) : 44'd0) >",
  },
  { file: 'round_code.sv', from: '>> 1);', to: ">> 1) - (fault == 6 ? Width'(1) : Width'(0));" },
  {
    file: 'round_code.sv',
    from: 'if (!near || code > limit)',
    to: 'if (fault != 7 && (!near || code > limit))',
  },
  {
    file: 'q_nms.sv',
    from: "if (clear_i) count_q <= '0;",
    to: "if (clear_i) count_q <= fault == 8 ? count_q : '0;",
  },
  {
    file: 'detect_head.sv',
    from: 'if (state_q == Clear)\n',
    to: "if (state_q == Clear && (fault != 9 || least_code_q == '0))\n",
  },
  {
    file: 'conv_engine.sv',
    from: 'is_double_q <= ',
    to: 'is_double_q <= (fault == 10 && is_double_q) || ',
  },
  {
    file: 'tile_walker.sv',
    from: 'is_stride2_q <= ',
    to: 'is_stride2_q <= (fault == 11 && is_stride2_q) || ',
  },
] as const

const READ = '  int fault;\n  initial if (!$value$plusargs("fault=%d", fault)) fault = 0;\n'

async function breakRtl(): Promise<readonly string[]> {
  const folder = makeFolder()
  cpSync('rtl', folder, { recursive: true })
  for (const { file, from, to } of FAULTS) {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    const broken = text.replace(from, to)
    const begin = broken.indexOf(');\n', broken.indexOf('module ')) + 3
    const has = broken.includes(READ)
    writeFileSync(path, has ? broken : broken.slice(0, begin) + READ + broken.slice(begin))
  }
  return readSourceList(join(folder, 'rtl.f'))
}

let programs: readonly StimulusProgram[]
let golden: StimulusGolden
let simulation: SimulateOptions

beforeAll(async () => {
  const graph = makeSmallGraph()
  const roms = emitRoms(graph, engine, 0x1234abcd, nms)
  const layers = stimulusLayers(graph, roms)
  const stimuli = makeStimuli({ choice: 'all', seeds: [1], layers, graph, engine, nms })
  const { ProgramDepth, FeatureDepth } = detectorParameters(roms)
  programs = makePrograms(
    graph,
    roms,
    stimuli,
    { programDepth: ProgramDepth!, featureDepth: FeatureDepth! },
    2,
  )
  golden = mergeGolden(programs.map(runStimuli))
  const folder = makeFolder()
  await writeRomFiles(folder, roms, 'random')
  const options = detectorOptions(roms, await breakRtl(), romPaths(folder))
  simulation = { ...options, cacheDir: VERILATOR_CACHE }
})

/** Names of the red stimuli, and how many ran. */
async function run(fault: number): Promise<{ readonly red: readonly string[]; readonly ran: number }> {
  const red: string[] = []
  let ran = 0
  await driveStimuli({
    programs,
    golden,
    simulation: { ...simulation, plusargs: { ...simulation.plusargs, fault } },
    folder: makeFolder(),
    jobs: 2,
    onOutcome: (outcome) => {
      ran++
      if (isRedOutcome(outcome)) red.push(outcome.name)
    },
  })
  return { red, ran }
}

describe('on the RTL', () => {
  test('every stimulus is exact, of every step and of DETECT, with copies and after resets', async () => {
    const { red, ran } = await run(0)
    expect(red).toEqual([])
    const names = programs.flatMap(({ roms, stimuli }) =>
      roms.steps.slice(0, stimuli.length).map(({ name }) => name),
    )
    expect(ran).toBe(names.length)
    for (const name of [
      ...['split>route [corners]', 'stem [reset 1]', 'up [random 1]', 'up [after stem]'],
      ...['detect [capacity +1]', 'detect [one candidate, after max_det +1]'],
    ])
      expect(names).toContain(name)
  })

  test.each([
    { fault: 1, what: 'no class test' },
    { fault: 2, what: 'threshold 200 low' },
    { fault: 3, what: 'threshold 200 high' },
    { fault: 4, what: 'factor one high' },
    { fault: 5, what: 'factor one low' },
    { fault: 6, what: 'half less one: wrong on ties only' },
    { fault: 7, what: 'no upper clamp' },
  ])('red: $what', async ({ fault }) => {
    const { red } = await run(fault)
    expect(red.length).toBeGreaterThan(0)
    const ofDetect = red.every((name) => name.startsWith('detect ['))
    expect(ofDetect).toBe(fault <= 5)
  })

  test.each([
    { fault: 8, what: 'boxes' },
    { fault: 9, what: 'threshold of candidates' },
    { fault: 10, what: 'doubled pixels' },
    { fault: 11, what: 'stride' },
  ])('red, where something ran before alone: the $what of the run before', async ({ fault }) => {
    const { red } = await run(fault)
    expect(red.length).toBeGreaterThan(0)
    expect(red.filter((name) => !/after|again|reset/.test(name))).toEqual([])
  })
})

test('what is exercised is said: nothing of q_NMS is left out', () => {
  const { notExercised } = summariseCoverage(golden.coverage)
  expect(notExercised.filter((text) => text.startsWith('q_NMS'))).toEqual([])
})

test('what was made is kept, and a damaged file is made again', async () => {
  const folder = makeFolder()
  const key = 'a'.repeat(64)
  let made = 0
  const make = () => ({ codes: Uint8Array.of(1, 2, ++made), names: new Map([['a', 1]]) })
  const first = await keepMade(folder, key, make)
  expect(await keepMade(folder, key, make)).toEqual(first)
  const path = join(folder, `${key}.bin`)
  const bytes = readFileSync(path)
  for (const damage of [bytes.subarray(0, 70), bytes.subarray(0, 10), Buffer.concat([bytes, Buffer.of(0)])]) {
    writeFileSync(path, damage)
    const before = made
    await keepMade(folder, key, make)
    expect(made).toBe(before + 1)
  }
})

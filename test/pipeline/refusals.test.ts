/** ROMs that belong to something else, and runs that stand still: refused or stopped, and the message names both sides or the place. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cycleBudget } from '../../src/detector/budget.ts'
import { detectorOptions } from '../../src/detector/options.ts'
import { runInstructions } from '../../src/detector/run.ts'
import { runSpec } from '../../src/golden/run.ts'
import { simulateChained } from '../../src/pipeline/bench/chain.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { checkRomFiles, romPaths } from '../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../src/pipeline/roms/write.ts'
import { emitRoms, type RomSet } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import { simulate } from '../../src/simulate/index.ts'
import type { SimulationError } from '../../src/simulate/simulation-error.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { makeFolder } from './prepared.ts'
import { VERILATOR_CACHE } from './shared-data.ts'

/** As in simulation.test.ts, so that both use one build. */
const engine: EngineParameters = {
  ...DEFAULT_ENGINE,
  inputLanes: 8,
  outputLanes: 8,
  pixels: 2,
  tableBits: 10,
}
const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
const graph = randomGraph({ seed: 3, tableBits: 10 })
const emit = (own: Partial<EngineParameters> = {}, modelId = 0x1234abcd): RomSet =>
  emitRoms(graph, { ...engine, ...own }, modelId, nms)

/** Replaces line `index` of a ROM file. */
async function writeLine(folder: string, file: string, index: number, text: string): Promise<void> {
  const path = join(folder, file)
  const lines = (await readFile(path, 'utf8')).split('\n')
  await writeFile(path, lines.with(index, text).join('\n'))
}

describe('ROM files of something else are refused before the first cycle', () => {
  test.each([
    {
      because: 'another model',
      other: () => emit({}, 0xcafe0001),
      message: /belong to model cafe0001, the run is for model 1234abcd/,
    },
    {
      because: 'another array',
      other: () => emit({ inputLanes: 4, outputLanes: 8 }),
      message: /are for 4x8x2, W8A8P10, .*the run is for 8x8x2, W8A8P10/,
    },
    {
      because: 'another capacity',
      other: () => emitRoms(graph, { ...engine, capacity: 16 }, 0x1234abcd, { ...nms, capacity: 16 }),
      message: /16 candidates, 300 boxes, the run is for .*1024 candidates, 300 boxes/,
    },
  ])('$because', async ({ other, message }) => {
    const folder = makeFolder()
    await writeRomFiles(folder, other(), 'other.pt')
    await expect(checkRomFiles(folder, emit())).rejects.toThrow(message)
  })

  test('another version of the manifest', async () => {
    const folder = makeFolder()
    const manifest = await writeRomFiles(folder, emit(), 'net.pt')
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, version: 1 }))
    await expect(checkRomFiles(folder, emit())).rejects.toThrow(
      /manifest\.json: version: expected 2, got 1\. Write them again with `assay roms`/,
    )
  })

  test.each([
    { because: 'no program', line: 0, text: '59415342', message: /begins with 59415342, .* 59415341/ },
    {
      because: 'a program of another version',
      line: 1,
      text: '00000001',
      message: /format version 1, the run is for version 3/,
    },
    {
      because: 'a program for another array',
      line: 2,
      text: '00100010',
      message: /for 16x16x2, W8A8P10, the run is for 8x8x2, W8A8P10/,
    },
    {
      because: 'a program for fewer bits',
      line: 3,
      text: '00040002',
      message: /for 8x8x2, W4A8P10, the run is for 8x8x2, W8A8P10/,
    },
    {
      because: "another model's program",
      line: 5,
      text: 'cafe0001',
      message: /belongs to model cafe0001, the run is for model 1234abcd/,
    },
  ])('under a manifest of ours: $because', async ({ line, text, message }) => {
    const folder = makeFolder()
    await writeRomFiles(folder, emit(), 'net.pt')
    await checkRomFiles(folder, emit())
    await writeLine(folder, 'program.mem', line, text)
    await expect(checkRomFiles(folder, emit())).rejects.toThrow(message)
  })

  test("under a manifest of ours: another model's parameters", async () => {
    const folder = makeFolder()
    await writeRomFiles(folder, emit(), 'net.pt')
    await writeLine(folder, 'params.mem', 0, 'cafe0001'.padStart(128, '0'))
    await expect(checkRomFiles(folder, emit())).rejects.toThrow(
      /params\.mem.*belong to model cafe0001, the program to model 1234abcd/s,
    )
  })
})

/** The detector with ROM files in it; `change` may spoil them first. */
async function openDetector(roms: RomSet, change: (folder: string) => Promise<void> = async () => {}) {
  const folder = makeFolder()
  await writeRomFiles(folder, roms, 'net.pt')
  await change(folder)
  const options = detectorOptions(roms, await readSourceList(), romPaths(folder))
  return simulate({ ...options, cacheDir: VERILATOR_CACHE })
}

const limits = { withinCycles: 100_000, noProgressCycles: 5000 }

describe('the detector itself', () => {
  test('a program for another array than the model was built for', async () => {
    await using dut = await openDetector(emit())
    await expect(runInstructions(dut, emit({ inputLanes: 4 }), 0, 0, limits)).rejects.toThrow(
      'detector: the program is for 4x8x2, W8A8P10, the model was built for 8x8x2, W8A8P10',
    )
  })

  test.each([
    {
      because: 'parameters of another model',
      spoil: (folder: string) => writeLine(folder, 'params.mem', 0, 'cafe0001'.padStart(128, '0')),
      message: /error 3 .*\n.*program is of model 1234abcd, the parameter ROM of model cafe0001/,
    },
    {
      because: 'a program of another version',
      spoil: (folder: string) => writeLine(folder, 'program.mem', 1, '00000002'),
      message: /error 1 .*\n.*header word 1 is 00000002, this detector takes 00000003/,
    },
    {
      because: 'a program for another array',
      spoil: (folder: string) => writeLine(folder, 'program.mem', 2, '00100010'),
      message: /error 2 .*\n.*header word 2 is 00100010, this detector takes 00080008/,
    },
  ])('refuses $because within its first cycles, and prints both', async ({ spoil, message }) => {
    await using dut = await openDetector(emit(), spoil)
    const run = runInstructions(dut, emit(), 0, 0, limits)
    await expect(run).rejects.toThrow(message)
    await expect(run).rejects.toSatisfy(({ cycle, startCycle }: SimulationError) => cycle - startCycle! < 20)
  })
})

describe('the watchdog', () => {
  /** A max-pool over 255x255 taps, which reaches beyond no memory: 65,025 cycles for every tile. */
  const hang = (pc: number) => (folder: string) =>
    writeLine(folder, 'program.mem', 32 * (pc + 1) + 11, '000201ff')
  const findPool = ({ steps }: RomSet): number =>
    steps.findIndex(({ instruction: { op } }) => op === 'max-pool')

  test('stops a run that writes nothing, and says where it stood', async () => {
    const roms = emit()
    const pc = findPool(roms)
    const { name } = roms.steps[pc]!
    await using dut = await openDetector(roms, hang(pc))
    const run = runInstructions(dut, roms, 0, roms.steps.length - 1, limits)
    await expect(run).rejects.toThrow(
      new RegExp(
        `no stream moved a beat for 5000 cycles while waiting for done_o\\n.*pc_o = ${pc}, busy_o = 1.* \\(at instruction ${pc}, ${name}\\)`,
      ),
    )
    await expect(run).rejects.toMatchObject({ kind: 'no-progress', watched: { pc_o: pc } })
  })

  test('waits for the slowest DETECT, and not much longer', () => {
    const grid = { boxBase: 0, classBase: 0, plane: 0, pitch: 0 }
    const levels = [80, 40, 20].map((side, index) => ({
      ...grid,
      width: side,
      height: side,
      log2Stride: 3 + index,
    }))
    const instruction = {
      op: 'detect' as const,
      ...{ minCode: 0, iouThreshold: 0, classes: 80, regMax: 16, multiLabel: false, maxDetections: 300 },
      levels,
    }
    const step = { name: 'detect', instruction, reads: [], writes: null, place: null, macs: 0 }
    const roms = { ...emit(), engine: DEFAULT_ENGINE }
    // The worst case of docs/cycles.md.
    expect(cycleBudget(step, roms)).toBeGreaterThan(358_138)
    expect(cycleBudget(step, roms)).toBeLessThan(3 * 358_138)
  })

  test('a chained run is red at the layer where it stood', async () => {
    const roms = emit()
    const pc = findPool(roms)
    const { name } = roms.steps[pc]!
    await using dut = await openDetector(roms, hang(pc))
    const golden = runSpec(graph, randomImage(graph, 1))
    const { layers } = await simulateChained(dut, { graph, golden, expectedBoxes: null, roms }, silent)
    const at = layers.findIndex((layer) => layer.name === name)
    expect(layers.slice(0, at).every(({ error, mismatches }) => error === null && mismatches === 0)).toBe(
      true,
    )
    expect(layers.slice(at + 1).every(({ notRun }) => notRun === true)).toBe(true)
    expect(layers[at]!.error).toMatch(new RegExp(`at instruction ${pc}, ${name}`))
  })
})

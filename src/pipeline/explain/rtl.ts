/** This file traces an explained element in the RTL: its layer runs from the golden input with a probe on the accumulator. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { detectorOptions } from '../../detector/options.ts'
import { parseProbe, type RtlTrace, traceBox, traceOutput, traceProducts } from '../../diff/explain-rtl.ts'
import type { ElementPosition } from '../../diff/explain-types.ts'
import { boxOffset, offsetOf, ownCode } from '../../golden/code-range.ts'
import type { IntegerBox, IntegerGraph, IntegerNode } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import type { RomSet } from '../../rom/emit.ts'
import { unpackTensor } from '../../rom/pack.ts'
import { type ConvLanes, planConvLanes } from '../../rom/weights.ts'
import { buildModel, simulateInChild } from '../../simulate/index.ts'
import { runDetectIsolated } from '../bench/boxes.ts'
import { runIsolated } from '../bench/layer.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { readSourceList } from '../files/rtl-sources.ts'
import { checkRomFiles, romPaths } from '../roms/files.ts'
import { writeRomFiles } from '../roms/write.ts'
import type { Explained, ExplainTarget } from './explain.ts'

const PROBE = fileURLToPath(new URL('../../../sim/mac_probe.sv', import.meta.url))

export interface ExplainBench {
  readonly graph: IntegerGraph
  readonly roms: RomSet
  readonly golden: Golden
  /** The run's folder. ROMs are written below it. */
  readonly folder: string
  readonly cacheDir: string
  readonly modelName: string
  /** RTL sources; Assay's own by default. */
  readonly sources?: readonly string[]
}

/** @throws InputError for a layer that the engine computes by addressing alone. */
export async function traceRtl(
  bench: ExplainBench,
  target: ExplainTarget,
  explained: Explained,
  progress: Progress,
): Promise<RtlTrace> {
  const { roms, golden, graph } = bench
  const name = target.kind === 'box' ? null : target.node.name
  const pc = roms.steps.findIndex((step) => step.writes === name && !step.name.includes('>'))
  if (pc < 0) {
    const [from, channel, y, x] = explained.explanation.rows[0] ?? []
    throw new InputError(
      `${name} has no instruction, because the engine concatenates and slices by addresses.`,
      '--rtl',
      `Explain where the element comes from: --layer ${from} --at ${channel},${y},${x}.`,
    )
  }
  const romFolder = join(bench.folder, 'roms')
  await writeRomFiles(romFolder, roms, bench.modelName)
  await checkRomFiles(romFolder, roms)
  const building = progress.start('build the RTL with a probe')
  const sources = [...(bench.sources ?? (await readSourceList())), PROBE]
  const simulation = {
    ...detectorOptions(roms, sources, romPaths(romFolder)),
    cacheDir: bench.cacheDir,
  }
  await buildModel(simulation)
  building.done()
  const watched = target.kind === 'element' ? placeOf(target.node, target.at, roms) : null
  const plusargs = { ...simulation.plusargs, ...(watched === null ? {} : watched.plusargs) }
  await using dut = await simulateInChild({ ...simulation, plusargs })
  const running = progress.start(`simulate ${explained.explanation.layer}`)
  if (target.kind === 'box') {
    const expected = explained.boxes!
    const { detected } = await runDetectIsolated(dut, { graph, golden, roms, expectedBoxes: expected })
    running.done()
    const box = detected?.boxes[target.index] ?? null
    const own = (one: IntegerBox): IntegerBox => ({ ...one, code: one.code - boxOffset(graph) })
    const found = box === null ? null : own(box)
    const first = traceBox(own(expected.boxes[target.index]!), found)
    return { sums: [], first, code: found?.code ?? null, cycle: null }
  }
  const step = roms.steps[pc]!
  const run = await runIsolated(dut, bench, pc)
  const output = await dut.takeOutput()
  running.done(`${run.cycles} cycles`)
  const [, height, width] = target.node.shape
  const { channel, y, x } = target.at
  const element = (channel * height + y) * width + x
  const words = run.taps.get(pc)
  const tensor =
    words === undefined ? null : unpackTensor(words, golden.get(name!)!.length, step.place!, roms.engine)
  const code =
    tensor === null || tensor.codes[element]! < 0
      ? null
      : ownCode(tensor.codes[element]!, offsetOf(graph, name!))
  const cycle = code === null ? null : tensor!.cycleOf(element)
  const written = traceOutput(explained.explanation.output.code, code)
  if (watched === null || explained.products === null) return { sums: [], first: written, code, cycle }
  const { inputLanes, weightBits, activationBits } = roms.engine
  const inputOffset = 'inputs' in target.node ? offsetOf(graph, target.node.inputs[0]!) : 0
  const beats = parseProbe(output, inputLanes, weightBits, activationBits)
  const { sums, first } = traceProducts(explained.products, beats, watched.beats, inputOffset)
  return { sums, first: first ?? written, code, cycle }
}

interface Watched {
  readonly plusargs: Readonly<Record<string, number>>
  readonly beats: number
}

/** Finds the tile, pixel and lane of a convolution's element (docs/detector.md, "Order of work"). */
function placeOf(node: IntegerNode, at: ElementPosition, roms: RomSet): Watched | null {
  if (node.op !== 'conv') return null
  const { engine, placements } = roms
  const [, height, width] = node.shape
  const lanes: ConvLanes = planConvLanes(
    node,
    placements.get(node.inputs[0])!,
    placements.get(node.name)!,
    engine,
  )
  const output = lanes.outputs.indexOf(at.channel)
  const group = Math.floor(output / engine.outputLanes)
  const across = Math.ceil(width / engine.pixels)
  return {
    plusargs: {
      probe_tile: (group * height + at.y) * across + Math.floor(at.x / engine.pixels),
      probe_pixel: at.x % engine.pixels,
      probe_lane: output % engine.outputLanes,
    },
    beats: lanes.taps.length / engine.inputLanes,
  }
}

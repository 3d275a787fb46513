/** What a fault of the engine is shown on: a few layers of the image, and generated inputs whose sums tie. */
import { join } from 'node:path'
import { profileOf } from '../../golden/code-range.ts'
import type { LayerResult } from '../../result/result.ts'
import type { Step } from '../../rom/emit.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import type { Instruction } from '../../rom/program.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { ChildDut } from '../../simulate/types.ts'
import { mergeGolden, runStimuli } from '../../stimulus/golden.ts'
import { makeStimuli } from '../../stimulus/make.ts'
import { keepFitting, makePrograms, stimulusLayers } from '../../stimulus/program.ts'
import { canTie, channelPoints } from '../../stimulus/requant-points.ts'
import { writeWhole } from '../../store/files.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { diffStep, failedLayer, runIsolated } from '../bench/layer.ts'
import { runStimulus } from '../stimulus/driver.ts'
import { roomOf } from '../stimulus/stimulus.ts'

export type Plusargs = Readonly<Record<string, string | number>>

/** A layer and its input. */
export interface LayerPart {
  readonly name: string
  readonly instruction: Instruction
  /** From power-up. */
  readonly run: (dut: ChildDut, plusargs: Plusargs) => Promise<LayerResult>
}

/** Of fewer elements a rare difference tells no cause from chance. */
const TELLING_ELEMENTS = 1000

/** A few layers that are quick and differ in what they use: the quickest of each kind, and large enough to tell a cause. */
function chooseSteps({ roms, golden }: SimulationBench): readonly number[] {
  const sizeOf = ({ macs, writes }: Step): number => {
    const { length } = golden.get(writes!)!
    return (length < TELLING_ELEMENTS ? Number.MAX_SAFE_INTEGER / 2 : 0) + macs + length
  }
  const kindOf = ({ instruction, reads }: Step): string => {
    if (instruction.op !== 'conv') return `${instruction.op} ${reads.length}`
    const { kernel, stride, hasTable, tableBase } = instruction
    return `conv ${kernel} ${stride} ${hasTable} ${tableBase > 0}`
  }
  const quickest = new Map<string, number>()
  for (const [pc, step] of roms.steps.entries()) {
    if (step.writes === null) continue
    const best = quickest.get(kindOf(step))
    if (best === undefined || sizeOf(step) < sizeOf(roms.steps[best]!)) quickest.set(kindOf(step), pc)
  }
  return [...quickest.values()].sort((a, b) => a - b)
}

/** Some layers of the image. */
export const imageParts = (bench: SimulationBench): readonly LayerPart[] =>
  chooseSteps(bench).map((pc) => ({
    ...bench.roms.steps[pc]!,
    run: async (dut, plusargs) => {
      await dut.restart(plusargs)
      try {
        return diffStep(bench, pc, await runIsolated(dut, bench, pc))
      } catch (error) {
        if (!(error instanceof SimulationError)) throw error
        return failedLayer(bench, pc, error)
      }
    },
  }))

/** Generated inputs of the convolutions that can tie (docs/stimulus.md): an image seldom does. @param folder of their programs */
export async function tieParts(bench: SimulationBench, folder: string): Promise<readonly LayerPart[]> {
  const { graph, roms } = bench
  const layers = new Map(
    [...stimulusLayers(graph, roms)].filter(
      ([, { node, quants }]) =>
        node.op === 'conv' &&
        channelPoints(node, quants[0]!.bits, profileOf(graph)).some((own) => canTie(own)),
    ),
  )
  const { engine } = bench.rtl
  const made = makeStimuli({ choice: 'corners', seeds: [], layers, graph, engine, nms: null })
  const corners = made.filter(({ name }) => name === 'corners')
  const room = roomOf(roms)
  const programs = makePrograms(graph, roms, keepFitting(graph, roms, corners, room), room)
  const golden = mergeGolden(programs.map(runStimuli))
  const parts: LayerPart[] = []
  for (const [index, program] of programs.entries()) {
    const file = join(folder, `ties-${index}.mem`)
    await writeWhole(file, writeReadmemh(program.roms.program))
    for (const [pc, { name, instruction }] of program.roms.steps.slice(0, program.stimuli.length).entries())
      parts.push({
        ...{ name, instruction },
        run: async (dut, plusargs) => {
          await dut.restart({ ...plusargs, program: file })
          const outcome = await runStimulus(dut, program, golden, pc)
          if (outcome.kind !== 'layer') throw new Error(`Expected a layer, got ${outcome.name}`)
          return outcome.layer
        },
      })
  }
  return parts
}

/** This file runs one image through the stages of `assay validate`, in a worker process that holds the sessions and the RTL's model. */
import { compareBoxes, describeBoxes } from '../../diff/boxes.ts'
import { boxOffset } from '../../golden/code-range.ts'
import { Engine } from '../../golden/engine.ts'
import { runHead } from '../../golden/head.ts'
import { scoreOne } from '../../golden/head-tables.ts'
import type { Codes, IntegerGraph, NmsOptions, NmsResult, QuantParams } from '../../golden/types.ts'
import { decodeHead } from '../../graph/float-head.ts'
import { suppressBoxes } from '../../graph/float-nms.ts'
import type { DetectHead, FloatGraph } from '../../graph/types.ts'
import { decodeImage } from '../../image/decode.ts'
import { type LetterboxPlan, letterbox, undoLetterbox } from '../../image/letterbox.ts'
import { PictureError } from '../../image/picture-error.ts'
import { toNchwCodes, toNchwFloat } from '../../image/planes.ts'
import type { Box, Size } from '../../image/rgb-image.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import type { Stage } from '../../result/accuracy.ts'
import { finishLogits, logitTensors } from './logits.ts'
import { openRtl, type RtlSetup } from './rtl.ts'

/** A stage that is computed. `float` is not: it is `fused` under another name. */
export type ComputedStage = Exclude<Stage, 'float'>

/** How boxes are chosen at one of the two operating points. */
export interface BoxChoice {
  readonly confidence: number
  readonly iou: number
  readonly maxDetections: number
  readonly multiLabel: boolean
}

export interface StagesSetup {
  readonly kind: 'stages'
  /** Null if no stage needs it. The fused graph also holds the last convolutions of a graph that was quantised without them. */
  readonly unfused: FloatGraph | null
  readonly fused: FloatGraph | null
  /** Null if only float stages run. */
  readonly integer: IntegerGraph | null
  /** The two operating points: that of the evaluation protocol and the matched one. */
  readonly choices: readonly BoxChoice[]
  /** The same two operating points for q_NMS. */
  readonly nms: readonly NmsOptions[]
  readonly rtl: RtlSetup | null
}

export interface StagesTask {
  readonly path: string
  readonly stages: readonly ComputedStage[]
}

/** Boxes of one image at one operating point, six numbers per box: x, y, width, height in pixels of the picture, score, class. */
export type PackedBoxes = Float32Array

/** Numbers per packed box. */
export const PACKED = 6

export interface StageRecord {
  /** One entry per operating point. */
  readonly boxes: readonly PackedBoxes[]
  /** Candidates of q_NMS at the first operating point, before those beyond its capacity are dropped; 0 in float. */
  readonly candidates: number
  /** What the RTL's boxes differ in from the integer model's; null if in nothing. */
  readonly mismatch: string | null
  readonly cycles: number
  readonly seconds: number
}

export type StageRecords = Readonly<Partial<Record<ComputedStage, StageRecord>>> & {
  /** Why the picture cannot be decoded; absent if it can. */
  readonly unreadable?: string
}

export interface StageRunner extends AsyncDisposable {
  run(task: StagesTask): Promise<StageRecords>
}

interface Prepared {
  readonly plan: LetterboxPlan
  readonly picture: Size
  readonly floatInput: () => Float32Array
  readonly codes: (quant: QuantParams) => Codes
}

export async function openStages(setup: StagesSetup): Promise<StageRunner> {
  const { integer, choices, nms } = setup
  const unfused = setup.unfused === null ? null : await FloatNetwork.create(setup.unfused)
  const fused = setup.fused === null ? null : await FloatNetwork.create(setup.fused)
  const { size, detect } = describeNetwork(setup)
  const engine = integer === null ? null : Engine.create(integer)
  const rtl = setup.rtl === null ? null : await openRtl(setup.rtl)
  const logits = integer === null ? null : logitTensors(integer)

  const runFloat = async (network: FloatNetwork, image: Prepared): Promise<StageRecord> => {
    const begin = performance.now()
    return chooseFloat(detect, await network.run(image.floatInput()), image, choices, begin)
  }
  const runInteger = async (
    image: Prepared,
    stages: ReadonlySet<ComputedStage>,
  ): Promise<Partial<Record<ComputedStage, StageRecord>>> => {
    if (integer === null || engine === null || logits === null)
      throw new Error('Expected a quantised model for the integer stages')
    const records: Partial<Record<ComputedStage, StageRecord>> = {}
    const begin = performance.now()
    const own = image.codes(integer.nodes[0]!.quant)
    const codes = engine.run(own, { only: logits })
    if (stages.has('quantised')) {
      const real = finishLogits(integer, setup.fused, codes)
      records.quantised = chooseFloat(detect, real, image, choices, begin)
    }
    if (!stages.has('full') && !stages.has('rtl')) return records
    const expected = nms.map((options) => runHead(integer, codes, options))
    const seconds = (performance.now() - begin) / 1000
    if (stages.has('full')) records.full = toRecord(expected, image, { mismatch: null, cycles: 0, seconds })
    if (!stages.has('rtl')) return records
    const run = await rtl!.run(own)
    const differing = run.detected
      .map((detected, index) => compareBoxes(expected[index]!, detected, boxOffset(integer)))
      .find(({ mismatches }) => mismatches > 0)
    const mismatch = differing === undefined ? null : describeBoxes(differing)
    records.rtl = toRecord(run.detected, image, { mismatch, cycles: run.cycles, seconds: run.seconds })
    return records
  }
  const run = async ({ path, stages }: StagesTask): Promise<StageRecords> => {
    const wanted = new Set(stages)
    const image = await prepareImage(path, size).catch((error: unknown) => {
      if (error instanceof PictureError) return error.message
      throw error
    })
    if (typeof image === 'string') return { unreadable: image }
    return {
      ...(wanted.has('unfused') ? { unfused: await runFloat(unfused!, image) } : {}),
      ...(wanted.has('fused') ? { fused: await runFloat(fused!, image) } : {}),
      ...(stages.some((stage) => stage !== 'unfused' && stage !== 'fused')
        ? await runInteger(image, wanted)
        : {}),
    }
  }
  const close = async (): Promise<void> => {
    await unfused?.close()
    await fused?.close()
    await rtl?.close()
  }
  return { run, [Symbol.asyncDispose]: close }
}

/** Returns the size of the input and the head, which all forms of the network share. */
function describeNetwork({ integer, fused, unfused }: StagesSetup): {
  readonly size: Size
  readonly detect: DetectHead
} {
  const float = fused ?? unfused
  const detect = integer?.detect ?? float?.head
  const shape = (integer ?? float)?.nodes[0]?.shape
  if (detect === undefined || shape === undefined) throw new Error('Expected a network to run')
  return { size: { height: shape[1], width: shape[2] }, detect }
}

async function prepareImage(path: string, size: Size): Promise<Prepared> {
  const picture = await decodeImage(path)
  const fitted = letterbox(picture, size)
  return {
    plan: fitted,
    picture: { width: picture.width, height: picture.height },
    floatInput: () => toNchwFloat(fitted),
    codes: (quant) => toNchwCodes(fitted, quant),
  }
}

function chooseFloat(
  head: DetectHead,
  logits: ReadonlyMap<string, Float32Array>,
  image: Prepared,
  choices: readonly BoxChoice[],
  begin: number,
): StageRecord {
  const decoded = decodeHead(head, logits, image.plan)
  const boxes = choices.map((choice) => packBoxes(suppressBoxes(decoded, choice), image.plan, image.picture))
  const seconds = (performance.now() - begin) / 1000
  return { boxes, candidates: 0, mismatch: null, cycles: 0, seconds }
}

function toRecord(
  results: readonly NmsResult[],
  { plan, picture }: Prepared,
  run: Pick<StageRecord, 'mismatch' | 'cycles' | 'seconds'>,
): StageRecord {
  const boxes = results.map((result) => {
    const inPixels = result.boxes.map(({ x0, y0, x1, y1, score, classIndex }) => ({
      x0: x0 / 16,
      y0: y0 / 16,
      x1: x1 / 16,
      y1: y1 / 16,
      score: score / scoreOne,
      classIndex,
    }))
    return packBoxes(inPixels, plan, picture)
  })
  return { ...run, boxes, candidates: results[0]!.candidates }
}

/** Maps boxes from the network's input to the picture and clips them to it. */
export function packBoxes(
  boxes: readonly (Box & { readonly score: number; readonly classIndex: number })[],
  plan: LetterboxPlan,
  picture: Size,
): PackedBoxes {
  const packed = new Float32Array(PACKED * boxes.length)
  for (const [index, box] of boxes.entries()) {
    const { x0, y0, x1, y1 } = undoLetterbox(box, plan, picture)
    packed.set([x0, y0, x1 - x0, y1 - y0, box.score, box.classIndex], PACKED * index)
  }
  return packed
}

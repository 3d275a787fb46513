/** A child process that runs steps: it loads, runs and compares, so that only results cross the pipe. */
import { DETECTOR } from '../../detector/options.ts'
import { findProgramFile } from '../../process/child-program.ts'
import { type PackedError, unpackError } from '../../process/packed-error.ts'
import type { LayerResult } from '../../result/result.ts'
import { withoutContents } from '../../rom/emit.ts'
import type { OpenedFile } from '../../simulate/opened-files.ts'
import { openInProgram, type ProgramDut } from '../../simulate/remote.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { SimulateOptions } from '../../simulate/types.ts'
import { type GoldenFile, type TensorPlaces, weightsName, withWeights } from './golden-file.ts'
import type { Reference } from './reference.ts'
import type { ShortOutcome, StepOutcome } from './step.ts'

/** What a child knows of a model: everything but its words and weights, which the RTL alone reads. */
export type ChildReference = Pick<Reference, 'graph' | 'roms' | 'expectedBoxes'>

export interface StepRequest {
  readonly pc: number
  /** Of the random power-up that the step runs from; null where the model has none. */
  readonly seed: number | null
  /** Where the tensors lie that the step reads, writes, and may be mistaken for: when a child first runs it. */
  readonly places: TensorPlaces | undefined
  /** With the first step. */
  readonly reference: ChildReference | undefined
}

export type StepReply =
  | {
      readonly kind: 'ran'
      readonly outcome: ShortOutcome
      /** Undefined where they are as in the reply before. */
      readonly files: readonly OpenedFile[] | undefined
    }
  | {
      readonly kind: 'failed'
      readonly error: PackedError
      readonly files: readonly OpenedFile[] | null
      readonly isPoweredUp: boolean
    }
  /** A step before it failed, or the step needs a process of its own. */
  | { readonly kind: 'skipped' }

/** What a step came to. */
export type RanStep =
  | { readonly outcome: StepOutcome; readonly files: readonly OpenedFile[] }
  | {
      readonly outcome: null
      readonly error: SimulationError
      /** Null if nobody can say which files the model read. */
      readonly files: readonly OpenedFile[] | null
      readonly isPoweredUp: boolean
    }

/** One child process at a time: each step starts from power-up, and a new child follows one that has failed. */
export interface LayerRunner {
  /**
   * Starts a child that opens the model once it is there, so that the first step need not wait for it. @param seed of the first step; null:
   * there are none
   */
  open(seed: number | null): void
  /**
   * Several steps may be asked for at once; they run in the order of the calls. @param seed of the random power-up @returns null if the
   * model does not power up, and an earlier call has said so.
   */
  run(reference: Reference, pc: number, seed: number | null): Promise<RanStep | null>
  close(): Promise<void>
}

/** @param simulation opens the built model. */
export function createLayerRunner(simulation: Promise<SimulateOptions>, golden: GoldenFile): LayerRunner {
  const program = { ...findProgramFile(import.meta.url, 'child'), files: [golden.file] }
  let child: Promise<ProgramDut> | null = null
  const known = new WeakMap<ProgramDut, Told>()
  const dead = new Set<number | null>()
  const open = (seed: number | null): Promise<ProgramDut> => {
    if (child === null) {
      const restartable = simulation.then((options) => ({
        ...options,
        ...(seed === null ? {} : { seed }),
        restartable: true,
      }))
      child = openInProgram({ top: DETECTOR }, restartable, program)
      child.catch(() => {})
    }
    return child
  }
  const end = async (own: Promise<ProgramDut>): Promise<void> => {
    if (child === own) child = null
    const opened = await own.catch(() => null)
    await opened?.dut.close()
  }
  const ask = async (
    opened: ProgramDut,
    reference: Reference,
    pc: number,
    seed: number | null,
  ): Promise<FullReply> => {
    const before = known.get(opened)
    const told = before ?? { steps: new Set<number>(), exact: new Map<number, LayerResult>(), files: [] }
    known.set(opened, told)
    const request: StepRequest = {
      pc,
      seed,
      places: told.steps.has(pc) ? undefined : placeTensors(golden, reference, pc),
      reference: before === undefined ? withoutWords(reference) : undefined,
    }
    told.steps.add(pc)
    return readReply((await opened.ask(request)) as StepReply, told, pc)
  }
  const run = async (reference: Reference, pc: number, seed: number | null): Promise<RanStep | null> => {
    if (dead.has(seed)) return null
    const own = open(seed)
    let isPoweredUp = false
    try {
      const opened = await own
      isPoweredUp = true
      const reply = await ask(opened, reference, pc, seed)
      if (reply.kind === 'ran') return reply
      await end(own)
      if (reply.kind === 'skipped') return run(reference, pc, seed)
      const error = unpackError(reply.error, [SimulationError]) as SimulationError
      if (!reply.isPoweredUp) dead.add(seed)
      return { outcome: null, error, files: reply.files, isPoweredUp: reply.isPoweredUp }
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      // Calls fail in their order: a step that was asked for after the one that lost the child runs again.
      if (child !== own) return run(reference, pc, seed)
      if (!isPoweredUp) dead.add(seed)
      await end(own)
      return { outcome: null, error, files: null, isPoweredUp }
    }
  }
  return {
    open: (seed) => void open(seed),
    run,
    close: async () => {
      if (child !== null) await end(child)
    },
  }
}

/** What a child and its parent have told each other, which is not said twice. */
interface Told {
  readonly steps: Set<number>
  /** What a child compares a step with, as it is reported. */
  readonly exact: Map<number, LayerResult>
  files: readonly OpenedFile[]
}

type FullReply =
  | { readonly kind: 'ran'; readonly outcome: StepOutcome; readonly files: readonly OpenedFile[] }
  | Exclude<StepReply, { readonly kind: 'ran' }>

/** What a reply says with what was said before: replies come in the order of the child. */
function readReply(reply: StepReply, told: Told, pc: number): FullReply {
  if (reply.kind !== 'ran') return reply
  told.files = reply.files ?? told.files
  const { files } = told
  const { outcome } = reply
  if (outcome.kind === 'boxes') return { kind: 'ran', outcome, files }
  if (outcome.kind === 'again') {
    const layer = { ...told.exact.get(pc)!, ...outcome.measured }
    return { kind: 'ran', outcome: { kind: 'layer', layer }, files }
  }
  const { layer, isKept } = outcome
  if (isKept) told.exact.set(pc, layer)
  return { kind: 'ran', outcome: { kind: 'layer', layer }, files }
}

/** With the weights of a convolution, which say what kind of fault it has. */
function placeTensors(file: GoldenFile, reference: Reference, pc: number): TensorPlaces {
  const { graph, golden, roms } = reference
  const node = graph.nodes.find(({ name }) => name === roms.steps[pc]!.writes)
  const names = tensorsOf(reference, pc)
  if (node?.op !== 'conv') return file.place(golden, names)
  return file.place(withWeights(golden, node), [...names, weightsName(node.name)])
}

/** The tensors that a step reads, writes, and may be mistaken for. */
function tensorsOf({ roms: { steps } }: Reference, pc: number): readonly string[] {
  const { reads, writes } = steps[pc]!
  const before = steps[pc - 1]
  return [...reads, writes, ...(before === undefined ? [] : [...before.reads, before.writes])].filter(
    (name) => name !== null,
  )
}

function withoutWords({ graph, roms, expectedBoxes }: ChildReference): ChildReference {
  const nodes = graph.nodes.map((node) => (node.op === 'conv' ? { ...node, weight: new Int8Array(0) } : node))
  return { graph: { ...graph, nodes }, roms: withoutContents(roms), expectedBoxes }
}

/**
 * The isolated diff of what has changed: layers whose evidence is at hand are reported as proved before, the rest run side by side, each
 * from its golden input, in child processes of one built model.
 */
import { availableParallelism } from 'node:os'
import { boxesAreRed, type Evidence, isRed, type LayerResult } from '../report/result.ts'
import { describeRedLayer } from '../report/terminal.ts'
import { SimulationError } from '../simulate/errors.ts'
import { type BulkDut, simulateInChild } from '../simulate/index.ts'
import { type BoxesRun, detectStep, runDetectIsolated } from './boxes.ts'
import { type EvidenceStore, type Kept, readEvidence, sweepEvidence, writeEvidence } from './evidence.ts'
import { type FailedLayers, readFailed, writeFailed } from './failed-layers.ts'
import { diffStep, failedLayer, limitsOf, runIsolated } from './isolated.ts'
import { keyLayers } from './layer-keys.ts'
import type { Progress } from './progress.ts'
import { orderLayers } from './schedule.ts'
import type { SimulationBench } from './simulation.ts'

export interface ChangedRun {
  /** In the order of the program; after a layer that hung or crashed the rest is left out. */
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
}

type Outcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly boxes: BoxesRun }

/** Layers that were looked up or have run, by index of the instruction. */
type Outcomes = Map<number, Outcome>

const isRedOutcome = (outcome: Outcome): boolean =>
  outcome.kind === 'layer' ? isRed(outcome.layer) : boxesAreRed(outcome.boxes.result)

const hasFailed = (outcome: Outcome): boolean =>
  (outcome.kind === 'layer' ? outcome.layer.error : outcome.boxes.result.error) !== null

function markOutcome(outcome: Outcome, evidence: Evidence): Outcome {
  if (outcome.kind === 'layer') return { kind: 'layer', layer: { ...outcome.layer, evidence } }
  return { kind: 'boxes', boxes: { ...outcome.boxes, result: { ...outcome.boxes.result, evidence } } }
}

/** Runs the chosen instructions, or finds them proved. */
export async function simulateChanged(
  bench: SimulationBench,
  chosen: readonly number[],
  progress: Progress,
): Promise<ChangedRun> {
  const { options, roms, expectedBoxes } = bench
  const wanted = chosen.filter((pc) => expectedBoxes !== null || pc !== detectStep(roms))
  const ledger = await openLedger(bench, wanted, options.evidence ?? null, progress)
  const left = wanted.filter((pc) => !ledger.outcomes.has(pc))
  const order = orderLayers(left, roms, new Set(ledger.failed.keys()))
  const task = progress.start('simulate each layer from its golden input')
  if (order.length > 0) {
    await runSideBySide(bench, order, options.jobs ?? availableParallelism(), async (pc, outcome) => {
      await ledger.enter(pc, outcome)
      const done = ledger.outcomes.size - wanted.length + left.length
      task.update(done / left.length, `${roms.steps[pc]!.name} (${done} of ${left.length})`)
    })
  }
  await ledger.close()
  const outcomes = wanted.flatMap((pc) => ledger.outcomes.get(pc) ?? [])
  const red = outcomes.filter(isRedOutcome).length
  const before = wanted.length - left.length
  const counts = [
    `${left.length} run`,
    ...(before === 0 ? [] : [`${before} proved before`]),
    ...(red === 0 ? [] : [`${red} red`]),
  ]
  task.done(counts.join(', '))
  return {
    layers: outcomes.flatMap((outcome) => (outcome.kind === 'layer' ? [outcome.layer] : [])),
    boxes: outcomes.flatMap((outcome) => (outcome.kind === 'boxes' ? [outcome.boxes] : []))[0] ?? null,
  }
}

interface Ledger {
  readonly outcomes: Outcomes
  readonly failed: FailedLayers
  /** Takes a result of this run; green ones are kept as evidence, red ones are remembered for the next run. */
  enter(pc: number, outcome: Outcome): Promise<void>
  close(): Promise<void>
}

async function openLedger(
  bench: SimulationBench,
  wanted: readonly number[],
  store: EvidenceStore | null,
  progress: Progress,
): Promise<Ledger> {
  const { roms, options, record } = bench
  const outcomes: Outcomes = new Map()
  const before = store === null ? new Map<string, string>() : await readFailed(options.folder)
  const failed = new Map(before)
  const keys = new Map<number, string>()
  if (store !== null)
    for (const [index, key] of keyLayers(store, bench, wanted).entries()) keys.set(wanted[index]!, key)
  if (store !== null && options.reuse !== false) {
    await Promise.all(
      wanted.map(async (pc) => {
        const key = keys.get(pc)!
        const kept: Kept<Outcome> | null = await readEvidence(store, key)
        if (kept === null || isRedOutcome(kept.value)) return
        outcomes.set(pc, markOutcome(kept.value, { key, provedAt: kept.provedAt, before: true }))
      }),
    )
  }
  const enter = async (pc: number, outcome: Outcome): Promise<void> => {
    const { name } = roms.steps[pc]!
    const key = keys.get(pc)
    if (isRedOutcome(outcome)) {
      progress.warn(describeOutcome(outcome))
      outcomes.set(pc, outcome)
      if (key === undefined) return
      failed.set(name, key)
      await writeFailed(options.folder, failed)
      return
    }
    if (store === null || key === undefined) {
      outcomes.set(pc, outcome)
      return
    }
    if (before.get(name) === key) {
      outcomes.set(pc, outcome)
      progress.warn(
        `${name} is exact now and was not before, with the same inputs: what ran before it decides. It is not kept as proved; run --mode chained.`,
      )
      return
    }
    failed.delete(name)
    const kept = { provedAt: record.startedAt, value: outcome }
    await writeEvidence(store, key, kept)
    outcomes.set(pc, markOutcome(outcome, { key, provedAt: kept.provedAt, before: false }))
  }
  const close = async (): Promise<void> => {
    if (store === null) return
    if (failed.size > 0 || before.size > 0) await writeFailed(options.folder, failed)
    await sweepEvidence(store)
  }
  return { outcomes, failed: before, enter, close }
}

const describeOutcome = (outcome: Outcome): string =>
  outcome.kind === 'layer'
    ? (describeRedLayer(outcome.layer)[0] ?? `${outcome.layer.name} differs`)
    : `the boxes differ${outcome.boxes.result.error === null ? '' : `: ${outcome.boxes.result.error}`}`

/** Each child takes the next layer when it has done one. A layer that hangs or crashes ends the run: its model is not to be trusted. */
async function runSideBySide(
  bench: SimulationBench,
  order: readonly number[],
  jobs: number,
  onOutcome: (pc: number, outcome: Outcome) => Promise<void>,
): Promise<void> {
  let next = 0
  let ended = false
  const serve = async (): Promise<void> => {
    await using dut = await simulateInChild(bench.simulation)
    while (next < order.length && !ended) {
      const pc = order[next++]!
      const outcome = await runStep(bench, dut, pc)
      if (hasFailed(outcome)) ended = true
      await onOutcome(pc, outcome)
    }
  }
  const guarded = (): Promise<void> =>
    serve().catch((error: unknown) => {
      ended = true
      throw error
    })
  const ran = await Promise.allSettled(
    Array.from({ length: Math.max(1, Math.min(jobs, order.length)) }, guarded),
  )
  for (const result of ran) if (result.status === 'rejected') throw result.reason
}

async function runStep(bench: SimulationBench, dut: BulkDut, pc: number): Promise<Outcome> {
  const { options, roms, golden, expectedBoxes } = bench
  const step = roms.steps[pc]!
  if (step.instruction.op === 'detect')
    return { kind: 'boxes', boxes: await runDetectIsolated(dut, golden, expectedBoxes!, roms) }
  try {
    const run = await runIsolated(dut, pc, golden, roms, limitsOf(step, roms))
    return { kind: 'layer', layer: diffStep(step, pc, run, options.graph, golden, roms) }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { kind: 'layer', layer: failedLayer(step, options.graph, error) }
  }
}

/** Drives `rtl/detector.sv` through the bridge: ROMs in, feature words in and out, boxes out (docs/detector.md, "Ports"). */
import { join } from 'node:path'
import type { Codes, IntegerBox } from '../golden/types.ts'
import type { RomName, RomSet } from '../rom/emit.ts'
import { featureBytes, packTensor, type TapWords } from '../rom/pack.ts'
import { banks, type EngineParameters } from '../rom/parameters.ts'
import type { Placement } from '../rom/placement.ts'
import { describeEngine, hexWord, type ProgramEngine } from '../rom/program-header.ts'
import { SimulationError } from './errors.ts'
import type { MemoryCheck, MemoryVerdict } from './memory-check.ts'
import { bridgeFolder } from './runtime.ts'
import type { StreamMapping } from './stream-ports.ts'
import type { BulkDut, SimulateOptions } from './types.ts'

/** Depths are rounded up to these at least, so that one build of the RTL serves most networks. */
const LEAST_DEPTHS = { feature: 32768, weight: 16384, param: 512, table: 65536, program: 4096 } as const

const atLeast = (least: number, needed: number): number => 2 ** Math.ceil(Math.log2(Math.max(least, needed)))

/** Parameters of the module for a set of ROMs. */
export function detectorParameters(roms: RomSet): Record<string, number> {
  const { engine } = roms
  return {
    PI: engine.inputLanes,
    PO: engine.outputLanes,
    PX: engine.pixels,
    WeightBits: engine.weightBits,
    ActivationBits: engine.activationBits,
    TableBits: engine.tableBits,
    Capacity: engine.capacity,
    MaxDetections: engine.maxDetections,
    FeatureDepth: atLeast(LEAST_DEPTHS.feature, roms.featureRows),
    WeightDepth: atLeast(LEAST_DEPTHS.weight, roms.weights.depth),
    ParamDepth: atLeast(LEAST_DEPTHS.param, roms.params.depth),
    TableDepth: atLeast(LEAST_DEPTHS.table, roms.tables.depth),
    ProgramDepth: atLeast(LEAST_DEPTHS.program, roms.program.depth),
  }
}

export function detectorOptions(
  roms: RomSet,
  sources: readonly string[],
  romPaths: Readonly<Record<RomName, string>>,
): SimulateOptions {
  return {
    top: 'detector',
    sources: [SHOWN, ...sources],
    parameters: detectorParameters(roms),
    plusargs: romPaths,
  }
}

/** Keeps the feature memory where it can be read back. */
const SHOWN = join(bridgeFolder, 'detector.vlt')

const featureMemory = (engine: EngineParameters): MemoryCheck => ({
  stream: 'tap',
  writer: 'pc',
  address: 'addr',
  data: 'data',
  banks: Array.from({ length: banks(engine) }, (_, bank) => `detector.u_features.g_bank[${bank}]`),
  variable: 'mem',
})

const ERRORS: Readonly<Record<number, (roms: RomSet) => string>> = {
  1: () => 'the program ROM is not a program of format version 1',
  2: ({ engine }) => `the program ROM is for other parameters than ${describeEngine(engine)}`,
  3: ({ modelId }) => `the parameter ROM belongs to another model than the program's ${hexWord(modelId)}`,
  4: () => 'the program holds an unknown opcode, or the instruction is not in the program',
  5: () => 'the program needs more memory than the detector has',
}

/** The parameters that a model of the detector was built with; null for another module. */
function builtEngine({ module }: BulkDut): ProgramEngine | null {
  const value = (name: string): number => Number(module.parameters.find((one) => one.name === name)?.value)
  const engine = {
    inputLanes: value('PI'),
    outputLanes: value('PO'),
    pixels: value('PX'),
    weightBits: value('WeightBits'),
    activationBits: value('ActivationBits'),
    tableBits: value('TableBits'),
  }
  return Object.values(engine).some(Number.isNaN) ? null : engine
}

/** Before the first cycle: what the detector would refuse with error 2, but with both sides' names. */
function checkBuilt(dut: BulkDut, roms: RomSet): void {
  const engine = builtEngine(dut)
  if (engine === null) return
  const [built, wanted] = [describeEngine(engine), describeEngine(roms.engine)]
  if (built === wanted) return
  const message = `detector: the program is for ${wanted}, the model was built for ${built}`
  throw new SimulationError(message, { kind: 'assertion', top: dut.module.name, cycle: 0 })
}

const describeStep = (roms: RomSet, pc: number): string =>
  `instruction ${pc}, ${roms.steps[pc]?.name ?? 'which the program does not have'}`

/** The same failure with the layer's name: a watchdog that says where the run stood. */
function nameStep(error: SimulationError, roms: RomSet): SimulationError {
  const { kind, top, cycle, startCycle, file, line, watched, output, message } = error
  if (typeof watched.pc_o !== 'number') return error
  const text = `${message} (at ${describeStep(roms, watched.pc_o)})`
  return new SimulationError(text, {
    kind,
    top,
    cycle,
    startCycle,
    file,
    line,
    watched,
    output,
    cause: error,
  })
}

export interface StepRun {
  readonly cycles: number
  readonly seconds: number
  /** Cycle of the model in which `start_i` was high: what cycles of the run count from. */
  readonly startCycle: number
  /** Words written, by index of the instruction; cycles count from the start of the run. */
  readonly taps: ReadonlyMap<number, TapWords>
  /** Words that were written before `start_i` or after `done_o`. */
  readonly idle: number
  /** What the feature memory holds of what the tap showed; null where it cannot be read back. */
  readonly memory: MemoryVerdict | null
}

/**
 * How long a run is watched after `done_o`: longer than a word takes from the multipliers to the memory, and a tenth of the run, as far as
 * that is cheap.
 */
export const cyclesAfter = (cycles: number): number => Math.min(4096, Math.max(64, Math.ceil(cycles / 10)))

/** Words of the run that no instruction in `writers` wrote. */
export function countForeign(run: StepRun, writers: ReadonlySet<number>): number {
  let foreign = 0
  for (const [pc, { addresses }] of run.taps) if (!writers.has(pc)) foreign += addresses.length
  return foreign
}

export interface RunLimits {
  readonly withinCycles: number
  readonly noProgressCycles: number
  readonly deadlineMs?: number
  readonly onProgress?: (cycle: number) => void
  /** false: the words that are written are not recorded, for a model opened with `HOST_STREAM` alone. */
  readonly record?: boolean
}

/** For `SimulateOptions.streams`: only the host port is a stream, so that long runs do not record every feature word. */
export const HOST_STREAM: Readonly<Record<string, StreamMapping>> = {
  host: {
    direction: 'input',
    valid: 'host_valid_i',
    ready: 'host_ready_o',
    fields: { addr: 'host_addr_i', data: 'host_data_i' },
  },
}

/** Writes a tensor into the feature memory, by the host port. @param idle code of the lanes that hold no channel */
export async function loadTensor(
  dut: BulkDut,
  codes: Codes,
  place: Placement,
  engine: EngineParameters,
  idle = 0,
): Promise<void> {
  const host = dut.stream('host')
  await host.sendPacked(packTensor(codes, place, engine, idle))
  await host.flush({ withinCycles: 16 + 4 * place.blocks * place.height * place.width })
}

/** A run that may have stopped before its end: then with why, and with what was written until then. */
export interface StoppedRun extends StepRun {
  readonly failure: SimulationError | null
}

/**
 * Runs instructions `first` to `last`.
 * @throws SimulationError where the detector raises an error, stands still, or exceeds its budget.
 */
export async function runInstructions(
  dut: BulkDut,
  roms: RomSet,
  first: number,
  last: number,
  limits: RunLimits,
): Promise<StepRun> {
  const run = await tryInstructions(dut, roms, first, last, limits)
  if (run.failure !== null) throw run.failure
  return run
}

/** As `runInstructions`; a failure of the detector is part of the answer. @throws SimulationError where the child process is lost. */
export async function tryInstructions(
  dut: BulkDut,
  roms: RomSet,
  first: number,
  last: number,
  limits: RunLimits,
): Promise<StoppedRun> {
  checkBuilt(dut, roms)
  const tap = limits.record === false ? null : dut.stream('tap')
  const early = (await tap?.receivePacked())?.cycles.length ?? 0
  await dut.write({ first_i: first, last_i: last, start_i: 1 })
  await dut.step()
  await dut.write({ start_i: 0 })
  const { onProgress } = limits
  const running = dut.run({
    until: 'done_o',
    withinCycles: limits.withinCycles,
    noProgressCycles: limits.noProgressCycles,
    watch: ['pc_o', 'busy_o', 'error_o'],
    ...(limits.deadlineMs === undefined ? {} : { deadlineMs: limits.deadlineMs }),
    ...(onProgress === undefined ? {} : { onProgress: ({ cycle }) => onProgress(cycle) }),
  })
  const ended = await running.catch((error: unknown) => {
    // Without a start the model did not fail in this run, or its process is gone.
    if (!(error instanceof SimulationError) || error.startCycle === null) throw error
    return nameStep(error, roms)
  })
  const failure = ended instanceof SimulationError ? ended : await readError(dut, roms, ended.cycles)
  const startCycle = ended.startCycle!
  const cycles = ended instanceof SimulationError ? ended.cycle - startCycle : ended.cycles
  const seconds = ended instanceof SimulationError ? 0 : ended.seconds
  const about = { cycles: cycles + 1, seconds, startCycle: startCycle - 1, failure }
  if (tap === null) return { ...about, taps: new Map(), idle: early, memory: null }
  if (failure === null) await dut.step(cyclesAfter(cycles))
  const beats = await tap.receivePacked()
  const memory = failure === null ? await dut.checkMemory(featureMemory(roms.engine)) : null
  // Cycle 0 is the one in which start_i is high, one before `run` begins.
  const own = { data: beats.data, cycles: beats.cycles.map((cycle) => cycle - startCycle + 1) }
  const late = own.cycles.reduce((count, cycle) => count + (cycle > cycles ? 1 : 0), 0)
  return { ...about, taps: splitTaps(own, roms.engine), idle: early + late, memory }
}

/** The error that the detector itself reports; null for none. */
async function readError(dut: BulkDut, roms: RomSet, cycle: number): Promise<SimulationError | null> {
  const [error, pc] = await dut.read('error_o', 'pc_o')
  if (error === 0) return null
  const what = ERRORS[Number(error)]?.(roms) ?? `error ${error}`
  const printed = (await dut.takeOutput()).trim()
  const message = `detector: ${what} (error ${error} at ${describeStep(roms, Number(pc))})`
  return new SimulationError(printed === '' ? message : `${message}\n  ${printed}`, {
    kind: 'assertion',
    top: 'detector',
    cycle,
    watched: { pc_o: pc, error_o: error },
    output: printed,
  })
}

/** Beats of the tap are pc (2 bytes), address (4) and word. */
function splitTaps(
  beats: { readonly data: Uint8Array; readonly cycles: Float64Array },
  engine: EngineParameters,
): ReadonlyMap<number, TapWords> {
  const word = featureBytes(engine)
  const beat = 6 + word
  const count = beats.cycles.length
  const view = new DataView(beats.data.buffer, beats.data.byteOffset, beats.data.byteLength)
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const pc = view.getUint16(i * beat, true)
    counts.set(pc, (counts.get(pc) ?? 0) + 1)
  }
  const taps = new Map<number, { addresses: Uint32Array; data: Uint8Array; cycles: Float64Array }>()
  const filled = new Map<number, number>()
  for (const [pc, words] of counts)
    taps.set(pc, {
      addresses: new Uint32Array(words),
      data: new Uint8Array(words * word),
      cycles: new Float64Array(words),
    })
  for (let i = 0; i < count; i++) {
    const pc = view.getUint16(i * beat, true)
    const own = taps.get(pc)!
    const at = filled.get(pc) ?? 0
    filled.set(pc, at + 1)
    own.addresses[at] = view.getUint32(i * beat + 2, true)
    own.data.set(beats.data.subarray(i * beat + 6, (i + 1) * beat), at * word)
    own.cycles[at] = beats.cycles[i]!
  }
  return taps
}

const field = (word: bigint, low: number, width: number): number =>
  Number((word >> BigInt(low)) & ((1n << BigInt(width)) - 1n))
const signed16 = (word: bigint, low: number): number => {
  const value = field(word, low, 16)
  return value >= 0x8000 ? value - 0x10000 : value
}

export interface DetectorBoxes {
  readonly boxes: readonly IntegerBox[]
  readonly candidates: number
  readonly overflow: boolean
}

/** Reads the boxes of the last DETECT. */
export async function readBoxes(dut: BulkDut): Promise<DetectorBoxes> {
  const [count, candidates, overflow] = await dut.read('box_count_o', 'candidate_count_o', 'overflow_o')
  const boxes: IntegerBox[] = []
  for (let index = 0; index < Number(count); index++) {
    await dut.write({ box_addr_i: index })
    await dut.step()
    const [data] = await dut.read('box_data_o')
    const word = BigInt(data as bigint)
    boxes.push({
      x0: signed16(word, 0),
      y0: signed16(word, 16),
      x1: signed16(word, 32),
      y1: signed16(word, 48),
      classIndex: field(word, 64, 16),
      score: field(word, 80, 16),
      code: field(word, 96, 8),
      anchor: field(word, 104, 24),
    })
  }
  return { boxes, candidates: Number(candidates), overflow: Number(overflow) === 1 }
}

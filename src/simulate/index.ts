/**
 * Runs RTL under Verilator from TypeScript.
 *
 * ```ts
 * const fifo: SimulateOptions = { top: 'fifo', sources: ['rtl/fifo.sv'], parameters: { Depth: 4 } }
 *
 * await using dut = await simulate(fifo)               // built once and cached; reset has been applied
 * dut.ports.in_data_i = 7                              // inputs: write between ticks
 * dut.ports.in_valid_i = 1
 * dut.tick()                                           // one clock cycle; tick(n) for n
 * expect(dut.ports.count_o).toBe(1)                    // outputs: what the last edge (and written inputs) left
 * dut.until(() => dut.ports.full_o === 1, { withinCycles: 100 })
 *
 * // Streams <name>_valid_i/_ready_o/_<field>_i and <name>_valid_o/_ready_i/_<field>_o: dut.in, dut.out, dut.stream(name).
 * await using stalled = await simulate({ ...fifo, stalls: { probability: 0.3, seed: 5 } })
 * await stalled.in.send([{ data: 1 }, { data: 2 }])    // queues
 * expect(await stalled.out.receive(2, { withinCycles: 50 })).toEqual([{ data: 1 }, { data: 2 }])
 *
 * // In bulk, with the loop in C++; the same calls work on `simulateInChild`, where a crash or an endless loop is an error.
 * await dut.stream('host').sendPacked(bytes)           // fields in port order, each little-endian in whole bytes
 * await dut.run({ until: 'done_o', withinCycles: 1e7, noProgressCycles: 1e5, progress: 'tap' })
 * const { data, cycles } = await dut.stream('tap').receivePacked()
 * ```
 *
 * Numbers up to 53 bits are `number`, wider ones `bigint`, signed as the port is declared. `$fatal`, `$error`, `$stop`, a
 * failed assertion, a missing `$readmemh` file and logic that does not settle throw a `SimulationError`; sources that do
 * not compile throw a `ToolError`.
 */

export type { Diagnostic } from '../input/tool-error.ts'
export { ToolError } from '../input/tool-error.ts'
export type { Environment } from '../process/environment.ts'
export type { AxiMemory } from './axi-memory.ts'
export { axiMemory } from './axi-memory.ts'
export type { Beat } from './beats.ts'
export { countBeatBytes, packBeats, unpackBeats } from './beats.ts'
export type { ModuleInterface, Parameter, Port } from './boundary/module-interface.ts'
export { readParameterText } from './boundary/module-interface.ts'
export { findStreams } from './boundary/stream-ports.ts'
export type { ClockTiming, ResetPort, StreamMapping, StreamPorts } from './boundary/types.ts'
export { buildModel } from './build/build.ts'
export { generatePortTypes } from './build/port-types.ts'
export { readPorts } from './build/read-ports.ts'
export type { BuildOptions, BuiltModel, ModelSource, ParameterValue } from './build/types.ts'
export type {
  AxiCounts,
  AxiFault,
  AxiMemoryOptions,
  BusOptions,
  BusSetting,
  MemoryBus,
  PollCondition,
  PollDeadline,
  RegisterOptions,
  Registers,
  WriteCycles,
} from './bus-types.ts'
export type { Memory, MemoryContents, MemoryMapping } from './memories.ts'
export { openDut } from './open.ts'
export type { OpenedFile } from './opened-files.ts'
export { areAsOpened, mayBeAsOpened, mergeOpened } from './opened-files.ts'
export type { PortValue } from './ports.ts'
export { apb, axiLite, wishbone } from './registers.ts'
export type { ChildOptions } from './remote.ts'
export { simulateInChild } from './remote.ts'
export type { Scoreboard } from './scoreboard.ts'
export { ScoreboardError, scoreboard } from './scoreboard.ts'
export { simulate } from './simulate.ts'
export type { SimulationErrorKind } from './simulation-error.ts'
export { SimulationError } from './simulation-error.ts'
export type {
  BulkDut,
  ChildDut,
  Deadline,
  Dut,
  LoosePorts,
  PackedBeats,
  PortValues,
  RunOptions,
  RunResult,
  SimulateOptions,
  Stalls,
  Stream,
} from './types.ts'

/** The bridge's C functions, called through koffi. */
import { koffi } from '../process/foreign.ts'

/** Address of a model instance. */
export type Handle = bigint

/** The C ABI of sim/bridge.cpp. */
export interface Bridge {
  open(args: Uint8Array, count: number, seed: number, randomReset: number, restartable: number): Handle | null
  close(dut: Handle): void
  state(dut: Handle): bigint
  portData(dut: Handle, port: number): bigint
  message(dut: Handle): string
  file(dut: Handle): string
  output(dut: Handle): string
  opened(dut: Handle): string
  clearOutput(dut: Handle): void
  setClock(dut: Handle, port: number): void
  clockAdd(dut: Handle, port: number, period: number, phase: number): void
  resetAdd(dut: Handle, port: number, active: number): void
  precision(dut: Handle): number
  setPeriod(dut: Handle, low: number, high: number): void
  memoryAdd(
    dut: Handle,
    name: string,
    ports: Int32Array,
    words: Uint8Array,
    depth: number,
    wordBytes: number,
    clock: number,
  ): number
  memoryWords(dut: Handle, memory: number): bigint
  variable(dut: Handle, scope: string, name: string, sizes: Float64Array): bigint | null
  coverage(dut: Handle, file: string): number
  eval(dut: Handle): number
  tick(dut: Handle, cycles: number): number
  run(
    dut: Handle,
    untilPort: number,
    untilStream: number,
    untilLevel: number,
    cycles: number,
    noProgressCycles: number,
    progressStream: number,
    sliceMs: number,
  ): number
  restartProgress(dut: Handle): void
  streamAdd(
    dut: Handle,
    input: number,
    valid: number,
    ready: number,
    fields: Int32Array,
    count: number,
  ): number
  streamDrive(dut: Handle, stream: number, driven: number): void
  streamStalls(dut: Handle, stream: number, probability: number, seed: number): void
  streamPattern(dut: Handle, stream: number, pattern: Uint8Array, count: number): void
  streamClock(dut: Handle, stream: number, clock: number): void
  streamLane(dut: Handle, stream: number, index: number, count: number): void
  streamRules(dut: Handle, stream: number, names: Uint8Array): void
  streamPush(dut: Handle, stream: number, bytes: Uint8Array, beats: number): void
  streamLevel(dut: Handle, stream: number): number
  streamBeats(dut: Handle, stream: number): number
  agentAdd(
    dut: Handle,
    kind: number,
    name: string,
    ports: Int32Array,
    names: Uint8Array,
    clock: number,
  ): number
  agentStalls(dut: Handle, agent: number, probability: number, seed: number): void
  axiMemory(dut: Handle, agent: number, bytes: Uint8Array, size: number, values: Float64Array): void
  axiCounts(dut: Handle, agent: number, counts: Float64Array): void
  axiIdle(dut: Handle, agent: number): number
  axiRecord(dut: Handle, agent: number): void
  axiPage(dut: Handle, agent: number, from: number): number
  axiWritten(dut: Handle, agent: number, word: number, cycles: Float64Array, count: number): void
  axiFaults(dut: Handle, agent: number, values: Float64Array, count: number): void
  transfer(dut: Handle, agent: number, writes: number, words: BigUint64Array, cycles: number): number
  streamTake(dut: Handle, stream: number, beats: number, bytes: Uint8Array, cycles: Float64Array): void
  trace(dut: Handle, file: string, fromCycle: number, toCycle: number): number
  snapshot(dut: Handle): number
  restore(dut: Handle): number
}

const declarations: Readonly<Record<keyof Bridge, string>> = {
  open: 'void *assay_open(const void *arguments, int32_t count, int32_t seed, int32_t random_reset, int32_t restartable)',
  close: 'void assay_close(void *dut)',
  state: 'void *assay_state(void *dut)',
  portData: 'void *assay_port_data(void *dut, uint32_t port)',
  message: 'const char *assay_message(void *dut)',
  file: 'const char *assay_file(void *dut)',
  output: 'const char *assay_output(void *dut)',
  opened: 'const char *assay_opened(void *dut)',
  clearOutput: 'void assay_clear_output(void *dut)',
  setClock: 'void assay_set_clock(void *dut, uint32_t port)',
  resetAdd: 'void assay_reset_add(void *dut, uint32_t port, int32_t active)',
  precision: 'int32_t assay_precision(void *dut)',
  setPeriod: 'void assay_set_period(void *dut, double low, double high)',
  clockAdd: 'void assay_clock_add(void *dut, uint32_t port, double period, double phase)',
  memoryAdd:
    'int32_t assay_memory_add(void *dut, const char *name, const void *ports, const void *words, double depth, int32_t word_bytes, int32_t clock)',
  memoryWords: 'void *assay_memory_words(void *dut, int32_t id)',
  variable: 'void *assay_variable(void *dut, const char *scope, const char *name, void *sizes)',
  coverage: 'int32_t assay_coverage(void *dut, const char *file)',
  eval: 'int32_t assay_eval(void *dut)',
  tick: 'int32_t assay_tick(void *dut, double cycles)',
  run: 'int32_t assay_run(void *dut, int32_t until_port, int32_t until_stream, double until_level, double cycles, double no_progress_cycles, int32_t progress_stream, double slice_ms)',
  restartProgress: 'void assay_restart_progress(void *dut)',
  streamAdd:
    'int32_t assay_stream_add(void *dut, int32_t input, int32_t valid, int32_t ready, const void *fields, int32_t count)',
  streamDrive: 'void assay_stream_drive(void *dut, int32_t id, int32_t driven)',
  streamStalls: 'void assay_stream_stalls(void *dut, int32_t id, double probability, double seed)',
  streamPattern: 'void assay_stream_pattern(void *dut, int32_t id, const void *pattern, int32_t count)',
  streamLane: 'void assay_stream_lane(void *dut, int32_t id, int32_t index, int32_t count)',
  streamClock: 'void assay_stream_clock(void *dut, int32_t id, int32_t clock)',
  streamRules: 'void assay_stream_rules(void *dut, int32_t id, const void *names)',
  streamPush: 'void assay_stream_push(void *dut, int32_t id, const void *bytes, double beats)',
  streamLevel: 'double assay_stream_level(void *dut, int32_t id)',
  streamBeats: 'double assay_stream_beats(void *dut, int32_t id)',
  streamTake: 'void assay_stream_take(void *dut, int32_t id, double beats, void *bytes, void *cycles)',
  agentAdd:
    'int32_t assay_agent_add(void *dut, int32_t kind, const char *name, const void *ports, const void *names, int32_t clock)',
  agentStalls: 'void assay_agent_stalls(void *dut, int32_t id, double probability, double seed)',
  axiMemory: 'void assay_axi_memory(void *dut, int32_t id, void *bytes, double size, const void *values)',
  axiCounts: 'void assay_axi_counts(void *dut, int32_t id, void *counts)',
  axiIdle: 'int32_t assay_axi_idle(void *dut, int32_t id)',
  axiRecord: 'void assay_axi_record(void *dut, int32_t id)',
  axiPage: 'double assay_axi_page(void *dut, int32_t id, double from)',
  axiWritten: 'void assay_axi_written(void *dut, int32_t id, double word, void *cycles, int32_t count)',
  axiFaults: 'void assay_axi_faults(void *dut, int32_t id, const void *values, int32_t count)',
  transfer: 'int32_t assay_transfer(void *dut, int32_t id, int32_t writes, void *words, double cycles)',
  trace: 'int32_t assay_trace(void *dut, const char *file, double from_cycle, double to_cycle)',
  snapshot: 'int32_t assay_snapshot(void *dut)',
  restore: 'int32_t assay_restore(void *dut)',
}

const loaded = new Map<string, Bridge>()

/** Opens a model's shared library, once a process: its functions serve any number of instances. */
export function loadBridge(library: string): Bridge {
  const known = loaded.get(library)
  if (known !== undefined) return known
  const handle = koffi.load(library)
  const functions = Object.entries(declarations).map(([name, text]) => [name, handle.func(text)])
  const bridge = Object.fromEntries(functions) as Bridge
  loaded.set(library, bridge)
  return bridge
}

/** Native memory as an ArrayBuffer. It must not be touched after the memory is gone. */
export function viewMemory(address: bigint, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes)
}

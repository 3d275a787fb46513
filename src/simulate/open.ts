import { defaultSeed, readEnvironment } from '../process/environment.ts'
import { type Clocks, clockIndex, resolveClocks, resolveResets } from './boundary/clocks.ts'
import { findStreams, resolveStreams } from './boundary/stream-ports.ts'
import type { BuiltModel } from './build/types.ts'
import { coverageFile } from './environment.ts'
import { type Instance, openInstance, Status } from './instance.ts'
import { type Memory, makeMemory } from './memories.ts'
import { checkMemory } from './memory-check.ts'
import { viewMemory } from './native.ts'
import { readOpenedFiles } from './opened-files.ts'
import type { PortValue } from './ports.ts'
import { makeStream } from './stream.ts'
import type {
  Deadline,
  Dut,
  LoosePorts,
  PackedBeats,
  RunOptions,
  RunResult,
  SimulateOptions,
  Stream,
} from './types.ts'

const sliceMs = 50
const forever = 2 ** 52

/**
 * Opens a built model in this process and takes it through reset: see `simulate`. `onClose` is told at which cycle it
 * was closed.
 *
 * @throws SimulationError when it fails in its initial blocks or in reset.
 */
export function openDut<Ports = LoosePorts>(
  built: BuiltModel,
  options: SimulateOptions,
  onClose?: (cycle: number) => void,
): Dut<Ports> {
  const { environment = readEnvironment(), plusargs = {}, randomiseUnknowns = false } = options
  const { seed = defaultSeed(environment) } = options
  const instance = openInstance(built, { plusargs, seed, randomReset: randomiseUnknowns })
  const coverage = built.coverage ? coverageFile(environment, built.key) : null
  instance.onClose = (cycle) => {
    if (coverage !== null) instance.bridge.coverage(instance.handle, coverage)
    onClose?.(cycle)
  }
  try {
    const clocks = resolveClocks(built.module, options)
    const memories = new Map(
      Object.entries(options.memories ?? {}).map(([name, mapping]) => [
        name,
        makeMemory(instance, name, mapping, clocks),
      ]),
    )
    start(instance, options, clocks)
    return makeDut<Ports>(instance, options, seed, clocks, memories)
  } catch (error) {
    instance.close()
    throw error
  }
}

/** First evaluation with the clocks low, then reset. */
function start(instance: Instance, options: SimulateOptions, clocks: Clocks): void {
  const { bridge, handle, built, ports } = instance
  if (clocks.kind === 'one') bridge.setClock(handle, instance.portIndex(clocks.port))
  if (clocks.kind === 'several') {
    for (const { port, period, phase } of clocks.clocks)
      bridge.clockAdd(handle, instance.portIndex(port), period, phase)
  }
  if (options.waveform !== undefined) {
    const { file, fromCycle = 0, toCycle = forever } = options.waveform
    instance.check(bridge.trace(handle, file, fromCycle, toCycle))
  }
  // Random values are for what the module holds; what drives it from outside begins with zero, as without them.
  if (options.randomiseUnknowns === true)
    for (const { name, direction, elements } of built.module.ports)
      if (direction === 'input') ports[name] = elements === null ? 0 : new Array<number>(elements).fill(0)
  const resets = resolveResets(built.module, options)
  // A reset that is there from the beginning has no edge, and what a gated clock drives resets at the edge only.
  for (const { port, active } of resets) ports[port] = 1 - active
  instance.check(bridge.eval(handle))
  for (const { port, active } of resets) ports[port] = active
  instance.check(bridge.eval(handle))
  if (resets.length === 0) return
  const cycles = Math.max(...resets.map((reset) => reset.cycles ?? 2))
  instance.check(bridge.tick(handle, cycles * slowness(clocks)))
  for (const { port, active } of resets) ports[port] = 1 - active
  instance.host.settle()
}

/** Cycles of the first clock in which every clock has risen. */
function slowness(clocks: Clocks): number {
  if (clocks.kind !== 'several') return 1
  const [first] = clocks.clocks
  return Math.max(...clocks.clocks.map(({ period, phase }) => Math.ceil((period + phase) / first!.period)))
}

function makeDut<Ports>(
  instance: Instance,
  options: SimulateOptions,
  seed: number,
  clocks: Clocks,
  memories: ReadonlyMap<string, Memory>,
): Dut<Ports> {
  const { bridge, handle, built, host, ports } = instance
  const { module } = built

  const runSlices = async (goal: {
    readonly untilPort?: number
    readonly untilStream?: number
    readonly level?: number
    readonly cycles: number
    readonly noProgressCycles?: number
    readonly progressStream?: number
    readonly onSlice?: () => void
  }): Promise<number> => {
    instance.assertOpen()
    bridge.restartProgress(handle)
    const end = instance.cycle() + goal.cycles
    for (;;) {
      host.dirty = false
      const status = bridge.run(
        handle,
        goal.untilPort ?? -1,
        goal.untilStream ?? -1,
        goal.level ?? 0,
        end - instance.cycle(),
        goal.noProgressCycles ?? forever,
        goal.progressStream ?? -1,
        sliceMs,
      )
      if (status !== Status.slice) return status
      goal.onSlice?.()
      await new Promise<void>((resolve) => setImmediate(resolve))
      instance.assertOpen()
    }
  }

  const described =
    options.streams === undefined ? findStreams(module) : resolveStreams(module, options.streams)
  const streams = new Map<string, Stream>()
  const received = new Map<string, PackedBeats>()
  const indices = new Map<string, number>()
  described.forEach((stream, index) => {
    const clock = clockIndex(clocks, stream.clock, `stream ${stream.name}`)
    streams.set(stream.name, makeStream(instance, stream, runSlices, seed, clock, received))
    indices.set(stream.name, index)
    if (options.stalls !== undefined) void streams.get(stream.name)!.stall(options.stalls)
  })
  const stream = (name: string): Stream => {
    const known = streams.get(name)
    if (known !== undefined) return known
    const names = [...streams.keys()].join(', ') || 'none'
    throw new Error(`Expected a stream of ${module.name}, got ${name}; its streams are ${names}`)
  }

  const memory = (name: string): Memory => {
    const known = memories.get(name)
    if (known !== undefined) return known
    const names = [...memories.keys()].join(', ') || 'none'
    throw new Error(`Expected a memory of ${module.name}, got ${name}; its memories are ${names}`)
  }

  const run = async (request: RunOptions): Promise<RunResult> => {
    const {
      until,
      withinCycles,
      noProgressCycles,
      progress,
      deadlineMs = Number.POSITIVE_INFINITY,
      onProgress,
    } = request
    const untilPort = instance.portIndex(until)
    if (module.ports[untilPort]!.width !== 1)
      throw new Error(`Expected a 1-bit port to wait for, got ${until}`)
    if (progress !== undefined) stream(progress)
    const isShown = (name: string) =>
      module.ports.some((port) => port.name === name && port.direction === 'output' && port.width <= 32)
    const watch =
      request.watch ??
      module.ports
        .map(({ name }) => name)
        .filter(isShown)
        .slice(0, 16)
    const from = instance.cycle()
    instance.runStart = from
    const started = performance.now()
    try {
      const status = await runSlices({
        untilPort,
        cycles: withinCycles,
        ...(noProgressCycles === undefined ? {} : { noProgressCycles }),
        ...(progress === undefined ? {} : { progressStream: indices.get(progress)! }),
        onSlice: () => {
          if (performance.now() - started > deadlineMs) {
            throw instance.fail('deadline', `expected ${until} within ${deadlineMs} ms`, watch)
          }
          onProgress?.({ cycle: instance.cycle() })
        },
      })
      if (status === Status.budget) {
        throw instance.fail('cycle-budget', `expected ${until} within ${withinCycles} cycles`, watch)
      }
      if (status === Status.noProgress) {
        const what = progress === undefined ? 'no stream moved a beat' : `${progress} moved no beat`
        throw instance.fail(
          'no-progress',
          `${what} for ${noProgressCycles} cycles while waiting for ${until}`,
          watch,
        )
      }
      instance.check(status)
    } finally {
      // What fails later is not of this run.
      instance.runStart = null
    }
    return {
      cycles: instance.cycle() - from,
      startCycle: from,
      seconds: (performance.now() - started) / 1000,
    }
  }

  const tick = (cycles = 1): void => {
    if (host.closed) host.refuse()
    // No cycle settles nothing.
    if (cycles > 0) host.dirty = false
    const status = bridge.tick(handle, cycles)
    if (status !== Status.done) instance.check(status)
  }

  const dut: Dut<Ports> = {
    module,
    ports: ports as Ports,
    seed,
    memory,
    readMemory: async (name) => memory(name).words(),
    get cycle() {
      return instance.cycle()
    },
    get finished() {
      return instance.finished()
    },
    tick,
    until: (condition, { withinCycles = 10_000 }: Deadline = {}) => {
      for (let cycles = 0; ; cycles++) {
        if (condition()) return cycles
        if (cycles >= withinCycles) {
          throw instance.fail(
            'cycle-budget',
            `expected the condition ${condition} within ${withinCycles} cycles`,
          )
        }
        tick()
      }
    },
    get in() {
      return stream('in')
    },
    get out() {
      return stream('out')
    },
    stream,
    run,
    read: async (...names) =>
      names.map((name) => ports[module.ports[instance.portIndex(name)]!.name] as PortValue),
    write: async (values) => {
      for (const [name, value] of Object.entries(values)) {
        instance.portIndex(name)
        ports[name] = value
      }
    },
    step: async (cycles = 1) => tick(cycles),
    variable: (scope, name) => {
      instance.assertOpen()
      const sizes = new Float64Array(2)
      const address = bridge.variable(handle, `TOP.${scope}`, name, sizes)
      if (address === null) return null
      return { bytes: new Uint8Array(viewMemory(address, sizes[0]!)), entryBytes: sizes[1]! }
    },
    checkMemory: async (check) => {
      const beats = received.get(check.stream)
      if (beats === undefined) throw new Error(`Expected beats of ${check.stream} to be received before`)
      return checkMemory(check, stream(check.stream), beats, dut.variable)
    },
    snapshot: () => {
      instance.assertOpen()
      if (host.dirty) host.settle()
      const status = bridge.snapshot(handle)
      instance.check(status)
      return status === Status.done
    },
    restore: () => {
      instance.assertOpen()
      host.dirty = false
      if (bridge.restore(handle) !== Status.done)
        throw new Error(`Expected a snapshot of ${module.name} to restore, there is none`)
    },
    takeOutput: async () => {
      instance.assertOpen()
      const output = bridge.output(handle)
      bridge.clearOutput(handle)
      return output
    },
    openedFiles: async () => {
      instance.assertOpen()
      return readOpenedFiles(bridge.opened(handle))
    },
    close: async () => instance.close(),
    [Symbol.asyncDispose]: async () => instance.close(),
  }
  return dut
}

/** Opens a built model in this process: powered up, with its clocks, streams and memories, and through its reset. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { defaultSeed, readEnvironment } from '../process/environment.ts'
import { type Clocks, clockIndex, clockOfPrefix, resolveClocks, resolveResets } from './boundary/clocks.ts'
import { isMapped, resolveStreams } from './boundary/stream-ports.ts'
import type { BuiltModel } from './build/types.ts'
import { attachBuses } from './buses.ts'
import { makeDut } from './dut.ts'
import { coverageFile } from './environment.ts'
import { type Instance, openInstance } from './instance.ts'
import { makeMemory } from './memories.ts'
import { modelLog } from './model-log.ts'
import { forever } from './run.ts'
import { type ModelStream, makeStream } from './stream.ts'
import { readPeriod, scaleClocks } from './timing.ts'
import { subtractToggles } from './toggles.ts'
import type { Dut, LoosePorts, SimulateOptions } from './types.ts'

/**
 * Opens a built model in this process and takes it through reset: see `simulate`. `onClose` is told at which cycle it
 * was closed. `restartable`: a snapshot will be asked for.
 *
 * @throws SimulationError when it fails in its initial blocks or in reset.
 */
export function openDut<Ports = LoosePorts>(
  built: BuiltModel,
  options: SimulateOptions,
  onClose?: (cycle: number) => void,
  restartable = false,
): Dut<Ports> {
  const { environment = readEnvironment(), plusargs = {}, randomiseUnknowns = false } = options
  const { seed = defaultSeed(environment) } = options
  const instance = openInstance(built, { plusargs, seed, randomReset: randomiseUnknowns, restartable })
  const coverage = built.coverage ? coverageFile(environment, built.key) : null
  const count = (file: string): string => {
    instance.bridge.coverage(instance.handle, file)
    return readFileSync(file, 'utf8')
  }
  // What fails before it has powered up has toggled nothing.
  let begin: string | null = null
  const open = modelLog()?.open
  open?.add(instance)
  instance.onClose = (cycle) => {
    open?.delete(instance)
    if (coverage !== null) {
      const counts = count(coverage)
      if (randomiseUnknowns) writeFileSync(coverage, subtractToggles(counts, begin ?? counts))
    }
    onClose?.(cycle)
  }
  try {
    const clocks = resolveClocks(built.module, options, built.timing)
    const memories = new Map(
      Object.entries(options.memories ?? {}).map(([name, mapping]) => [
        name,
        makeMemory(instance, name, mapping, clocks),
      ]),
    )
    start(instance, options, clocks, () => {
      if (coverage !== null && randomiseUnknowns) begin = count(coverage)
    })
    const streams = openStreams(instance, options, clocks, seed)
    const maps = { registers: new Map(), memoryBuses: new Map() }
    const dut = makeDut<Ports>({ instance, seed, streams, memories, clocks, ...maps })
    if (options.buses !== undefined) attachBuses(dut, options.buses)
    return dut
  } catch (error) {
    instance.close()
    throw error
  }
}

/** First evaluation with the clocks low, then reset, at whose end the model has powered up. */
function start(instance: Instance, options: SimulateOptions, given: Clocks, poweredUp: () => void): void {
  const { bridge, handle, built, ports } = instance
  const clocks = built.timing ? setPeriod(instance, options, given) : given
  if (clocks.kind === 'one') bridge.setClock(handle, instance.portIndex(clocks.port))
  if (clocks.kind === 'several') {
    for (const { port, period, phase } of clocks.clocks)
      bridge.clockAdd(handle, instance.portIndex(port), period, phase)
  }
  if (options.waveform !== undefined) {
    const { file, fromCycle = 0, toCycle = forever } = options.waveform
    // Verilator says nothing of a file that it cannot write.
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
    instance.check(bridge.trace(handle, file, fromCycle, toCycle))
  }
  // Random values are for what the module holds; what drives it from outside begins with zero, as without them.
  if (options.randomiseUnknowns === true)
    for (const { name, direction, elements } of built.module.ports)
      if (direction === 'input') ports[name] = elements === null ? 0 : new Array<number>(elements).fill(0)
  const resets = resolveResets(built.module, options)
  // A test that drives the reset itself resets, too.
  for (const { port, active } of options.reset === false
    ? resolveResets(built.module, { ...options, reset: undefined })
    : resets)
    bridge.resetAdd(handle, instance.portIndex(port), active)
  // A reset that is there from the beginning has no edge, and what a gated clock drives resets at the edge only.
  for (const { port, active } of resets) ports[port] = 1 - active
  instance.check(bridge.eval(handle))
  for (const { port, active } of resets) ports[port] = active
  instance.check(bridge.eval(handle))
  const cycles = Math.max(0, ...resets.map((reset) => reset.cycles ?? 2))
  instance.check(bridge.tick(handle, cycles * slowness(clocks)))
  poweredUp()
  if (resets.length === 0) return
  for (const { port, active } of resets) ports[port] = 1 - active
  instance.host.settle()
}

/** Clocks in the model's own time. The low part is the longer one of an odd period. */
function setPeriod({ bridge, handle }: Instance, { timing }: SimulateOptions, clocks: Clocks): Clocks {
  const period = readPeriod(timing, bridge.precision(handle))
  if (clocks.kind === 'several') return scaleClocks(clocks, period)
  const high = Math.floor(period / 2)
  bridge.setPeriod(handle, period - high, high)
  return clocks
}

/** Cycles of the first clock in which every clock has risen. */
function slowness(clocks: Clocks): number {
  if (clocks.kind !== 'several') return 1
  const [first] = clocks.clocks
  return Math.max(...clocks.clocks.map(({ period, phase }) => Math.ceil((period + phase) / first!.period)))
}

function openStreams(
  instance: Instance,
  { streams = {}, stalls }: SimulateOptions,
  clocks: Clocks,
  seed: number,
): ReadonlyMap<string, ModelStream> {
  return new Map(
    resolveStreams(instance.built.module, streams).map((ports) => {
      const own = ports.clock ?? (isMapped(streams[ports.name]) ? undefined : clockOfPrefix(clocks, ports))
      const clock = clockIndex(clocks, own, `stream ${ports.name}`)
      return [ports.name, makeStream(instance, ports, { clock, seed, stalls })]
    }),
  )
}

/** One running model behind the bridge, and the errors that say where it stood. */
import { wholePath } from '../process/whole-path.ts'
import type { ModuleInterface } from './boundary/module-interface.ts'
import { requireCpu } from './build/target.ts'
import type { BuiltModel } from './build/types.ts'
import { type Bridge, type Handle, loadBridge, viewMemory } from './native.ts'
import { makePorts, type PortHost, type PortValue } from './ports.ts'
import { SimulationError } from './simulation-error.ts'
import { describeUnknownPort } from './unknown-ports.ts'

/** Statuses of sim/bridge.cpp. */
export const Status = {
  done: 0,
  slice: 1,
  budget: 2,
  noProgress: 3,
  finish: 4,
  error: 5,
  memory: 6,
  unable: 7,
} as const

export interface InstanceOptions {
  readonly plusargs: Readonly<Record<string, string | number | true>>
  readonly seed: number
  readonly randomReset: boolean
  /** Whether a snapshot will be asked for. */
  readonly restartable: boolean
}

/** One running model: the bridge's functions bound to it, its ports, and errors that say where it stood. */
export interface Instance {
  readonly built: BuiltModel
  readonly bridge: Bridge
  readonly handle: Handle
  readonly ports: Record<string, PortValue>
  readonly host: PortHost
  cycle(): number
  /** The cycle at which the run under way began; null outside of one. */
  runStart: number | null
  finished(): boolean
  /** Throws what a status means, if it means failure. */
  check(status: number): void
  fail(kind: SimulationError['kind'], message: string, watch?: readonly string[]): SimulationError
  portIndex(name: string): number
  assertOpen(): void
  /** What the model works on, in the memory of this process: kept alive with it. */
  readonly kept: object[]
  /** Called with the cycle at which it is closed, while the model is still there. */
  onClose: ((cycle: number) => void) | null
  close(): void
}

/** What the bridge keeps of an instance's state, by its place in memory. */
const At = { cycle: 0, finished: 2, line: 4, violation: 5 } as const
const stateBytes = 48

/**
 * Opens an instance, before any evaluation.
 *
 * @throws ToolError if the model was compiled for another CPU.
 */
export function openInstance(built: BuiltModel, options: InstanceOptions): Instance {
  const { module } = built
  requireCpu(built)
  const bridge = loadBridge(built.library)
  const handle = construct(bridge, options)
  if (handle === null) throw new Error(`Expected the model of ${module.name} to open, its constructor failed`)
  const state = new Float64Array(viewMemory(bridge.state(handle), stateBytes))
  const host: PortHost = {
    closed: false,
    dirty: false,
    settle: () => {
      host.dirty = false
      instance.check(bridge.eval(handle))
    },
    refuse: () => {
      const what = `${module.name}: the model is closed`
      throw new SimulationError(what, { kind: 'closed', top: module.name, cycle: 0 })
    },
  }
  const addresses = module.ports.map((_, index) => bridge.portData(handle, index))
  const instance: Instance = {
    built,
    bridge,
    handle,
    host,
    ports: makePorts(module, addresses, host),
    runStart: null,
    kept: [],
    onClose: null,
    cycle: () => (host.closed ? host.refuse() : state[At.cycle]!),
    finished: () => (host.closed ? host.refuse() : state[At.finished] !== 0),
    check: (status) => {
      if (status !== Status.done && status !== Status.slice) throwFailure(instance, status, state)
    },
    fail: (kind, message, watch = []) => describeFailure(instance, state[At.cycle]!, kind, message, watch),
    portIndex: (name) => indexOfPort(module, name),
    assertOpen: () => {
      if (host.closed) host.refuse()
    },
    close: () => {
      if (host.closed) return
      instance.onClose?.(state[At.cycle]!)
      host.closed = true
      bridge.close(handle)
    },
  }
  return instance
}

function construct(
  bridge: Bridge,
  { plusargs, seed, randomReset, restartable }: InstanceOptions,
): Handle | null {
  const args = Object.entries(plusargs).map(([name, value]) =>
    value === true ? `+${name}` : `+${name}=${value}`,
  )
  const packed = Buffer.from(args.map((text) => `${text}\0`).join('') || '\0')
  return bridge.open(packed, args.length, seed | 0, randomReset ? 2 : 0, restartable ? 1 : 0)
}

function indexOfPort(module: ModuleInterface, name: string): number {
  const index = module.ports.findIndex((port) => port.name === name)
  if (index >= 0) return index
  throw new TypeError(describeUnknownPort(module, name))
}

/** A status that leaves what was waited for open (`budget`, `noProgress`, `unable`) is the caller's to tell. */
function throwFailure(instance: Instance, status: number, state: Float64Array): void {
  const { bridge, handle, built } = instance
  const line = state[At.line]!
  if (status === Status.error && state[At.violation] !== 0)
    throw instance.fail('protocol', bridge.message(handle))
  if (status === Status.error) throw readFailure(instance, state[At.cycle]!, line)
  if (status === Status.memory)
    throw instance.fail('memory', 'recorded streams grew over 2 GiB: receive them more often')
  if (status === Status.finish) {
    const place = `${wholePath(bridge.file(handle), pathsOf(built))}:${line}`
    throw instance.fail(
      'finished',
      `the model had ended by $finish at ${place} while it was still waited for`,
    )
  }
}

const pathsOf = ({ inputs }: BuiltModel): readonly string[] => inputs.map(({ path }) => path)

/** @param watch ports whose values the message shows. */
function describeFailure(
  { built, bridge, handle, ports, runStart }: Instance,
  cycle: number,
  kind: SimulationError['kind'],
  message: string,
  watch: readonly string[],
): SimulationError {
  const { name } = built.module
  const watched = Object.fromEntries(watch.map((port) => [port, ports[port]]))
  const values = Object.entries(watched).map(([port, value]) => `${port} = ${value}`)
  const where = values.length === 0 ? '' : `\n  there: ${values.join(', ')}`
  return new SimulationError(`${name}, cycle ${cycle}: ${message}${where}`, {
    kind,
    top: name,
    cycle,
    startCycle: runStart,
    watched,
    output: bridge.output(handle),
  })
}

/** Turns a failure inside the model into an error that names the RTL's file and line and what the model printed last. */
function readFailure(
  { bridge, handle, built, runStart }: Instance,
  cycle: number,
  line: number,
): SimulationError {
  const file = wholePath(bridge.file(handle), pathsOf(built))
  const output = bridge.output(handle)
  const printed = output.split('\n').findLast((text) => /%(Error|Fatal|Warning): /.test(text))
  const text = printed?.replace(/^.*%(Error|Fatal|Warning): (\S+:\d+: )?(Assertion failed in )?/, '')
  const message = bridge.message(handle) || text || '$stop'
  const kind = /converge/i.test(message) ? 'no-convergence' : message === '$stop' ? 'stop' : 'assertion'
  const place = file === '' ? '' : line > 0 ? `${file}:${line}: ` : `${file}: `
  return new SimulationError(`${place}${message} (${built.top}, cycle ${cycle})`, {
    kind,
    top: built.top,
    cycle,
    startCycle: runStart,
    file: file === '' ? null : file,
    line: line > 0 ? line : null,
    output,
  })
}

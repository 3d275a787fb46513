import { wholePath } from '../process/whole-path.ts'
import type { BuiltModel } from './build/types.ts'
import { type Bridge, type Handle, loadBridge, viewMemory } from './native.ts'
import { makePorts, type PortHost, type PortValue } from './ports.ts'
import { SimulationError } from './simulation-error.ts'

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
  /** Called with the cycle at which it is closed, while the model is still there. */
  onClose: ((cycle: number) => void) | null
  close(): void
}

/** Opens an instance, before any evaluation. */
export function openInstance(built: BuiltModel, options: InstanceOptions): Instance {
  const { module } = built
  const bridge = loadBridge(built.library)
  const args = Object.entries(options.plusargs).map(([name, value]) =>
    value === true ? `+${name}` : `+${name}=${value}`,
  )
  const packed = Buffer.from(args.map((text) => `${text}\0`).join('') || '\0')
  const handle = bridge.open(packed, args.length, options.seed | 0, options.randomReset ? 2 : 0)
  if (handle === null) throw new Error(`Expected the model of ${module.name} to open, its constructor failed`)
  const state = new Float64Array(viewMemory(bridge.state(handle), 40))
  let dead: string | null = null

  const instance: Instance = {
    built,
    bridge,
    handle,
    ports: {},
    host: {
      closed: false,
      dirty: false,
      settle: () => {
        instance.host.dirty = false
        instance.check(bridge.eval(handle))
      },
      refuse: () => {
        throw new SimulationError(`${module.name}: ${dead ?? 'the model is closed'}`, {
          kind: 'closed',
          top: module.name,
          cycle: 0,
        })
      },
    },
    cycle: () => (instance.host.closed ? instance.host.refuse() : state[0]!),
    finished: () => (instance.host.closed ? instance.host.refuse() : state[2] !== 0),
    check: (status) => {
      if (status === Status.done || status === Status.slice) return
      if (status === Status.error) throw readFailure(instance, state[4]!)
      if (status === Status.memory)
        throw instance.fail('memory', 'recorded streams grew over 2 GiB: receive them more often')
      if (status === Status.finish) {
        const files = built.inputs.map(({ path }) => path)
        const place = `${wholePath(bridge.file(handle), files)}:${state[4]}`
        throw instance.fail(
          'finished',
          `the model had ended by $finish at ${place} while it was still waited for`,
        )
      }
    },
    fail: (kind, message, watch = []) => {
      const watched = Object.fromEntries(watch.map((name) => [name, instance.ports[name]]))
      const values = Object.entries(watched).map(([name, value]) => `${name} = ${value}`)
      const where = values.length === 0 ? '' : `\n  there: ${values.join(', ')}`
      return new SimulationError(`${module.name}, cycle ${state[0]}: ${message}${where}`, {
        kind,
        top: module.name,
        cycle: state[0]!,
        startCycle: instance.runStart,
        watched,
        output: bridge.output(handle),
      })
    },
    portIndex: (name) => {
      const index = module.ports.findIndex((port) => port.name === name)
      if (index >= 0) return index
      const known = module.ports.map((port) => port.name).join(', ')
      throw new Error(`Expected a port of ${module.name}, got ${name}; its ports are ${known}`)
    },
    assertOpen: () => {
      if (instance.host.closed) instance.host.refuse()
    },
    runStart: null,
    onClose: null,
    close: () => {
      if (instance.host.closed) return
      instance.onClose?.(state[0]!)
      instance.host.closed = true
      dead = 'the model is closed'
      bridge.close(handle)
    },
  }
  const addresses = module.ports.map((_, index) => bridge.portData(handle, index))
  return Object.assign(instance, { ports: makePorts(module.ports, addresses, instance.host) })
}

/** Turns a failure inside the model into an error that names the RTL's file and line and what the model printed last. */
function readFailure({ bridge, handle, built, runStart }: Instance, line: number): SimulationError {
  const files = built.inputs.map(({ path }) => path)
  const file = wholePath(bridge.file(handle), files)
  const output = bridge.output(handle)
  const printed = output.split('\n').findLast((text) => /%(Error|Fatal|Warning): /.test(text))
  const text = printed?.replace(/^.*%(Error|Fatal|Warning): (\S+:\d+: )?(Assertion failed in )?/, '')
  const message = bridge.message(handle) || text || '$stop'
  const kind = /converge/i.test(message) ? 'no-convergence' : message === '$stop' ? 'stop' : 'assertion'
  const place = file === '' ? '' : line > 0 ? `${file}:${line}: ` : `${file}: `
  const state = new Float64Array(viewMemory(bridge.state(handle), 8))
  return new SimulationError(`${place}${message} (${built.top}, cycle ${state[0]})`, {
    kind,
    top: built.top,
    cycle: state[0]!,
    startCycle: runStart,
    file: file === '' ? null : file,
    line: line > 0 ? line : null,
    output,
  })
}

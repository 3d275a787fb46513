/** A model in this process, as a test sees it: its ports, its clock, its streams and memories. */
import '../process/disposal.ts'
import type { Clocks } from './boundary/clocks.ts'
import type { MemoryBus, Registers } from './bus-types.ts'
import { findNamed } from './find-named.ts'
import { type Instance, Status } from './instance.ts'
import type { Memory } from './memories.ts'
import { checkMemory, noWords, type SeenWords } from './memory-check.ts'
import { viewMemory } from './native.ts'
import { isKnown, readOpenedFiles } from './opened-files.ts'
import type { PortValue } from './ports.ts'
import { runUntil } from './run.ts'
import type { ModelStream } from './stream.ts'
import type { Deadline, Dut, MemoryCheck, MemoryVerdict, ModelVariable, PortValues } from './types.ts'

/** What an instance is opened with. */
export interface Model {
  readonly instance: Instance
  /** Of `$random` and of stalls. */
  readonly seed: number
  readonly streams: ReadonlyMap<string, ModelStream>
  readonly memories: ReadonlyMap<string, Memory>
  readonly clocks: Clocks
  /** Of `buses`, which are attached when the model is open. */
  readonly registers: Map<string, Registers>
  readonly memoryBuses: Map<string, MemoryBus>
}

/** What a test's model is made of, for the buses that it adds. */
const models = new WeakMap<object, Model>()

/** @throws TypeError for what is no model in this process */
export function modelOf(dut: object): Model {
  const model = models.get(dut)
  if (model !== undefined) return model
  throw new TypeError('Expected a model of `simulate`, in this process; `simulateInChild` has no buses')
}

export function makeDut<Ports>(model: Model): Dut<Ports> {
  const { instance, seed } = model
  const { module } = instance.built
  const stream = (name: string): ModelStream => findNamed(model.streams, name, 'stream', module.name)
  const memory = (name: string): Memory => findNamed(model.memories, name, 'memory', module.name)
  const variables = keepFound((scope: string, name: string) => findVariable(instance, scope, name))
  const seen = noWords()
  const openedFiles = keepLast(readOpenedFiles, (files) => files.every(isKnown))
  const dut: Dut<Ports> = {
    module,
    seed,
    ports: instance.ports as Ports,
    get cycle() {
      return instance.cycle()
    },
    get finished() {
      return instance.finished()
    },
    get in() {
      return stream('in')
    },
    get out() {
      return stream('out')
    },
    stream,
    registers: (name) => findNamed(model.registers, name, 'bus of registers', module.name),
    memoryBus: (name) => findNamed(model.memoryBuses, name, 'bus of memory', module.name),
    memory,
    tick: (cycles) => tick(instance, cycles),
    until: (condition, deadline) => tickUntil(instance, condition, deadline),
    run: (request) => runUntil(instance, request, (name) => stream(name).id),
    read: async (...names) => names.map((name) => readPort(instance, name)),
    write: async (values) => writePorts(instance, values),
    step: async (cycles) => tick(instance, cycles),
    readCycle: async () => instance.cycle(),
    readMemory: async (name) => memory(name).words(),
    variable: (scope, name) => {
      instance.assertOpen()
      return variables(scope, name)
    },
    checkMemory: async (check) => {
      instance.assertOpen()
      return checkReceived(stream(check.stream), check, variables, seen)
    },
    snapshot: () => takeSnapshot(instance),
    restore: () => restoreSnapshot(instance),
    takeOutput: async () => takeOutput(instance),
    openedFiles: async () => {
      instance.assertOpen()
      return openedFiles(instance.bridge.opened(instance.handle))
    },
    close: async () => instance.close(),
    [Symbol.asyncDispose]: async () => instance.close(),
  }
  models.set(dut, model)
  return dut
}

function tick({ bridge, handle, host, check }: Instance, cycles = 1): void {
  if (host.closed) host.refuse()
  // No cycle settles nothing.
  if (cycles > 0) host.dirty = false
  const status = bridge.tick(handle, cycles)
  if (status !== Status.done) check(status)
}

function tickUntil(
  instance: Instance,
  condition: () => boolean,
  { withinCycles = 10_000 }: Deadline = {},
): number {
  for (let cycles = 0; ; cycles++) {
    if (condition()) return cycles
    if (cycles >= withinCycles)
      throw instance.fail('cycle-budget', `expected the condition ${condition} within ${withinCycles} cycles`)
    tick(instance)
  }
}

/** @throws Error for a name that is no port. */
const readPort = (instance: Instance, name: string): PortValue => {
  instance.portIndex(name)
  return instance.ports[name]!
}

function writePorts(instance: Instance, values: PortValues): void {
  for (const [name, value] of Object.entries(values)) {
    instance.portIndex(name)
    instance.ports[name] = value
  }
}

function findVariable(instance: Instance, scope: string, name: string): ModelVariable | null {
  instance.assertOpen()
  const sizes = new Float64Array(2)
  const address = instance.bridge.variable(instance.handle, `TOP.${scope}`, name, sizes)
  if (address === null) return null
  return { bytes: new Uint8Array(viewMemory(address, sizes[0]!)), entryBytes: sizes[1]! }
}

type FindVariable = (scope: string, name: string) => ModelVariable | null

/** A variable stays where it is as long as its model: each view of a large memory would cost the collector of garbage much. */
function keepFound(find: FindVariable): FindVariable {
  const found = new Map<string, ModelVariable | null>()
  return (scope, name) => {
    const key = `${scope} ${name}`
    const known = found.get(key)
    if (known !== undefined) return known
    const variable = find(scope, name)
    found.set(key, variable)
    return variable
  }
}

/** What a model had opened does not change until it opens more. @param isSure whether a value need not be read again. */
function keepLast<Value>(
  read: (text: string) => Promise<Value>,
  isSure: (value: Value) => boolean,
): (text: string) => Promise<Value> {
  let last: { readonly text: string; readonly value: Value } | null = null
  return async (text) => {
    if (last?.text === text) return last.value
    const value = await read(text)
    last = isSure(value) ? { text, value } : null
    return value
  }
}

function checkReceived(
  stream: ModelStream,
  check: MemoryCheck,
  find: FindVariable,
  seen: SeenWords,
): MemoryVerdict | null {
  if (stream.received === null) throw new Error(`Expected beats of ${check.stream} to be received before`)
  return checkMemory(check, stream, stream.received, find, seen)
}

function takeSnapshot(instance: Instance): boolean {
  instance.assertOpen()
  if (instance.host.dirty) instance.host.settle()
  const status = instance.bridge.snapshot(instance.handle)
  instance.check(status)
  return status === Status.done
}

function restoreSnapshot({ bridge, handle, host, built, assertOpen }: Instance): void {
  assertOpen()
  host.dirty = false
  if (bridge.restore(handle) !== Status.done)
    throw new Error(`Expected a snapshot of ${built.module.name} to restore, there is none`)
}

function takeOutput({ bridge, handle, assertOpen }: Instance): string {
  assertOpen()
  const output = bridge.output(handle)
  bridge.clearOutput(handle)
  return output
}

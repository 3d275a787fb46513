/** A child process with a model: it opens the model and answers one call at a time. */
import { serveParent } from '../process/serve-parent.ts'
import { openDut } from './open.ts'
import type { Call, Moment } from './protocol.ts'
import type { Dut, SimulateOptions } from './types.ts'

let dut: Dut | undefined
let opened: Extract<Call, { readonly method: 'open' }> | undefined
/** Whether a snapshot keeps how the model was opened. */
let isKept = false

function open(call: Extract<Call, { readonly method: 'open' }>): void {
  opened = call
  dut = openDut(call.built, call.options, undefined, call.restartable)
  isKept = call.restartable && dut.snapshot()
}

/** What is another than when the model was opened. */
export type Reopening = Pick<SimulateOptions, 'plusargs' | 'seed'>

/** A model without snapshots is opened anew, and so is one with other plusargs or another seed. */
async function restart(others: Reopening = {}): Promise<void> {
  const given = Object.entries(others).filter(([, value]) => value !== undefined)
  if (isKept && given.length === 0) return dut!.restore()
  await dut!.close()
  open({ ...opened!, options: { ...opened!.options, ...Object.fromEntries(given) } })
}

/** The model of this process. */
export interface ServedDut {
  /** As it is now: a restart may open it anew. */
  current(): Dut
  /** Whether a snapshot holds all of its state, so that nothing of one run is left in the next. */
  isKept(): boolean
  restart(others?: Reopening): Promise<void>
}

/** What a program does with its model besides the calls of every model. @param note says something while it goes on. */
export type Ask = (body: unknown, model: ServedDut, note: Note) => Promise<unknown>
type Note = (value: Moment) => void

const served: ServedDut = { current: () => dut!, isKept: () => isKept, restart }

async function answer(call: Call, note: Note, ask: Ask): Promise<unknown> {
  if (call.method === 'open') return open(call)
  if (dut === undefined) throw new Error(`Expected open to be the first call, got ${call.method}`)
  switch (call.method) {
    case 'ask':
      return ask(call.body, served, note)
    case 'read':
      return dut.read(...call.names)
    case 'write':
      return dut.write(call.values)
    case 'step':
      return dut.step(call.cycles)
    case 'run':
      return dut.run({ ...call.options, onProgress: note })
    case 'checkMemory':
      return dut.checkMemory(call.check)
    case 'restart':
      return restart(call.others)
    case 'takeOutput':
      return dut.takeOutput()
    case 'readCycle':
      return dut.readCycle()
    case 'readRegister':
      return dut.registers(call.bus).readWide(call.address)
    case 'writeRegister':
      return dut.registers(call.bus).write(call.address, call.value, call.strobes)
    case 'poll':
      return dut.registers(call.bus).poll(call.address, call.condition, call.deadline)
    case 'readBytes':
      return dut.memoryBus(call.bus).read(call.from, call.to)
    case 'writeBytes':
      return dut.memoryBus(call.bus).write(call.address, call.bytes)
    case 'memoryCounts':
      return dut.memoryBus(call.bus).counts()
    case 'writeCycles':
      return dut.memoryBus(call.bus).writeCycles(call.from, call.to)
    case 'memorySize':
      return dut.memoryBus(call.bus).size()
    case 'writtenPages':
      return dut.memoryBus(call.bus).writtenPages()
    case 'isIdle':
      return dut.memoryBus(call.bus).idle()
    case 'openedFiles':
      return dut.openedFiles()
    case 'readMemory':
      return dut.readMemory(call.name)
    case 'close':
      return dut.close()
    case 'send':
      return dut.stream(call.stream).send(call.beats)
    case 'sendPacked':
      return dut.stream(call.stream).sendPacked(call.data)
    case 'flush':
      return dut.stream(call.stream).flush({ ...call.deadline, onProgress: note })
    case 'receivePacked':
      return dut
        .stream(call.stream)
        .receivePacked(call.count ?? undefined, { ...call.deadline, onProgress: note })
    case 'stall':
      return dut.stream(call.stream).stall(call.stalls)
  }
}

/** Serves the calls of `simulateInChild`, and those of the program's own. */
export function serveDut(ask: Ask): void {
  serveParent<Call>((call, note) => answer(call, note, ask))
}

/** Drives a requantiser with accumulators, one after the other, and reads what it makes of them. */
import { InputError } from '../../input/input-error.ts'
import type { PortBits, ProbePorts, Setting } from '../../operator/probe-ports.ts'
import { formatCount } from '../../report/table.ts'
import type { Dut, PortValue } from '../../simulate/index.ts'
import type { Beat } from './stimulus.ts'

/** How long to wait for a module. */
export interface ProbeTiming {
  /** Cycles for which an accumulator stands before its code is read, where no port says that it is there. */
  readonly latency: number
  /** Cycles in which a port has to say that a code is there. */
  readonly withinCycles: number
}

/** What the child process of a module is asked. */
export interface DriveRequest {
  readonly ports: ProbePorts
  readonly timing: ProbeTiming
  readonly beats: readonly Beat[]
}

/** A model in this process, whose ports are read and written in place. */
interface Driven {
  readonly dut: Dut<Record<string, PortValue>>
  readonly ports: ProbePorts
  readonly timing: ProbeTiming
  /** Accumulators before this one. */
  index: number
  /** `done` stays 1 until the next accumulator comes. */
  staysDone: boolean
}

/**
 * @returns the bits of each code, unsigned
 * @throws InputError for a module that does not take an accumulator, or gives no code, in time; SimulationError for one that fails
 */
export function driveBeats(
  dut: Dut<Record<string, PortValue>>,
  ports: ProbePorts,
  timing: ProbeTiming,
  beats: readonly Beat[],
): readonly bigint[] {
  Object.assign(dut.ports, ports.held)
  const driven: Driven = { dut, ports, timing, index: 0, staysDone: false }
  return beats.map((beat) => {
    writeInputs(dut, ports, beat)
    setValid(driven, 1)
    const code = ports.done === null ? readSettled(driven) : readWhenDone(driven, ports.done)
    driven.index++
    return bitsOf(ports.code, code)
  })
}

function setValid({ dut, ports }: Driven, value: 0 | 1): void {
  if (ports.valid !== null) dut.ports[ports.valid] = value
}

/** All inputs of a beat: several settings may be bits of one port. */
function writeInputs(dut: Driven['dut'], ports: ProbePorts, { acc, by }: Beat): void {
  const bits = new Map<string, bigint>()
  const put = (setting: Setting | null, value: bigint): void => {
    if (setting === null || !('name' in setting)) return
    const own = BigInt.asUintN(setting.width, value) << BigInt(setting.low)
    bits.set(setting.name, (bits.get(setting.name) ?? 0n) | own)
  }
  put(ports.acc, acc)
  put(ports.multiplier, BigInt(by.multiplier))
  put(ports.shift, BigInt(by.shift))
  put(ports.zeroPoint, BigInt(by.zeroPoint))
  put(ports.scale, BigInt(new Uint32Array(Float32Array.of(by.scale).buffer)[0]!))
  for (const [name, value] of bits) {
    const { width, signed } = dut.module.ports.find((each) => each.name === name)!
    const whole = signed ? BigInt.asIntN(width, value) : value
    dut.ports[name] = width <= 53 ? Number(whole) : whole
  }
}

const bitsOf = ({ width, low }: PortBits, value: PortValue): bigint =>
  BigInt.asUintN(width, BigInt(value as number | bigint) >> BigInt(low))

function readSettled(driven: Driven): PortValue {
  const { dut, ports, timing } = driven
  waitUntilReady(driven)
  dut.tick(timing.latency)
  const code = dut.ports[ports.code.name]!
  if (ports.valid !== null) {
    // A module may wait for the edge.
    setValid(driven, 0)
    dut.tick()
  }
  return code
}

/** With a port that says when the code is there: in the same cycle, or in a later one. */
function readWhenDone(driven: Driven, done: string): PortValue {
  const { dut, ports, timing } = driven
  const isDone = (): boolean => Number(dut.ports[done]) === 1
  waitUntilReady(driven)
  const now = isDone() && !driven.staysDone ? dut.ports[ports.code.name]! : null
  dut.tick()
  setValid(driven, 0)
  for (let cycle = 0; now === null && !isDone(); cycle++) {
    if (cycle === timing.withinCycles) throw refuseSilent(driven, done)
    dut.tick()
  }
  const code = now ?? dut.ports[ports.code.name]!
  if (!driven.staysDone) driven.staysDone = !endBeat(dut, isDone)
  return code
}

function refuseSilent({ dut, ports, timing, index }: Driven, done: string): InputError {
  const which = index === 0 ? 'the first accumulator' : `accumulator ${formatCount(index + 1)}`
  return new InputError(
    `${dut.module.name} does not answer: ${done} stayed 0 for ${formatCount(timing.withinCycles)} cycles after ${which}`,
    '--done',
    `${ports.valid === null ? 'No input says that there is one: name it with --valid.' : `${ports.valid} said that there is one.`} Name another port, give more --within-cycles, or let --latency say when the code is there.`,
  )
}

function waitUntilReady({ dut, ports, timing, index }: Driven): void {
  const { ready } = ports
  if (ready === null) return
  for (let cycle = 0; Number(dut.ports[ready]) !== 1; cycle++) {
    if (cycle === timing.withinCycles)
      throw new InputError(
        `${dut.module.name} takes nothing: ${ready} stayed 0 for ${formatCount(timing.withinCycles)} cycles before accumulator ${formatCount(index + 1)}`,
        '--ready',
        'Name the right port, or give more --within-cycles.',
      )
    dut.tick()
  }
}

/** Lets the module go on until it says no more that there is a code. @returns false if it still does after some cycles */
function endBeat(dut: Driven['dut'], isDone: () => boolean): boolean {
  for (let cycle = 0; cycle < 4; cycle++) {
    dut.tick()
    if (!isDone()) return true
  }
  return false
}

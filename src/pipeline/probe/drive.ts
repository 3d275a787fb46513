/** Drives a requantiser with accumulators, one after the other, and reads what it makes of them. */
import { InputError } from '../../input/input-error.ts'
import type { PortBits, ProbePorts, Setting } from '../../operator/probe-ports.ts'
import type { ChildDut, PortValue } from '../../simulate/index.ts'
import type { Beat } from './stimulus.ts'

/** How long to wait for a module. */
export interface ProbeTiming {
  /** Cycles for which an accumulator stands before its code is read, where no port says that it is there. */
  readonly latency: number
  /** Cycles in which a port has to say that a code is there. */
  readonly withinCycles: number
}

/**
 * @returns the bits of each code, unsigned
 * @throws InputError for a module that does not take an accumulator, or gives no code, in time; SimulationError for one that fails
 */
export async function driveBeats(
  dut: ChildDut,
  ports: ProbePorts,
  timing: ProbeTiming,
  beats: readonly Beat[],
  onProgress: (done: number) => void,
): Promise<readonly bigint[]> {
  await dut.write(ports.held)
  const codes: bigint[] = []
  const state: DoneState = { staysUp: false }
  for (const [index, beat] of beats.entries()) {
    await dut.write({ ...inputsOf(dut, ports, beat), ...flag(ports.valid, 1) })
    const [code] =
      ports.done === null
        ? await readSettled(dut, ports, timing, index)
        : await readWhenDone(dut, ports, ports.done, timing, index, state)
    codes.push(bitsOf(ports.code, code!))
    if (index % 256 === 0) onProgress(index / beats.length)
  }
  return codes
}

interface DoneState {
  /** The port says that a code is there until the next accumulator comes. */
  staysUp: boolean
}

const flag = (port: string | null, value: number): Record<string, number> =>
  port === null ? {} : { [port]: value }

/** All inputs of a beat by port: several settings may be bits of one. */
function inputsOf(dut: ChildDut, ports: ProbePorts, { acc, by }: Beat): Record<string, number | bigint> {
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
  put(ports.scale, BigInt(floatBits(by.scale)))
  return Object.fromEntries(
    [...bits].map(([name, value]) => {
      const port = dut.module.ports.find((each) => each.name === name)!
      const whole = port.signed ? BigInt.asIntN(port.width, value) : value
      return [name, port.width <= 53 ? Number(whole) : whole]
    }),
  )
}

const floatBits = (scale: number): number => new Uint32Array(Float32Array.of(scale).buffer)[0]!

const bitsOf = ({ width, low }: PortBits, value: PortValue): bigint =>
  BigInt.asUintN(width, BigInt(value as number | bigint) >> BigInt(low))

async function readSettled(
  dut: ChildDut,
  { code, valid, ready }: ProbePorts,
  timing: ProbeTiming,
  index: number,
): Promise<readonly PortValue[]> {
  if (ready !== null) await waitFor(dut, ready, timing, index)
  await dut.step(timing.latency)
  const values = await dut.read(code.name)
  if (valid !== null) {
    // A module may wait for the edge.
    await dut.write({ [valid]: 0 })
    await dut.step()
  }
  return values
}

/** With a port that says when the code is there: in the same cycle, or in a later one. */
async function readWhenDone(
  dut: ChildDut,
  { code, valid, ready, acc }: ProbePorts,
  done: string,
  timing: ProbeTiming,
  index: number,
  state: DoneState,
): Promise<readonly PortValue[]> {
  if (ready !== null) await waitFor(dut, ready, timing, index)
  const [isDone, now] = await dut.read(done, code.name)
  if (Number(isDone) === 1 && !state.staysUp) {
    await dut.step()
    await endBeat(dut, valid, done, state)
    return [now!]
  }
  await dut.step()
  await dut.write(flag(valid, 0))
  for (let cycle = 1; cycle <= timing.withinCycles; cycle++) {
    const [is, value] = await dut.read(done, code.name)
    if (Number(is) === 1) {
      await endBeat(dut, valid, done, state)
      return [value!]
    }
    await dut.step()
  }
  const after = index === 0 ? 'its first accumulator' : `accumulator ${index + 1}`
  throw new InputError(
    `${dut.module.name} does not answer: ${done} stayed 0 for ${timing.withinCycles} cycles after ${after}${valid === null ? '' : `, which ${valid} offered at ${acc.name}`}`,
    '--done',
    'Name the right ports, or give more --within-cycles; --latency reads the code after so many cycles instead.',
  )
}

async function waitFor(
  dut: ChildDut,
  ready: string,
  { withinCycles }: ProbeTiming,
  index: number,
): Promise<void> {
  for (let cycle = 0; cycle < withinCycles; cycle++) {
    const [is] = await dut.read(ready)
    if (Number(is) === 1) return
    await dut.step()
  }
  throw new InputError(
    `${dut.module.name} takes nothing: ${ready} stayed 0 for ${withinCycles} cycles before accumulator ${index + 1}`,
    '--ready',
    'Name the right port, or give more --within-cycles.',
  )
}

/** The code is read: the module is left until it says no more that there is one, for as many cycles as a short pipeline has. */
async function endBeat(dut: ChildDut, valid: string | null, done: string, state: DoneState): Promise<void> {
  await dut.write(flag(valid, 0))
  if (state.staysUp) return
  for (let cycle = 0; cycle < 4; cycle++) {
    await dut.step()
    const [is] = await dut.read(done)
    if (Number(is) === 0) return
  }
  state.staysUp = true
}

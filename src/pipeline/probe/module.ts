/** The user's requantiser as a model that can be driven. */
import { InputError } from '../../input/input-error.ts'
import { ToolError } from '../../input/tool-error.ts'
import type { ProbePorts } from '../../operator/probe-ports.ts'
import {
  type BuildOptions,
  type ChildDut,
  findStreams,
  type ModuleInterface,
  simulateInChild,
} from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { Progress } from '../files/progress.ts'
import { driveBeats } from './drive.ts'
import type { Answer } from './run.ts'

/** A cycle that takes longer does not end. */
const MOST_MS = 20_000
/** Cycles for which an accumulator stands where nothing says when its code is there: more than a pipeline has. */
const USUAL_LATENCY = 16

export interface ModuleOptions {
  readonly build: BuildOptions
  readonly module: ModuleInterface
  readonly ports: ProbePorts
  readonly clock?: string | undefined
  readonly latency?: number | undefined
  readonly withinCycles: number
}

export interface OpenModule extends AsyncDisposable {
  readonly answer: Answer
}

/** @throws InputError for a clock that there is not; ToolError where it does not compile; SimulationError where it fails in its reset */
export async function openModule(
  { build, module, ports, clock, latency, withinCycles }: ModuleOptions,
  progress: Progress,
): Promise<OpenModule> {
  const task = progress.start(`build ${module.name}`)
  // Its streams are driven here, beat by beat.
  const streams = Object.fromEntries(findStreams(module).map(({ name }) => [name, null]))
  const options = { ...build, streams, deadlineMs: MOST_MS, ...(clock === undefined ? {} : { clock }) }
  const dut = await open(options)
  task.done()
  // A module without a clock is settled by one step.
  const cycles = latency ?? (module.clocked === true ? USUAL_LATENCY : 1)
  return {
    answer: (beats, onProgress) =>
      driveBeats(dut, ports, { latency: cycles, withinCycles }, beats, onProgress),
    [Symbol.asyncDispose]: () => dut.close(),
  }
}

async function open(options: Parameters<typeof simulateInChild>[0]): Promise<ChildDut> {
  try {
    return await simulateInChild(options)
  } catch (error) {
    if (error instanceof InputError || error instanceof ToolError || error instanceof SimulationError)
      throw error
    if (!(error instanceof Error)) throw error
    // What the bench says of clocks.
    throw new InputError(error.message, '--clock', '', { cause: error })
  }
}

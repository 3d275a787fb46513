/** The user's requantiser as a model that can be driven, in a process of its own. */
import { InputError } from '../../input/input-error.ts'
import { ToolError } from '../../input/tool-error.ts'
import type { ProbePorts } from '../../operator/probe-ports.ts'
import { findProgramFile } from '../../process/child-program.ts'
import { type ChildOptions, findStreams, type ModuleInterface } from '../../simulate/index.ts'
import { openInProgram, type ProgramDut } from '../../simulate/remote.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { Progress } from '../files/progress.ts'
import type { DriveRequest } from './drive.ts'
import type { Answer } from './run.ts'

/** All accumulators take a second: a module that takes so long does not end a cycle. */
const MOST_MS = 15_000
/** Cycles for which an accumulator stands where nothing says when its code is there: more than a pipeline has. */
const USUAL_LATENCY = 16

export interface ModuleOptions {
  readonly build: ChildOptions
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
  const own = clock === undefined ? {} : { clock }
  const { dut, ask } = await open({ ...build, ...own, streams, deadlineMs: MOST_MS })
  task.done()
  // A module without a clock is settled by one step.
  const cycles = latency ?? (module.clocked === true ? USUAL_LATENCY : 1)
  return {
    answer: async (beats) => {
      const request: DriveRequest = { ports, timing: { latency: cycles, withinCycles }, beats }
      return (await ask(request)) as readonly bigint[]
    },
    [Symbol.asyncDispose]: () => dut.close(),
  }
}

async function open(options: ChildOptions): Promise<ProgramDut> {
  try {
    return await openInProgram(options, options, findProgramFile(import.meta.url, 'child'))
  } catch (error) {
    const isKnown = [InputError, ToolError, SimulationError].some((kind) => error instanceof kind)
    if (isKnown || !(error instanceof Error)) throw error
    // What the bench says of clocks.
    throw new InputError(error.message, '--clock', '', { cause: error })
  }
}

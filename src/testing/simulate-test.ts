/** `simulateTest`: a failing test runs once more and writes waveforms. */
import { existsSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { defaultSeed, type Environment, readEnvironment } from '../process/environment.ts'
import { buildModel } from '../simulate/build/build.ts'
import { checkOptions } from '../simulate/check-options.ts'
import { applyEnvironment } from '../simulate/environment.ts'
import { openDut } from '../simulate/open.ts'
import type { Dut, LoosePorts, SimulateOptions } from '../simulate/types.ts'
import { makeRandom, type Random } from './random.ts'

/** What the body of a `simulateTest` is given. */
export interface SimulateContext {
  /** As `simulate`, with the test's seed; the test closes what the body leaves open. */
  readonly simulate: <Ports = LoosePorts>(options: SimulateOptions) => Promise<Dut<Ports>>
  /** 1, or what `ASSAY_SEED` says: a number, or `random` for another one each time. */
  readonly seed: number
  /** Random numbers of that seed. */
  readonly random: Random
}

export interface SimulateTestOptions {
  /** Cycles of the waveform before the one in which the test failed. Default 200. */
  readonly cyclesBefore?: number
  /** Default: vitest's, four times: a failing body runs twice, and the second time a traced model may have to be built. */
  readonly timeoutMs?: number
  /** Folder of waveforms. Default `build/waves`. */
  readonly waves?: string
}

/** One model that a body opened, and how far it got. */
interface Opened {
  readonly options: SimulateOptions
  readonly top: string
  isBuilt: boolean
  lastCycle: number
}

interface Attempt {
  readonly error: unknown
  readonly failed: boolean
  readonly opened: readonly Opened[]
}

/** In which cycles, and to what file, model number `index` of the second run is traced. */
type Trace = (index: number, top: string) => SimulateOptions['waveform']

let serial = 0

/**
 * A vitest test of RTL. When its body fails, it is run again with the same seed and a waveform of the cycles around the
 * failure, and the error says where that is and how to have the same run again. Nothing is traced while tests pass.
 *
 * ```ts
 * simulateTest('counts', async ({ simulate }) => {
 *   const dut = await simulate({ top: 'counter', sources: ['rtl/counter.sv'] })
 *   dut.tick(3)
 *   expect(dut.ports.count_o).toBe(3)
 * })
 * ```
 */
export function simulateTest(
  name: string,
  body: (context: SimulateContext) => unknown,
  options: SimulateTestOptions = {},
): void {
  test(name, async () => runTwice(body, options), options.timeoutMs ?? 240_000)
}

/** Runs a body as `simulateTest` does, inside any other kind of test. */
export async function runTwice(
  body: (context: SimulateContext) => unknown,
  options: SimulateTestOptions = {},
): Promise<void> {
  const { cyclesBefore = 200, waves = join('build', 'waves') } = options
  const environment = readEnvironment()
  const seed = chooseSeed(environment)
  const first = await attempt(body, seed, environment, null)
  if (!first.failed) return
  const notes = [`seed ${seed}: ASSAY_SEED=${seed} replays it`]
  const name = (expect.getState().currentTestName ?? 'test').replace(/[^\w-]+/g, '-').slice(-80)
  const number = serial++
  const traces: ({ readonly file: string; readonly note: string } | undefined)[] = []
  const trace: Trace = (index, top) => {
    const { isBuilt = false, lastCycle = 0 } = first.opened[index] ?? {}
    if (!isBuilt) return undefined
    const file = join(waves, `${name}-${process.pid}-${number}-${index}-${top}.fst`)
    const fromCycle = Math.max(0, lastCycle - cyclesBefore)
    const note = `waveform of ${top}, cycles ${fromCycle} to ${lastCycle}: ${relative('.', resolve(file))}`
    traces[index] = { file, note }
    rmSync(file, { force: true })
    return { file: resolve(file), fromCycle, toCycle: lastCycle + 2 }
  }
  const { coverage, mutation } = environment
  // Coverage and mutants have no use for a waveform.
  if (first.opened.some(({ isBuilt }) => isBuilt) && mutation === null && coverage === null) {
    const second = await attempt(body, seed, environment, trace)
    const why = second.failed ? messageOf(second.error) : 'nothing was recorded'
    for (const { file, note } of traces.filter((trace) => trace !== undefined)) {
      const isWritten = existsSync(file) && statSync(file).size > 0
      notes.push(isWritten ? note : `no ${note}, for ${why.split('\n')[0]}`)
    }
    if (!second.failed)
      notes.push('the second run, with waveforms, passed: the test depends on more than its seed')
  }
  throw annotate(first.error, notes)
}

const chooseSeed = (environment: Environment): number =>
  environment.seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : defaultSeed(environment)

async function attempt(
  body: (context: SimulateContext) => unknown,
  seed: number,
  environment: Environment,
  trace: Trace | null,
): Promise<Attempt> {
  const opened: Opened[] = []
  const open: Dut<unknown>[] = []
  const context: SimulateContext = {
    seed,
    random: makeRandom(seed),
    simulate: async <Ports>(given: SimulateOptions): Promise<Dut<Ports>> => {
      const waveform = trace?.(opened.length, given.top)
      const options = { seed, ...given, waveform: waveform ?? given.waveform }
      const record: Opened = { options, top: given.top, isBuilt: false, lastCycle: 0 }
      opened.push(record)
      checkOptions(options)
      const prepared = applyEnvironment(options, environment)
      const built = await buildModel(prepared)
      record.isBuilt = true
      const dut = openDut<Ports>(built, prepared, (cycle) => {
        record.lastCycle = cycle
      })
      open.push(dut)
      return dut
    },
  }
  try {
    await body(context)
    await Promise.all(open.map((dut) => dut.close()))
    return { failed: false, error: null, opened }
  } catch (error) {
    // The first failure is the one to show.
    await Promise.allSettled(open.map((dut) => dut.close()))
    return { failed: true, error, opened }
  }
}

/** An error of Node's own is no `Error` of the context that vmThreads and vmForks give a test. */
const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)

/** The same error, its message with the notes: vitest shows diffs and code frames of the error that was thrown. */
function annotate(error: unknown, notes: readonly string[]): unknown {
  const text = notes.map((note) => `\n  ${note}`).join('')
  if (!(error instanceof Error)) return new Error(`${messageOf(error)}${text}`, { cause: error })
  error.message += text
  return error
}

/** `simulateTest`: a failing test runs once more and writes waveforms. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { defaultSeed, type Environment, readEnvironment } from '../process/environment.ts'
import { portGroups, renderSaveFile, tapTime } from '../report/gtkwave.ts'
import type { ModuleInterface } from '../simulate/boundary/module-interface.ts'
import { buildModel } from '../simulate/build/build.ts'
import { checkOptions } from '../simulate/check-options.ts'
import { applyEnvironment } from '../simulate/environment.ts'
import { openDut } from '../simulate/open.ts'
import type { Dut, LoosePorts, SimulateOptions } from '../simulate/types.ts'
import { writeWhole } from '../store/files.ts'
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
  /** Null: it was not built. */
  module: ModuleInterface | null
  lastCycle: number
}

interface Attempt {
  readonly error: unknown
  readonly failed: boolean
  readonly opened: readonly Opened[]
}

/** In which cycles, and to what file, model number `index` of the second run is traced. */
type Trace = (index: number, top: string) => SimulateOptions['waveform']

/** A waveform that the second run is to write. */
interface Wave {
  /** Another process may run the same test: each writes its own file, and the last one stays. */
  readonly own: string
  readonly file: string
  /** Null where a cycle is not two units of time. */
  readonly save: { readonly path: string; readonly cycle: number; readonly module: ModuleInterface } | null
  readonly what: string
}

/** How often each name was traced by this process. */
const traced = new Map<string, number>()

/** The name of the test that runs, as a part of a path; the same in every process. */
function nameTest(): string {
  const { currentTestName = 'test', testPath = '' } = expect.getState()
  const plain = (text: string): string => text.replace(/[^\w-]+/g, '-').slice(-80)
  const name = `${plain(basename(testPath ?? '').replace(/\.(test|spec)\.\w+$/, ''))}-${plain(currentTestName ?? 'test')}`
  const before = traced.get(name) ?? 0
  traced.set(name, before + 1)
  return before === 0 ? name : `${name}-${before}`
}

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
  const name = nameTest()
  const planned: Wave[] = []
  const trace: Trace = (index, top) => {
    const known = first.opened[index]
    if (known === undefined || known.module === null) return undefined
    const { options, module, lastCycle: cycle } = known
    const path = resolve(waves, `${name}-${index}-${top}`)
    const file = `${path}.fst`
    const own = `${file}.${process.pid}`
    const fromCycle = Math.max(0, cycle - cyclesBefore)
    const isPlain = (options.timing ?? false) === false && options.clocks === undefined
    planned.push({
      own,
      file,
      save: isPlain ? { path: `${path}.gtkw`, cycle, module } : null,
      what: `waveform of ${top}, cycles ${fromCycle} to ${cycle}`,
    })
    for (const old of [file, `${path}.gtkw`]) rmSync(old, { force: true })
    return { file: own, fromCycle, toCycle: cycle + 2 }
  }
  const { coverage, mutation } = environment
  // Coverage and mutants have no use for a waveform.
  if (first.opened.some(({ module }) => module !== null) && mutation === null && coverage === null) {
    const second = await attempt(body, seed, environment, trace)
    const why = second.failed ? messageOf(second.error) : 'nothing was recorded'
    for (const wave of planned) notes.push(await keepWave(wave, name, why))
    if (!second.failed)
      notes.push('the second run, with waveforms, passed: the test depends on more than its seed')
  }
  throw annotate(first.error, notes)
}

/** Gives a waveform its name, with a save file beside it. @returns what the error says of it */
async function keepWave({ own, file, save, what }: Wave, title: string, why: string): Promise<string> {
  const shown = relative('.', file)
  if (!existsSync(own) || statSync(own).size === 0) {
    if (existsSync(own)) rmSync(own)
    return `no ${what}: ${shown}, for ${why.split('\n')[0]}`
  }
  renameSync(own, file)
  if (save === null) return `${what}: ${shown}`
  const { path, cycle, module } = save
  const groups = portGroups(`${title}, cycle ${cycle}`, module)
  await writeWhole(path, renderSaveFile({ file: basename(file), save: basename(path), cycle, groups }))
  return `${what}: ${shown}\n    look at ${tapTime(cycle)} ps, a cycle has 2 ps: gtkwave ${relative('.', path)}`
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
      const record: Opened = { options, module: null, lastCycle: 0 }
      opened.push(record)
      checkOptions(options)
      const prepared = applyEnvironment(options, environment)
      const built = await buildModel(prepared)
      record.module = built.module
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

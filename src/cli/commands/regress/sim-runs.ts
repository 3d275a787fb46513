/** The runs of a plan as `assay sim` knows them: how they are called, what decides them, and what is proved of them. */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { progressPath, runFolder } from '../../../pipeline/regress/run-record.ts'
import { BUILD, type Runs } from '../../../pipeline/regress/run-shard.ts'
import { type Environment, readEnvironment } from '../../../process/environment.ts'
import type { PlannedSim } from '../../../regress/entry.ts'
import { readInput } from '../../../store/files.ts'
import { hashParts, sha256 } from '../../../store/hash.ts'
import { BITS } from '../../honoured/run-kind.ts'
import type { Call } from '../../options/define-command.ts'
import { parseOptions } from '../../options/parse-options.ts'
import { readArguments } from '../../options/read-arguments.ts'
import { OPTIONS, type SimArguments } from '../sim/options.ts'
import { describeRequest } from '../sim/request.ts'
import { openStore } from '../sim/run.ts'

/** Options that decide the compiled model, and those that decide the quantised one. */
const BUILT = ['rtl', 'array', 'module', 'simulator', 'frozen', 'table-bits', ...BITS]
const NOT_QUANTISED = ['image', 'seeds', 'mode', 'layers', 'stimulus', 'rtl', 'array', 'module', 'simulator']

interface Known {
  readonly args: SimArguments
  /** Arguments of `assay sim`, with where results go. */
  readonly words: readonly string[]
}

/** @param common arguments that all runs have. */
export async function makeRuns(
  folder: string,
  common: readonly string[],
  { program, env }: Call,
): Promise<Runs> {
  const environment = readEnvironment(env)
  const known = new Map<string, Known>()
  const read = (run: PlannedSim): Known => {
    const found = known.get(run.id) ?? readRun(run, folder, common, environment)
    known.set(run.id, found)
    return found
  }
  const hashOf = memoise(async (path: string) => sha256(await readInput(path)))
  const hashNetwork = memoise(async (rtl: string) => {
    const { listRtl } = await import('../../../pipeline/files/rtl-sources.ts')
    return hashAll(await listRtl(rtl === '' ? undefined : rtl), hashOf)
  })
  const hashModule = memoise(async (path: string) => hashAll(await listModule(path), hashOf))
  const { findProvedRun, keyRun } = await import('../../../pipeline/proof/proved-run.ts')
  const keys = memoise(async (id: string) => {
    const { args } = known.get(id)!
    const store = await openStore(args, environment)
    const request = await describeRequest(args)
    // Without a store nothing is proved, and a night goes on all the same.
    const keyed = store ?? { folder: '', programHash: '' }
    return { store, key: await keyRun(keyed, request, environment, hashOf) }
  })
  return {
    wordsOf: (run, isAlone) => {
      const { args, words } = read(run)
      // A chained run and one of an own module are one process in any case.
      const isOne = args.mode === 'chained' || args.module !== undefined
      return [process.execPath, program, 'sim', ...words, ...(isAlone || isOne ? [] : ['--jobs', '1'])]
    },
    needsOf: ({ words }) => {
      const of = (isWanted: (name: string) => boolean): string => JSON.stringify(pickWords(words, isWanted))
      return [
        `${BUILD}${of((name) => BUILT.includes(name))}`,
        `quantised ${of((name) => !NOT_QUANTISED.includes(name))}`,
      ]
    },
    keyOf: async (run) => {
      const { args } = read(run)
      const { key } = await keys(run.id)
      const rtl = args.module === undefined ? hashNetwork(args.rtl ?? '') : hashModule(args.module)
      return hashParts([key, await rtl])
    },
    findProved: async (run) => {
      const { args } = read(run)
      if (!args.cache || args.module !== undefined) return null
      const { store, key } = await keys(run.id)
      return store === null ? null : findProvedRun(store, key, environment)
    },
  }
}

function readRun(
  run: PlannedSim,
  folder: string,
  common: readonly string[],
  environment: Environment,
): Known {
  const asked = run.words
  const isOwn = asked.includes('--module')
  const words = [
    ...asked,
    ...common,
    ...(asked.some((word) => /^--(no-)?pictures$/.test(word)) ? [] : ['--no-pictures']),
    ...['--result-folder', runFolder(folder, run.id), '--progress-file', progressPath(folder, run.id)],
    ...(isOwn ? [] : ['--data-folder', join(folder, 'data', String(run.design))]),
    ...['--report', 'json', '--quiet'],
  ]
  const all = ['sim', ...words]
  const parsed = parseOptions(OPTIONS, all)
  if (parsed === null) throw new InputError('its words are no options of assay sim', `run ${run.id}`)
  const given = readArguments('sim', OPTIONS, parsed, all)
  return { args: { ...given, simulator: given.simulator ?? environment.simulator ?? 'verilator' }, words }
}

/** Options and their values, of words as a plan has them. */
function pickWords(words: readonly string[], isWanted: (name: string) => boolean): readonly string[] {
  let isTaken = false
  return words.filter((word) => {
    if (word.startsWith('--')) isTaken = isWanted(word.slice(2).split('=')[0]!)
    return isTaken
  })
}

/** SHA-256 over the content of the RTL that a run may compile. */
const hashAll = async (
  files: readonly string[],
  hashOf: (path: string) => Promise<string>,
): Promise<string> => hashParts(await Promise.all(files.map((path) => hashOf(path).catch(() => 'missing'))))

/** The configuration, its sources, and what they may include. */
async function listModule(path: string): Promise<readonly string[]> {
  const { loadConfig } = await import('../../../pipeline/own-rtl/config.ts')
  const { config, folder } = await loadConfig(path)
  const beside = await Promise.all(
    (config.includeDirs ?? []).map(async (name) => {
      const at = resolve(folder, name)
      const names = await readdir(at).catch(() => [])
      return names.filter((own) => /\.s?vh?$/.test(own)).map((own) => join(at, own))
    }),
  )
  return [path, ...config.sources.map((source) => resolve(folder, source)), ...beside.flat()]
}

function memoise<Result>(work: (of: string) => Promise<Result>): (of: string) => Promise<Result> {
  const known = new Map<string, Promise<Result>>()
  return (of) => {
    const found = known.get(of) ?? work(of)
    known.set(of, found)
    return found
  }
}

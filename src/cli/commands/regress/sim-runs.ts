/** The runs of a plan as `assay sim` knows them: how they are called, what decides them, and what is proved of them. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { progressPath, runFolder } from '../../../pipeline/regress/run-record.ts'
import { BUILD, type Runs } from '../../../pipeline/regress/run-shard.ts'
import { type Environment, readEnvironment } from '../../../process/environment.ts'
import type { PlannedSim } from '../../../regress/entry.ts'
import { readInput } from '../../../store/files.ts'
import { sha256 } from '../../../store/hash.ts'
import { BITS } from '../../honoured/run-kind.ts'
import { resolveModel } from '../../model/inputs.ts'
import type { Call } from '../../options/define-command.ts'
import { parseOptions } from '../../options/parse-options.ts'
import { readArguments } from '../../options/read-arguments.ts'
import { OPTIONS, type SimArguments } from '../sim/options.ts'
import { describeRequest } from '../sim/request.ts'
import { openStore } from '../sim/run.ts'

/** Options that decide the compiled model, and those that decide the quantised one. */
const BUILT = ['rtl', 'array', 'module', 'simulator', 'frozen', 'table-bits', 'overrides', ...BITS]
const NOT_QUANTISED = ['image', 'seed', 'mode', 'layers', 'stimulus', 'rtl', 'array', 'module', 'simulator']

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
  const hashOf = createHasher()
  const { findProvedRun, keyRun } = await import('../../../pipeline/proof/proved-run.ts')
  return {
    wordsOf: (run, isAlone) => {
      const { args, words } = read(run)
      // A chained run and one of an own module are one process in any case.
      const isOne = args.mode === 'chained' || args.module !== undefined
      return [process.execPath, program, 'sim', ...words, ...(isAlone || isOne ? [] : ['--jobs', '1'])]
    },
    needsOf: (axes) => {
      const of = (isWanted: (name: string) => boolean): string =>
        JSON.stringify(Object.entries(axes).filter(([name]) => isWanted(name)))
      return [
        `${BUILD}${of((name) => BUILT.includes(name))}`,
        `quantised ${of((name) => !NOT_QUANTISED.includes(name))}`,
      ]
    },
    hashCheckpoint: async (run) => {
      try {
        const { args } = read(run)
        return args.frozen === undefined ? await hashOf(resolveModel(args).model) : undefined
      } catch (error) {
        // The run says itself what is wrong with it.
        if (error instanceof InputError) return undefined
        throw error
      }
    },
    findProved: async (run, isDone) => {
      const { args } = read(run)
      if ((!args.cache && !isDone) || args.module !== undefined) return null
      const request = await describeRequest(args)
      const store = await openStore(args, environment)
      if (store === null) return null
      return findProvedRun(store, await keyRun(store, request, environment, hashOf), environment)
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

/** SHA-256 of files, each read once as long as it stays as it is: many runs of a night read the same. */
function createHasher(): (path: string) => Promise<string> {
  const known = new Map<string, { readonly state: string; readonly hash: Promise<string> }>()
  return async (path) => {
    const state = await stat(path).then(
      ({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`,
      () => '',
    )
    const found = known.get(path)
    if (found !== undefined && state !== '' && found.state === state) return found.hash
    const hash = readInput(path).then((bytes) => sha256(bytes))
    known.set(path, { state, hash })
    return hash
  }
}

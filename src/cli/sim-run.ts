/** One run of `assay sim`: found, where nothing changed since it was exact, or made. */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { EvidenceStore } from '../pipeline/evidence.ts'
import type { Progress } from '../pipeline/progress.ts'
import type { RunRequest } from '../pipeline/proved-run.ts'
import type { SimResult } from '../report/result.ts'
import { chooseLayers } from './layers.ts'
import { checkEmbedded, resolveInputs, runFolder, toModelOptions, toWorkOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import type { SimArguments } from './sim.ts'

export interface SimRun {
  readonly result: SimResult
  /** Where the run's files are. */
  readonly folder: string
}

/** Options that decide neither a result nor where it is written. */
const NO_INFLUENCE = new Set(['_', '$0', 'cache', 'json', 'j', 'jobs', 'quiet', 'q', 'watch', 'w', 'report'])

export async function simulateFromArguments(args: SimArguments, progress: Progress): Promise<SimRun> {
  const store = await openStore(args)
  if (store === null) return simulateNow(args, progress, null)
  const { findProvedRun, keyRun } = await import('../pipeline/proved-run.ts')
  const hashInputs = async (): Promise<string> => keyRun(store, await describeRequest(args))
  const key = await hashInputs()
  const found = args.cache ? await findProvedRun(store, key) : null
  if (found === null) return simulateNow(args, progress, { store, key, hashInputs })
  const folder = folderOf(args)
  const { writeWhole } = await import('../pipeline/files.ts')
  await writeWhole(join(folder, 'sim.json'), `${JSON.stringify(found, null, 2)}\n`)
  return { result: found, folder }
}

const folderOf = (args: SimArguments): string =>
  runFolder(toModelOptions(args, resolveInputs(args), [640, 640]), toWorkOptions(args))

/** Runs that count coverage or run on mutants are made every time. */
async function openStore(args: SimArguments): Promise<EvidenceStore | null> {
  const { ASSAY_COVERAGE: coverage = '', ASSAY_MUTATION: mutation = '' } = process.env
  if (coverage !== '' || mutation !== '') return null
  const { hashProgram } = await import('../pipeline/program-hash.ts')
  return { folder: join(args.out, 'cache', 'evidence'), programHash: hashProgram() }
}

/** Everything that is read, from the options alone. Any option that names a file counts with the file's content. */
async function describeRequest(args: SimArguments): Promise<RunRequest> {
  const { listImages, spread } = await import('../pipeline/files.ts')
  const inputs = resolveInputs(args)
  checkEmbedded(inputs)
  const named = Object.values(args).filter((value): value is string => typeof value === 'string')
  const files = await Promise.all(
    [...new Set(named)].map(async (path) => {
      const info = await stat(path).catch(() => null)
      return info?.isFile() === true ? [path] : []
    }),
  )
  const [image] = await listImages(inputs.image)
  const calibration = spread(await listImages(inputs.calibration), args.calibrationImages)
  return {
    inputs: [inputs.model, image!, ...calibration, ...files.flat()],
    sources: await listSources(args),
    options: Object.fromEntries(Object.entries(args).filter(([name]) => !NO_INFLUENCE.has(name))),
  }
}

async function listSources({ rtl }: SimArguments): Promise<readonly string[]> {
  const { readSourceList } = await import('../pipeline/rtl-sources.ts')
  return rtl === undefined ? readSourceList() : readSourceList(join(rtl, 'rtl.f'))
}

/** Where a run's result is kept, and under which key. */
interface Keeping {
  readonly store: EvidenceStore
  readonly key: string
  readonly hashInputs: () => Promise<string>
}

async function simulateNow(args: SimArguments, progress: Progress, kept: Keeping | null): Promise<SimRun> {
  const run = await prepareFromArguments(args, progress)
  const { runSimulation } = await import('../pipeline/simulation.ts')
  const { chooseEngine, DEFAULT_NMS } = await import('../pipeline/engine-choice.ts')
  const { result, bench } = await runSimulation(
    {
      mode: args.mode,
      nms: { ...DEFAULT_NMS, confidence: args.confidence, iou: args.iou, multiLabel: args.multiLabel },
      modelName: basename(run.inputs.model),
      modelHash: run.prepared.hash,
      modelId: run.prepared.modelId,
      graph: run.prepared.integer,
      imagePath: run.inputs.image,
      engine: chooseEngine(run.options, args.array),
      folder: run.folder,
      cacheDir: join(run.work.out, 'cache', 'verilator'),
      ...(args.pictures ? { floatGraph: run.model.graph } : {}),
      sources: await listSources(args),
      ...(kept === null ? {} : { evidence: kept.store }),
      reuse: args.cache,
      ...(args.jobs === undefined ? {} : { jobs: args.jobs }),
      simulator: args.simulator,
      choose: (names) => chooseLayers(names, args.layers),
    },
    progress,
  )
  // An input that was saved during the run belongs to the next one.
  if (kept !== null && (await kept.hashInputs()) === kept.key) {
    const { keepProvedRun } = await import('../pipeline/proved-run.ts')
    const files = [...result.pictures, join(run.folder, 'roms', 'manifest.json')]
    await keepProvedRun(kept.store, kept.key, result, bench.simulation, bench.buildKey, files)
  }
  return { result, folder: run.folder }
}

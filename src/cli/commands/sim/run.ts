/** One run of `assay sim`: taken from the evidence if nothing has changed since it was exact, otherwise made. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environment, evidenceLimit } from '../../../process/environment.ts'
import type { Planned } from '../../../result/merge.ts'
import type { SimResult } from '../../../result/result.ts'
import type { EvidenceStore } from '../../../store/evidence.ts'
import type { SimArguments, SimRun } from './options.ts'
import { describeRequest, listSources } from './request.ts'
import { simTarget, waveFolder } from './target.ts'

export async function findOrSimulate(run: SimRun): Promise<SimResult> {
  const { args, environment, progress } = run
  // Missing RTL is refused before the long part.
  await listSources(args)
  const store = await openStore(args, environment)
  const { findProvedRun, keepProvedRun, keyRun } = await import('../../../pipeline/proof/proved-run.ts')
  const hashInputs = async (): Promise<string> =>
    store === null ? '' : keyRun(store, await describeRequest(args), environment)
  const key = await hashInputs()
  const found = store === null || !args.cache ? null : await findProvedRun(store, key, environment)
  if (found !== null) return rewriteFound(run, found)
  await removeDrawings(args)
  const { toSimulation } = await import('./simulation.ts')
  const options = await toSimulation(run, store)
  const { runSimulation } = await import('../../../pipeline/sim/run.ts')
  const { decorate } = await import('../../../pipeline/report/decoration.ts')
  const { result, bench, opened } = await runSimulation(options, progress)
  const keep = async (): Promise<void> => {
    // An input that was saved during the run counts for the next one.
    if (store === null || (await hashInputs()) !== key) return
    const { romsReadFrom, simulation: build, buildKey, buildInputs } = bench
    const files = [
      ...result.pictures.map((path) => ({ path, original: path })),
      // Another run may have put its own into this run's folder meanwhile.
      ...(await readdir(romsReadFrom)).map((name) => ({
        path: join(options.output.folder, 'roms', name),
        original: join(romsReadFrom, name),
      })),
    ]
    await keepProvedRun(store, key, { result, build, buildKey, inputs: [...buildInputs], files, opened })
  }
  if (result.verdict === 'exact') await keep()
  else await decorate('evidence is removed', progress, () => keep().then(() => null))
  return result
}

/** Waveforms of the run before; shards share theirs. Pictures are named for what they show. */
async function removeDrawings(args: SimArguments): Promise<void> {
  if (args.shard !== undefined) return
  const { removePath } = await import('../../../store/files.ts')
  await removePath(join(await waveFolder(args), 'waves'))
}

/** What is ready for shards that share a folder. */
export interface Ready {
  readonly folder: string
  /** Key of the built model. */
  readonly build: string
  /** With `--shard`: what all of them will run. */
  readonly planned?: Planned
}

/** `--prepare`: all that comes before the first cycle. */
export async function prepareRun(run: SimRun): Promise<Ready> {
  const { describeHead, prepareSimulation } = await import('../../../pipeline/bench/bench.ts')
  const { planShards } = await import('../../../pipeline/sim/shards.ts')
  const { toSimulation } = await import('./simulation.ts')
  const options = await toSimulation(run, null)
  const bench = await prepareSimulation(options, run.progress)
  const ready = { folder: options.output.folder, build: bench.buildKey }
  const shard = options.plan.mode === 'isolated' ? options.plan.shard : undefined
  if (shard === undefined) return ready
  const { count, settings, plan } = planShards(bench, shard)
  return { ...ready, planned: { head: describeHead(bench), plan: { count, settings, plan } } }
}

/** The run that proved it is not this one: who asked, and at which commit, is today's. */
async function rewriteFound({ args, origin }: SimRun, found: SimResult): Promise<SimResult> {
  const result = { ...found, run: { ...found.run, origin: await origin } }
  const { writeWhole } = await import('../../../store/files.ts')
  if (result.shard !== undefined && args.planIdentity !== undefined)
    (await import('../../../pipeline/sim/shards.ts')).checkPlan(result.shard, args.planIdentity)
  const { folder } = await simTarget(args)
  await writeWhole(join(folder, 'sim.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

/** Runs that count coverage or run on mutants are made every time. */
export async function openStore(
  { out }: SimArguments,
  { coverage, mutation }: Environment,
): Promise<EvidenceStore | null> {
  if (coverage !== null || mutation !== null) return null
  const { hashProgram } = await import('../../../store/program-hash.ts')
  const cache = join(out, 'cache')
  return {
    folder: join(cache, 'evidence'),
    programHash: hashProgram(undefined, cache),
    mostBytes: evidenceLimit(),
  }
}

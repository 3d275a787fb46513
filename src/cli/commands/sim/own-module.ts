/** `assay sim --module`: the user's own module, layer by layer. */
import { basename } from 'node:path'
import type { OperatorSimulationOptions } from '../../../pipeline/own-rtl/prepare.ts'
import { defaultCacheFolder } from '../../../process/environment.ts'
import { chooseLayers } from '../../model/layers.ts'
import { prepareFromArguments } from '../../model/prepare.ts'
import { moduleFolder } from '../../model/run-folder.ts'
import { printResult } from '../../terminal/print.ts'
import { runReported } from '../../terminal/reports.ts'
import type { SimRun } from './options.ts'
import { openStore } from './run.ts'
import { dataFolder, resultFolderOf } from './target.ts'

export async function simulateOwn(run: SimRun, path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { args, progress } = run
  const own = moduleFolder(await dataFolder(args), path)
  // Shards share memory files; other runs with a folder of their own may run side by side on other data.
  const folder = args.shard === undefined ? (args.resultFolder ?? own) : own
  if (args.prepare) {
    const { prepareOperatorSimulation } = await import('../../../pipeline/own-rtl/simulation.ts')
    const { models, planned } = await prepareOperatorSimulation(await toOwn(run, path, folder), progress)
    const ready = { folder, models, planned: planned ?? undefined }
    return printResult(args, ready, () => `Ready in ${folder}, ${models.length} models.`)
  }
  const target = { command: 'sim', folder: resultFolderOf(args, folder) } as const
  await runReported(args, env, target, async () => {
    const { runOperatorSimulation } = await import('../../../pipeline/own-rtl/simulation.ts')
    return runOperatorSimulation(await toOwn(run, path, folder), progress)
  })
}

async function toOwn(run: SimRun, path: string, folder: string): Promise<OperatorSimulationOptions> {
  const { args, environment, origin } = run
  const { checkModule, loadConfig } = await import('../../../pipeline/own-rtl/config.ts')
  const cacheDir = defaultCacheFolder(args.out)
  // A configuration that is wrong is refused before the long part.
  const loaded = await loadConfig(path)
  const store = await openStore(args, environment)
  await checkModule(loaded, cacheDir, environment, store)
  return {
    loaded,
    ...(await readData(run)),
    folder,
    resultFolder: resultFolderOf(args, folder),
    cacheDir,
    simulator: args.simulator,
    environment,
    evidence: store ?? undefined,
    reuse: args.cache,
    waveform: args.waveform,
    choose: (names) => chooseLayers(names, args.layers),
    mode: args.mode,
    seeds: args.seeds,
    shard: args.shard,
    identity: args.planIdentity,
    jobs: args.jobs,
    origin,
  }
}

/** Model and image, of the options or of a frozen set. */
async function readData({
  args,
  progress,
}: SimRun): Promise<Pick<OperatorSimulationOptions, 'model' | 'input' | 'nms'>> {
  if (args.frozen !== undefined) {
    const { fromFrozen } = await import('./simulation.ts')
    const { model, input, rtl } = await fromFrozen(args, args.frozen)
    return { model, input, nms: rtl.nms }
  }
  const { prepared, model, inputs } = await prepareFromArguments(args, progress, {
    layers: args.layers,
    image: true,
  })
  return {
    model: {
      ...{ name: basename(inputs.model), hash: prepared.hash, fileHash: model.hash },
      graph: prepared.integer,
    },
    input: { imagePath: inputs.image },
  }
}

/** `assay sim --module`: the user's own module, layer by layer. */

import { basename } from 'node:path'
import { defaultCacheFolder } from '../../../process/environment.ts'
import { moduleFolder } from '../../model/inputs.ts'
import { chooseLayers } from '../../model/layers.ts'
import { prepareFromArguments } from '../../model/prepare.ts'
import { runReported } from '../../terminal/reports.ts'
import type { SimRun } from './options.ts'
import { openStore } from './run.ts'
import { folderOf } from './target.ts'

export async function simulateOwn(
  { args, environment, progress, origin }: SimRun,
  path: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const folder = args.resultFolder ?? moduleFolder(folderOf(args), path)
  const cacheDir = defaultCacheFolder(args.out)
  await runReported(args, env, { command: 'sim', folder }, async () => {
    const { checkModule, loadConfig } = await import('../../../pipeline/own-rtl/config.ts')
    const { runOperatorSimulation } = await import('../../../pipeline/own-rtl/simulation.ts')
    // A configuration that is wrong is refused before the long part.
    const loaded = await loadConfig(path)
    const store = await openStore(args, environment)
    await checkModule(loaded, cacheDir, environment, store)
    const { prepared, inputs } = await prepareFromArguments(args, progress, {
      layers: args.layers,
      image: true,
    })
    return runOperatorSimulation(
      {
        loaded,
        modelName: basename(inputs.model),
        modelHash: prepared.hash,
        graph: prepared.integer,
        imagePath: inputs.image,
        folder,
        cacheDir,
        simulator: args.simulator,
        environment,
        evidence: store ?? undefined,
        reuse: args.cache,
        waveform: args.waveform,
        origin,
        choose: (names) => chooseLayers(names, args.layers),
      },
      progress,
    )
  })
}

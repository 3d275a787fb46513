/** `assay probe --module`: a convolution of a model on the user's module. */
import { basename } from 'node:path'
import type { Profile } from '../../../arithmetic/profile.ts'
import type { Progress } from '../../../pipeline/files/progress.ts'
import { defaultCacheFolder, type Environment } from '../../../process/environment.ts'
import type { ProbeResult } from '../../../result/probe.ts'
import { prepareFromArguments } from '../../model/prepare.ts'
import { moduleFolder } from '../../model/run-folder.ts'
import { MODEL_OPTIONS } from '../../options/shared.ts'
import type { ProbeArguments } from './options.ts'

/** @param own profiles of `--profile`: the first is that of the model */
export async function probeOwn(
  args: ProbeArguments,
  path: string,
  own: readonly Profile[],
  environment: Environment,
  progress: Progress,
): Promise<ProbeResult> {
  const { checkModule, loadConfig } = await import('../../../pipeline/own-rtl/config.ts')
  const { probeLayer } = await import('../../../pipeline/probe/layer.ts')
  // What Assay makes lies where other commands have it: --out is the profile.
  const out = MODEL_OPTIONS.out.default
  const cacheDir = defaultCacheFolder(out)
  const loaded = await loadConfig(path)
  await checkModule(loaded, cacheDir, environment, null)
  const [profile, ...others] = args.profile
  const { prepared, inputs, folder } = await prepareFromArguments({ ...args, out, profile }, progress, {
    image: true,
    layer: args.layer,
  })
  return probeLayer(
    {
      ...{ loaded, graph: prepared.integer, modelName: basename(inputs.model), imagePath: inputs.image },
      ...{ layer: args.layer, own: own.slice(own.length - others.length), seed: args.seed },
      ...{ folder: moduleFolder(folder, path), cacheDir, environment },
    },
    progress,
  )
}

/** The real network, quantised once for all benches. */
import type { Profile } from '../arithmetic/profile.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import { silent } from '../pipeline/files/progress.ts'
import { loadImage } from '../pipeline/model/golden-run.ts'
import { loadModel, prepareModel } from '../pipeline/model/prepare.ts'
import { techniquesOf } from '../quantise/techniques.ts'
import type { BenchContext } from './measure.ts'

export interface BenchModel {
  readonly path: string
  readonly imagePath: string
  readonly graph: IntegerGraph
  readonly hash: string
  readonly modelId: number
  readonly image: Codes
  readonly tableBits: number
}

const cached = new Map<Profile | undefined, Promise<BenchModel>>()

/** @param profile `assay` unless given */
export function prepareBenchModel(
  { real, home }: BenchContext,
  profile?: Profile,
): Promise<BenchModel> | null {
  if (real === null) return null
  const known = cached.get(profile)
  if (known !== undefined) return known
  const made = (async () => {
    const model = await loadModel(real.model, {}, silent)
    const [, height, width] = model.graph.nodes[0]!.shape
    const options = {
      model: real.model,
      calibration: real.calibration,
      calibrationImages: 32,
      height,
      width,
      weightBits: 8,
      activationBits: 8,
      tableBits: 10,
      observer: 'mse' as const,
      scope: 'all' as const,
      effort: 'fast' as const,
      techniques: techniquesOf('fast'),
      overrides: {},
      profile,
    }
    const prepared = await prepareModel(model, options, { out: `${home}/build`, cache: true }, silent)
    const { codes } = await loadImage(real.image, prepared.integer)
    const { integer: graph, hash, modelId } = prepared
    return { path: real.model, imagePath: real.image, graph, hash, modelId, image: codes, tableBits: 10 }
  })()
  cached.set(profile, made)
  return made
}

/** The real network, quantised once for all benches. */
import type { Profile } from '../arithmetic/profile.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { silent } from '../pipeline/files/progress.ts'
import { loadImage } from '../pipeline/model/golden-run.ts'
import { loadModel, prepareModel } from '../pipeline/model/prepare.ts'
import { techniquesOf } from '../quantise/techniques.ts'
import { sha256 } from '../store/hash.ts'
import type { BenchContext, RealFiles } from './measure.ts'

export interface BenchModel {
  readonly path: string
  readonly imagePath: string
  readonly graph: IntegerGraph
  readonly hash: string
  readonly modelId: number
  readonly image: Codes
  readonly tableBits: number
}

/** What is quantised, and how; the real checkpoint by `assay` to W8A8 unless told. */
export interface BenchChoice {
  readonly profile?: Profile
  /** P of A-5. */
  readonly tableBits?: number
  /** Another network made of the loaded one, and a word for it. */
  readonly changed?: { readonly word: string; readonly change: (graph: FloatGraph) => FloatGraph }
  readonly files?: RealFiles
}

const cached = new Map<string, Promise<BenchModel>>()

export function prepareBenchModel(
  { real, home }: BenchContext,
  { profile, tableBits = 10, changed, files = real ?? undefined }: BenchChoice = {},
): Promise<BenchModel> | null {
  if (files === undefined) return null
  const key = [files.model, profile?.name, tableBits, changed?.word].join()
  const known = cached.get(key)
  if (known !== undefined) return known
  const made = (async () => {
    const loaded = await loadModel(files.model, {}, silent)
    const model =
      changed === undefined
        ? loaded
        : { ...loaded, graph: changed.change(loaded.graph), hash: sha256(loaded.hash, changed.word) }
    const [, height, width] = model.graph.nodes[0]!.shape
    const options = {
      model: files.model,
      calibration: files.calibration,
      calibrationImages: 32,
      height,
      width,
      weightBits: 8,
      activationBits: 8,
      tableBits,
      observer: 'mse' as const,
      scope: 'all' as const,
      effort: 'fast' as const,
      techniques: techniquesOf('fast'),
      overrides: {},
      profile,
    }
    const prepared = await prepareModel(model, options, { out: `${home}/build`, cache: true }, silent)
    const { codes } = await loadImage(files.image, prepared.integer)
    const { integer: graph, hash, modelId } = prepared
    return { path: files.model, imagePath: files.image, graph, hash, modelId, image: codes, tableBits }
  })()
  cached.set(key, made)
  return made
}

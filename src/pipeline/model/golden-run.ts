/** A golden run computes the golden data of one image, with which everything else is compared. */
import { Engine, type OnTally } from '../../golden/engine.ts'
import type { Codes, IntegerGraph } from '../../golden/types.ts'
import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { listImages } from '../../image/list-images.ts'
import { toNchwCodes } from '../../image/planes.ts'
import { openCrew } from '../../quantise/engine-crew.ts'
import { runGently } from '../../quantise/run-gently.ts'
import { readInput } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'

export interface LoadedImage {
  readonly path: string
  readonly bytes: Uint8Array
  readonly letterboxed: Letterboxed
  /** Codes of the network's input. */
  readonly codes: Codes
}

/** Reads, decodes and letterboxes an image (the first of a folder) for a network. */
export async function loadImage(path: string, graph: IntegerGraph): Promise<LoadedImage> {
  const [first] = await listImages(path)
  const bytes = await readInput(first!)
  const [, height, width] = graph.nodes[0]!.shape
  const letterboxed = letterbox(await decodeImage(bytes, { name: first! }), { width, height })
  return { path: first!, bytes, letterboxed, codes: toNchwCodes(letterboxed, graph.nodes[0]!.quant) }
}

/** Computes every tensor of the integer network with the fast engine. */
export async function runGolden(
  graph: IntegerGraph,
  image: Codes,
  progress: Progress,
  onTally?: OnTally,
): Promise<Map<string, Codes>> {
  const task = progress.start('compute golden data')
  // Its threads start while the engine is made.
  using crew = openCrew(graph)
  const tensors = await runGently(Engine.create(graph, { crew, tallies: onTally !== undefined }), image, {
    onTally,
  })
  task.done(`${tensors.size} tensors`)
  return tensors
}

/** Writes golden activations, a `.npy` a tensor, with an index that says what each one is. */
import { join } from 'node:path'
import { writeNpy } from '../artefacts/npy.ts'
import { digest } from '../golden/digest.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import { writeWhole } from './files.ts'

export interface GoldenIndex {
  readonly image: string
  readonly tensors: readonly {
    readonly name: string
    readonly op: string
    readonly file: string
    readonly shape: readonly number[]
    readonly scale: number
    readonly zeroPoint: number
    readonly bits: number
    /** Order-sensitive digest of the codes. */
    readonly digest: string
  }[]
}

export async function writeGolden(
  folder: string,
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  image: string,
): Promise<GoldenIndex> {
  const entries = graph.nodes.map((node) => {
    const codes = tensors.get(node.name)!
    return { node, codes, file: `${node.name}.npy` }
  })
  for (const { node, codes, file } of entries)
    await writeWhole(join(folder, file), writeNpy({ shape: node.shape, data: codes }))
  const index: GoldenIndex = {
    image,
    tensors: entries.map(({ node, codes, file }) => ({
      name: node.name,
      op: node.op,
      file,
      shape: node.shape,
      ...node.quant,
      digest: digest(codes),
    })),
  }
  await writeWhole(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
  return index
}

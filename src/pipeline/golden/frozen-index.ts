/** This file reads and checks the index of a frozen set, which must name every tensor of the graph beside it. */
import * as v from 'valibot'
import { profileName } from '../../golden/code-range.ts'
import { bits, type IntegerGraph, integerNode, nmsResult, quantParams, shape } from '../../golden/types.ts'
import { isPathName, pathName } from '../../input/path-name.ts'
import {
  type Checked,
  checkJson,
  fileName,
  listOf,
  openObject,
  real,
  refuse,
  sha256Text,
  whole,
} from '../../input/schema.ts'
import { checkCode } from '../../quantise/integer-check.ts'
import { STIMULUS_CHOICES } from '../../stimulus/types.ts'

const INDEX = openObject({
  format: v.literal('assay frozen'),
  version: v.literal(1),
  /** File name of the checkpoint. */
  model: v.pipe(fileName, v.guard(isPathName)),
  weightBits: bits,
  activationBits: bits,
  tableBits: bits,
  /** Name of the graph's profile of arithmetic; absent for `assay`. */
  profile: v.optional(fileName),
  nms: openObject({
    confidence: real(0, 1),
    iou: real(0, 1),
    maxDetections: whole(0, 65_535),
    multiLabel: v.boolean(),
  }),
  /** Stimulus of a run on the set, unless the run chooses another. Older sets have none, and `assay sim` then uses its default. */
  stimulus: v.optional(v.picklist(STIMULUS_CHOICES)),
  /** SHA-256 of `graph.assay`. */
  graph: sha256Text,
  image: openObject({ file: fileName, sha256: sha256Text }),
  layers: listOf(
    openObject({
      name: fileName,
      op: v.picklist(integerNode.options.map(({ entries }) => entries.op.literal)),
      shape,
      ...quantParams.entries,
      digest: v.pipe(v.string(), v.hexadecimal('a digest')),
      file: v.nullable(v.string()),
    }),
    1,
  ),
  boxes: v.nullable(nmsResult),
})
export type FrozenIndex = Checked<typeof INDEX>

export const ADVICE = 'Freeze it again with `assay golden --freeze`.'

/** The file of a layer's codes, below the set's folder. */
export const layerFile = (name: string, where: string): string => `layers/${pathName(`${name}.npy`, where)}`

/** @throws InputError naming the first field that is wrong. */
export function parseFrozenIndex(text: string, file: string): FrozenIndex {
  const index = checkJson(INDEX, text, file, ADVICE)
  const names = new Set<string>()
  for (const [order, layer] of index.layers.entries()) {
    const wrong = (keys: readonly PropertyKey[], expected: string, got: unknown): never =>
      refuse(file, ['layers', order, ...keys], expected, got, ADVICE)
    if (names.has(layer.name)) wrong(['name'], 'a name of its own', layer.name)
    names.add(layer.name)
    checkCode(layer.zeroPoint, layer.bits, ['zeroPoint'], wrong)
    const own = layerFile(layer.name, file)
    if (layer.file !== own && (layer.file !== null || order === 0)) wrong(['file'], own, layer.file)
  }
  return index
}

/** @throws InputError if the index leaves out a tensor of the graph, or contradicts the graph. */
export function checkAgainstGraph(index: FrozenIndex, graph: IntegerGraph, file: string): void {
  const wrong = (keys: readonly PropertyKey[], expected: string, got: unknown): never =>
    refuse(file, keys, expected, got, ADVICE)
  for (const key of ['weightBits', 'activationBits'] as const)
    if (index[key] !== graph[key]) wrong([key], `${graph[key]}, as its graph has`, index[key])
  const profile = profileName(graph)
  if (index.profile !== profile) wrong(['profile'], `${profile ?? 'none'}, as its graph has`, index.profile)
  const { layers } = index
  if (layers.length !== graph.nodes.length)
    wrong(['layers'], `the ${graph.nodes.length} tensors of its graph`, layers)
  for (const [order, { name, op, shape, quant, ...node }] of graph.nodes.entries()) {
    const same = (key: string, expected: string | number, got: string | number): void => {
      if (expected !== got) wrong(['layers', order, key], `${expected}, as its graph has`, got)
    }
    const layer = layers[order]!
    same('name', name, layer.name)
    same('op', op, layer.op)
    same('shape', shape.join('x'), layer.shape.join('x'))
    same('scale', quant.scale, layer.scale)
    same('zeroPoint', quant.zeroPoint, layer.zeroPoint)
    same('bits', quant.bits, layer.bits)
    if ('table' in node && node.table !== null && node.requantBits !== index.tableBits)
      wrong(['tableBits'], `${node.requantBits}, as ${name} has`, index.tableBits)
  }
  if ((index.boxes === null) !== (graph.head === null))
    wrong(
      ['boxes'],
      graph.head === null ? 'null: its graph has no head' : 'boxes: its graph has a head',
      index.boxes,
    )
}

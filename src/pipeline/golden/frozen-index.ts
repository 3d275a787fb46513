/** This file reads and checks the index of a frozen set, which must name every tensor of the graph beside it. */

import type { FrozenLayer } from '../../diff/frozen.ts'
import type { IntegerBox, IntegerGraph, NmsResult } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import {
  at,
  type Fields,
  type Place,
  readChoice,
  readFields,
  readFlag,
  readInteger,
  readList,
  readNumber,
  readText,
  refuse,
} from '../../input/json-fields.ts'
import { type PathName, pathName } from '../../input/path-name.ts'
import { parseStrictJson } from '../../input/strict-json.ts'
import { OPS, readQuant, readShape } from '../../quantise/integer-check.ts'
import { STIMULUS_CHOICES, type StimulusChoice } from '../../stimulus/types.ts'
import type { NmsChoice } from '../model/engine-choice.ts'

export interface FrozenIndex {
  readonly format: 'assay frozen'
  readonly version: 1
  /** File name of the checkpoint. */
  readonly model: PathName
  readonly weightBits: number
  readonly activationBits: number
  readonly tableBits: number
  readonly nms: NmsChoice
  /** Stimulus of a run on the set, unless the run chooses another. Older sets have none, and `assay sim` then uses its default. */
  readonly stimulus?: StimulusChoice
  /** SHA-256 of `graph.assay`. */
  readonly graph: string
  readonly image: { readonly file: string; readonly sha256: string }
  readonly layers: readonly FrozenLayer[]
  readonly boxes: NmsResult | null
}

export const ADVICE = 'Freeze it again with `assay golden --freeze`.'
const SHA256 = /^[0-9a-f]{64}$/
const MOST_BITS = 16

/** The file of a layer's codes, below the set's folder. */
export const layerFile = (name: string, where: string): string => `layers/${pathName(`${name}.npy`, where)}`

/** @throws InputError naming the first field that is wrong. */
export function parseFrozenIndex(text: string, file: string): FrozenIndex {
  const root: Place = { file, field: '', advice: ADVICE }
  const index = readFields(parseStrictJson(text, file, ADVICE), root)
  if (index.format !== 'assay frozen' || index.version !== 1)
    throw new InputError(
      `expected assay frozen version 1, got ${String(index.format).slice(0, 40)} version ${String(index.version).slice(0, 40)}`,
      file,
      ADVICE,
    )
  for (const key of ['weightBits', 'activationBits', 'tableBits'] as const)
    readInteger(index[key], at(root, key), 1, MOST_BITS)
  pathName(readText(index.model, at(root, 'model')), file)
  readText(index.graph, at(root, 'graph'), SHA256)
  checkNms(index, at(root, 'nms'))
  if (index.stimulus !== undefined) readChoice(index.stimulus, at(root, 'stimulus'), STIMULUS_CHOICES)
  const image = readFields(index.image, at(root, 'image'))
  pathName(readText(image.file, at(at(root, 'image'), 'file')), file)
  readText(image.sha256, at(at(root, 'image'), 'sha256'), SHA256)
  checkLayers(index, at(root, 'layers'))
  if (index.boxes !== null) checkBoxes(index, at(root, 'boxes'))
  return index as unknown as FrozenIndex
}

function checkNms(index: Fields, place: Place): void {
  const nms = readFields(index.nms, place)
  readNumber(nms.confidence, at(place, 'confidence'), 0, 1)
  readNumber(nms.iou, at(place, 'iou'), 0, 1)
  readInteger(nms.maxDetections, at(place, 'maxDetections'), 0, 65_535)
  readFlag(nms.multiLabel, at(place, 'multiLabel'))
}

function checkLayers(index: Fields, place: Place): void {
  const names = new Set<string>()
  for (const [order, item] of readList(index.layers, place, 1).entries()) {
    const own = at(place, order)
    const layer = readFields(item, own)
    const name = readText(layer.name, at(own, 'name'))
    if (names.has(name)) refuse(at(own, 'name'), 'a name of its own', name)
    names.add(name)
    readChoice(layer.op, at(own, 'op'), OPS)
    readShape(layer.shape, at(own, 'shape'))
    readQuant(layer, own)
    readText(layer.digest, at(own, 'digest'), /^[0-9a-f]+$/)
    const file = layerFile(name, place.file)
    if (layer.file !== file && (layer.file !== null || order === 0)) refuse(at(own, 'file'), file, layer.file)
  }
}

const BOX_FIELDS = [
  'x0',
  'y0',
  'x1',
  'y1',
  'classIndex',
  'code',
  'score',
  'anchor',
] as const satisfies (keyof IntegerBox)[]

function checkBoxes(index: Fields, place: Place): void {
  const result = readFields(index.boxes, place)
  readInteger(result.candidates, at(place, 'candidates'), 0, 2 ** 31)
  readFlag(result.overflow, at(place, 'overflow'))
  for (const [order, item] of readList(result.boxes, at(place, 'boxes')).entries()) {
    const own = at(at(place, 'boxes'), order)
    const box = readFields(item, own)
    for (const key of BOX_FIELDS) readInteger(box[key], at(own, key), -(2 ** 31), 2 ** 31)
  }
}

/** @throws InputError if the index leaves out a tensor of the graph, or contradicts the graph. */
export function checkAgainstGraph(index: FrozenIndex, graph: IntegerGraph, file: string): void {
  const root: Place = { file, field: '', advice: ADVICE }
  for (const key of ['weightBits', 'activationBits'] as const)
    if (index[key] !== graph[key]) refuse(at(root, key), `${graph[key]}, as its graph has`, index[key])
  const { layers } = index
  const place = at(root, 'layers')
  if (layers.length !== graph.nodes.length)
    refuse(place, `the ${graph.nodes.length} tensors of its graph`, layers)
  for (const [order, { name, op, shape, quant, ...node }] of graph.nodes.entries()) {
    const own = at(place, order)
    const same = (key: keyof FrozenLayer, expected: string | number, got: string | number): void => {
      if (expected !== got) refuse(at(own, key), `${expected}, as its graph has`, got)
    }
    const layer = layers[order]!
    same('name', name, layer.name)
    same('op', op, layer.op)
    same('shape', shape.join('x'), layer.shape.join('x'))
    same('scale', quant.scale, layer.scale)
    same('zeroPoint', quant.zeroPoint, layer.zeroPoint)
    same('bits', quant.bits, layer.bits)
    if ('table' in node && node.table !== null && node.requantBits !== index.tableBits)
      refuse(at(root, 'tableBits'), `${node.requantBits}, as ${name} has`, index.tableBits)
  }
  if ((index.boxes === null) !== (graph.head === null))
    refuse(
      at(root, 'boxes'),
      graph.head === null ? 'null: its graph has no head' : 'boxes: its graph has a head',
      index.boxes,
    )
}

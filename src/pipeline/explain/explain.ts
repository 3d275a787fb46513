/** `assay explain` finds an output element and shows every step of its computation, in the reference model and in the RTL. */
import { join } from 'node:path'
import { explainBox } from '../../diff/explain-box.ts'
import { explainConv, type LaneOrder } from '../../diff/explain-conv.ts'
import { explainElement, type NamedCodes } from '../../diff/explain-element.ts'
import type { RtlTrace } from '../../diff/explain-rtl.ts'
import type { ElementPosition, Explanation, Product } from '../../diff/explain-types.ts'
import { profileOf } from '../../golden/code-range.ts'
import { runHead } from '../../golden/head.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode, NmsResult } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { writeExplanationCsv } from '../../report/explain.ts'
import type { RomSet } from '../../rom/emit.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { planConvLanes } from '../../rom/weights.ts'
import { writeWhole } from '../../store/files.ts'
import { chooseNms } from '../model/engine-choice.ts'
import type { RunRecord } from '../model/run-record.ts'
import { checkPosition } from './position.ts'

export type ExplainTarget =
  | { readonly kind: 'element'; readonly node: IntegerNode; readonly at: ElementPosition }
  | { readonly kind: 'box'; readonly index: number }

export interface Explained {
  readonly explanation: Explanation
  /** The products of a convolution's element; null for other layers. */
  readonly products: readonly Product[] | null
  /** All boxes of the image if one of them is explained, else null. */
  readonly boxes: NmsResult | null
}

/**
 * Finds the target: the first convolution if no layer is given, the last layer of a module, the first box of the detect head.
 * @throws InputError naming the unknown layer, or the position outside it.
 */
export function findTarget(
  graph: IntegerGraph,
  layer: string | undefined,
  at: ElementPosition,
  box: number | undefined,
): ExplainTarget {
  if (box !== undefined || layer === graph.detect.name) {
    if (graph.head === null)
      throw new InputError('the model has no integer head.', '--box', 'Quantise with --scope all.')
    if (box !== undefined && !(Number.isInteger(box) && box >= 0))
      throw new InputError(`expected the number of a box, from 0, got ${box}.`, '--box')
    return { kind: 'box', index: box ?? 0 }
  }
  const name = layer === undefined ? undefined : (graph.aliases.get(layer) ?? layer)
  const node = graph.nodes.find((candidate) =>
    name === undefined ? candidate.op === 'conv' : candidate.name === name,
  )
  if (node === undefined) throw unknownLayer(graph, layer ?? '')
  return { kind: 'element', node, at: checkPosition(node, at) }
}

function unknownLayer(graph: IntegerGraph, layer: string): InputError {
  const names = graph.nodes.map(({ name }) => name)
  const close = names.filter((name) => name.startsWith(`${layer}.`))
  const hint = close.length > 0 ? close : names.filter((name) => name.includes(layer.split('.').at(-1)!))
  const list = (hint.length > 0 ? hint : names).slice(0, 6).join(', ')
  return new InputError(`no layer ${layer}.`, '--layer', `There is ${list}.`)
}

/** @param roms ROMs of the engine whose order of work is followed. If null (the model does not fit it): tap by tap, channel by channel. */
export function explainTarget(
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  target: ExplainTarget,
  roms: RomSet | null,
  engine: EngineParameters,
): Explained {
  if (target.kind === 'box') {
    const boxes = runHead(graph, tensors, chooseNms(graph, engine))
    const box = boxes.boxes[target.index]
    if (box === undefined)
      throw new InputError(
        `there is no box ${target.index}: ${boxes.boxes.length} were found.`,
        '--box',
        boxes.boxes.length === 0 ? 'Choose another image.' : `The last is ${boxes.boxes.length - 1}.`,
      )
    return { explanation: explainBox(graph, tensors, box), products: null, boxes }
  }
  const { node, at } = target
  const inputs = inputsOf(graph, tensors, node)
  if (node.op !== 'conv')
    return { explanation: explainElement(node, inputs, at, profileOf(graph)), products: null, boxes: null }
  const { products, ...explanation } = explainConv(
    node,
    inputs[0]!,
    at,
    laneOrder(node, roms),
    profileOf(graph),
  )
  return { explanation, products, boxes: null }
}

function inputsOf(
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  node: IntegerNode,
): readonly NamedCodes[] {
  const names = node.op === 'input' ? [node.name] : node.inputs
  return names.map((name) => {
    const { shape, quant } = graph.nodes.find((candidate) => candidate.name === name)!
    return { name, shape, quant, codes: tensors.get(name)! }
  })
}

function laneOrder(node: IntegerConv, roms: RomSet | null): LaneOrder {
  if (roms !== null) {
    const { placements, engine } = roms
    const { taps } = planConvLanes(node, placements.get(node.inputs[0])!, placements.get(node.name)!, engine)
    return { taps, inputLanes: engine.inputLanes }
  }
  const area = node.kernel * node.kernel
  const taps = Int32Array.from(
    { length: area * node.inChannels },
    (_, index) => (index % node.inChannels) * area + Math.floor(index / node.inChannels),
  )
  return { taps, inputLanes: node.inChannels }
}

/** Writes `<layer>_<c>_<y>_<x>.csv` and `.json`, and returns their paths. */
export async function writeExplanation(
  folder: string,
  { explanation }: Explained,
  target: ExplainTarget,
  rtl: RtlTrace | null,
  record: RunRecord & { readonly image: { readonly file: string; readonly sha256: string } },
): Promise<readonly string[]> {
  const { layer, at, columns, rows } = explanation
  const stem =
    target.kind === 'box' ? `${layer}_box_${target.index}` : `${layer}_${at.channel}_${at.y}_${at.x}`
  const csv = join(folder, pathName(`${stem}.csv`, 'layer'))
  const json = join(folder, pathName(`${stem}.json`, 'layer'))
  const steps = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
  const { rows: _rows, columns: _columns, ...head } = explanation
  await writeWhole(csv, writeExplanationCsv(explanation, rtl))
  await writeWhole(
    json,
    `${JSON.stringify({ format: 'assay explanation', version: 1, ...head, steps, rtl, run: record }, null, 1)}\n`,
  )
  return [csv, json]
}

/** One tensor of a dump against the golden one. */
import { classifyFault } from '../../diff/classify.ts'
import { compareTensors } from '../../diff/compare.ts'
import { countCodes, mapErrors } from '../../diff/error-map.ts'
import type { FaultKind } from '../../diff/fault-kinds.ts'
import { sizeOf, unitsOf } from '../../dump/elements.ts'
import { exactLayout, type Fit, fitLayout } from '../../dump/infer.ts'
import {
  type DumpContent,
  type DumpTensor,
  describeLayout,
  describeShape,
  type StatedLayout,
} from '../../dump/types.ts'
import { codeOffset, profileOf } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerGraph, IntegerNode } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { formatCount } from '../../report/table.ts'
import type { LayerResult } from '../../result/result.ts'
import type { Golden } from '../bench/reference.ts'
import type { ReadDump } from './read.ts'

/** A share of equal elements below which a header or blocks filled up, which nobody has stated, are none, but a wrong length. */
const PADDED_SHARE = 0.5

function toDumpTensor(node: IntegerNode, golden: Golden, graph: IntegerGraph): DumpTensor {
  const { name, shape, quant } = node
  const [channels, height, width] = shape
  const sides = { inputHeight: height, inputWidth: width, outputHeight: height, outputWidth: width }
  return {
    ...{ name, shape, quant, codes: golden.get(name)! },
    offset: codeOffset(profileOf(graph), quant.bits),
    sizes: {
      ...{ name, ...sides, inputChannels: channels, outputChannels: channels },
      ...{ kernel: 1, hasTable: 0, requantBits: quant.bits },
    },
  }
}

/** @throws InputError for a dump that is too short or too long. */
export function compareDump(
  { content, stated }: ReadDump,
  node: IntegerNode,
  graph: IntegerGraph,
  golden: Golden,
  where: string,
): LayerResult {
  const begin = performance.now()
  const tensor = toDumpTensor(node, golden, graph)
  const fitting = fitLayout(content, tensor, stated, where)
  if (fitting === null) refuseSize(content, tensor, stated, where)
  const { best, second } = fitting
  const { layout, order, codes } = best
  const elements = tensor.codes.length
  const isPadded =
    (stated.offset === undefined && layout.offset > 0) ||
    (stated.order === undefined && order.places > elements)
  if (isPadded && best.equal < PADDED_SHARE * elements) refuseSize(content, tensor, stated, where)
  const { shape, quant, offset } = tensor
  const cycles = 'cycles' in content ? content.cycles : undefined
  const cycleOf = (element: number): number =>
    cycles?.[layout.offset + Math.floor(order.placeOf(element) / layout.lanes)] ?? Number.NaN
  const { mismatches, first } = compareTensors(tensor.codes, codes, shape, cycleOf, offset)
  const isEqual = mismatches === 0
  return {
    ...{ name: node.name, op: node.op, shape, elements, mismatches, first },
    ...{ stray: 0, repeated: 0, cycles: 0, macs: 0, error: null },
    kind: isEqual
      ? null
      : (nameLayout(content, tensor, stated, best, where) ?? classify(best, tensor, node, graph, golden)),
    errorMap: isEqual ? null : mapErrors(tensor.codes, codes, shape, offset),
    histogram: countCodes(tensor.codes, isEqual ? null : codes, quant.bits, offset),
    seconds: (performance.now() - begin) / 1000,
    dump: {
      file: where,
      layout: describeLayout(layout, content.kind),
      inferred: second !== null,
      ...(second === null
        ? {}
        : {
            second: describeLayout(second.layout, content.kind),
            secondShare: second.share,
            tried: fitting.tried,
          }),
    },
  }
}

/** Whether every code is exact in another layout than the stated one. */
function nameLayout(
  content: DumpContent,
  tensor: DumpTensor,
  stated: StatedLayout,
  { layout }: Fit,
  where: string,
): FaultKind | null {
  const { offset } = stated
  const free: readonly StatedLayout[] = [
    { ...(offset === undefined ? {} : { offset }) },
    { ...(offset === undefined ? {} : { offset }), signed: !layout.signed },
  ]
  for (const other of free) {
    const exact = exactLayout(content, tensor, other, where)
    if (exact !== null)
      return {
        name: exact.order === layout.order && exact.signed !== layout.signed ? 'sign' : 'order',
        evidence: `every code is exact as ${describeLayout(exact, content.kind)}, and was read as ${describeLayout(layout, content.kind)}`,
      }
  }
  return null
}

function classify(
  { codes, layout }: Fit,
  { codes: expected, shape, quant }: DumpTensor,
  node: IntegerNode,
  graph: IntegerGraph,
  golden: Golden,
): FaultKind | null {
  const others = (node.op === 'input' ? [] : node.inputs).flatMap(
    (name): readonly (CodeTensor & { name: string })[] => {
      const own = golden.get(name)
      const from = graph.nodes.find((one) => one.name === name)!
      return own === undefined ? [] : [{ name, codes: own, shape: from.shape, quant: from.quant }]
    },
  )
  return classifyFault(expected, codes, shape, quant.bits, {
    ...(layout.lanes > 1 ? { inputLanes: layout.lanes, outputLanes: layout.lanes } : {}),
    ...{ profile: profileOf(graph), others },
    ...(node.op === 'conv' ? { table: node.table } : {}),
    ...(node.op === 'input' || others.length < node.inputs.length ? {} : { layer: { node, inputs: others } }),
    convolutions: graph.nodes.filter((one) => one.op === 'conv'),
  })
}

const UNITS = { bytes: 'bytes', words: 'words', values: 'numbers' } as const

/** @throws InputError with the sizes that would fit. */
function refuseSize(content: DumpContent, tensor: DumpTensor, stated: StatedLayout, where: string): never {
  const size = sizeOf(content)
  const unit = UNITS[content.kind]
  const { order, bits, offset = 0, lanes = 1 } = stated
  const elements = tensor.codes.length
  const room = (own: number): number => offset + unitsOf(content, { lanes, bits: own }, elements)
  // Only the size of a file without structure depends on the bits.
  const widths = bits !== undefined ? [bits] : [8, 16, 32].filter((own) => own >= tensor.quant.bits)
  const takes =
    content.kind === 'bytes'
      ? widths.map((own) => `${formatCount(room(own))} at ${own} bits`).join(', ')
      : `${formatCount(room(0))} ${unit}`
  const width = content.kind === 'words' ? ` of ${content.width} bits` : ''
  const field = content.kind === 'bytes' ? undefined : content.field
  throw new InputError(
    `${field ?? unit}: too ${size < room(widths[0]!) ? 'short' : 'long'}: it has ${formatCount(size)} ${unit}${width}; the ${formatCount(elements)} elements of ${tensor.name} (${describeShape(tensor)})${order === undefined ? '' : ` in order '${order}'`} take ${takes}`,
    where,
    'State --lane-bits, --lanes or --order where they are others; what lies before the tensor is --offset.',
  )
}

/** This file makes a layer's result from what the user's module sent. */

import { classifyFault, type FaultContext } from '../../diff/classify.ts'
import { compareTensors } from '../../diff/compare.ts'
import { countCodes, mapErrors } from '../../diff/error-map.ts'
import type { FaultKind } from '../../diff/fault-kinds.ts'
import { codeOffset } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { ToolError } from '../../input/tool-error.ts'
import { outputOffset } from '../../operator/beats.ts'
import { findOrder } from '../../operator/layout.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { LayerResult } from '../../result/result.ts'
import { isLost, SimulationError } from '../../simulate/simulation-error.ts'
import { withoutResult } from '../bench/layer.ts'
import type { Golden } from '../bench/reference.ts'
import type { LayerConfig } from './config.ts'

/** What a module sent for a layer. */
export interface Received {
  readonly codes: Int32Array
  readonly cycleOf: (element: number) => number
  readonly stray: number
  readonly repeated: number
  readonly cycles: number
  readonly seconds: number
  readonly error: string | null
  /** Cycles without a further beat after the last one; 0 of one that was not watched. */
  readonly quiet: number
  /** Cycle of the model to look at where no element has one. */
  readonly lookAt?: number
}

/** Compares every element. @param together the layers of one run of the model, whose tables and tensors may be taken for this one's */
export function describeReceived(
  run: Received,
  own: LayerConfig,
  layer: LayerInfo,
  golden: Golden,
  together: readonly LayerInfo[] = [],
): LayerResult {
  const expected = golden.get(layer.name)!
  const { shape, quant } = layer.node
  const offset = outputOffset(layer)
  const { elements, mismatches, first } = compareTensors(expected, run.codes, shape, run.cycleOf, offset)
  const equal = mismatches === 0
  const { output, regions } = own.config
  const outputLanes =
    regions.find((region) => region.tensor === 'output' && region.layer === layer.name)?.lanes ?? output.lanes
  const context: FaultContext = {
    ...{ inputLanes: outputLanes, outputLanes, pixels: 1, profile: layer.profile },
    ...(layer.node.op === 'input' ? {} : { layer: { node: layer.node, inputs: inputsOf(layer, golden) } }),
    convolutions: together.flatMap(({ node }) => (node.op === 'conv' ? [node] : [])),
  }
  return {
    ...resultBase(layer),
    elements,
    mismatches,
    first,
    stray: run.stray,
    repeated: run.repeated,
    watched: run.quiet === 0 ? undefined : run.quiet,
    cycles: run.cycles,
    seconds: run.seconds,
    error: run.error,
    kind: equal
      ? null
      : (nameOrder(run.codes, own, layer, expected) ??
        classifyFault(expected, run.codes, shape, quant.bits, context)),
    errorMap: equal ? null : mapErrors(expected, run.codes, shape, offset),
    histogram: countCodes(expected, equal ? null : run.codes, quant.bits, offset),
  }
}

/** What the layer reads, as it is carried. */
function inputsOf({ inputs, profile, ...layer }: LayerInfo, golden: Golden): readonly CodeTensor[] {
  return inputs.map(({ name, scale, bits, zeroPoint }) => ({
    codes: golden.get(name)!,
    shape: [layer.inputChannels, layer.inputHeight, layer.inputWidth],
    quant: { scale, bits, zeroPoint: zeroPoint + codeOffset(profile, bits) },
  }))
}

function nameOrder(
  codes: Int32Array,
  { config, path }: LayerConfig,
  layer: LayerInfo,
  expected: Codes,
): FaultKind | null {
  const { order } = config.output
  const found = findOrder(order, layer, expected, codes, path)
  return found === null
    ? null
    : {
        name: 'order',
        evidence: `every code is exact in the order '${found}', the configuration says '${order}'`,
      }
}

const resultBase = ({ name, op, macs, node }: LayerInfo) => ({
  name,
  op,
  macs,
  shape: node.shape,
})

/** Errors of one layer, after which the others can still run. */
export type LayerError = SimulationError | ToolError | InputError

export const isLayerError = (error: unknown): error is LayerError =>
  error instanceof SimulationError || error instanceof ToolError || error instanceof InputError

/** Makes the result of a layer that could not run. */
export const failedOperator = (layer: LayerInfo, error: LayerError): LayerResult =>
  withoutResult(resultBase(layer), {
    message: error.message,
    cycle: error instanceof SimulationError ? error.cycle : 0,
    broken: isLost(error) || error instanceof ToolError ? true : undefined,
  })

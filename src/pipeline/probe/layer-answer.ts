/** What the user's module gives for an input of one convolution. */
import type { Candidate } from '../../arithmetic/fit-profiles.ts'
import { wrongElements } from '../../diff/fault-evidence.ts'
import { computeLayer } from '../../diff/hypotheses/convolve-changed.ts'
import type { Codes, IntegerConv } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import type { LayerInfo } from '../../operator/types.ts'
import { formatCount } from '../../report/table.ts'
import type { LayerProbe } from '../../result/probe.ts'
import { SimulationError, type SimulationErrorKind } from '../../simulate/simulation-error.ts'
import type { LoadedConfig } from '../own-rtl/config.ts'
import { type BuiltLayer, buildLayer, type OwnBench, openLayer } from '../own-rtl/open.ts'
import { driveOperator } from '../own-rtl/run.ts'
import { codesUnder } from './layer-check.ts'
import type { LayerInput } from './layer-inputs.ts'

export type ConvLayer = LayerInfo & { readonly node: IntegerConv }

/** What the module gave for an input, and what it should have given. */
export interface Answered {
  readonly input: LayerInput
  readonly expected: Codes
  readonly codes: Int32Array
}

/** Of the layer with its own table, and its own M: codes that differ from those of an arithmetic, and all. */
export async function countReal(
  candidate: Candidate,
  layer: ConvLayer,
  input: LayerInput,
  loaded: LoadedConfig,
  at: OwnBench,
): Promise<LayerProbe['wrongReal']> {
  const expected = codesUnder(candidate, layer.profile, layer.node, input.tensor)
  if (expected === null) return null
  const { codes } = await answer(await buildLayer(loaded, layer, at), layer, input, at)
  const wrong = wrongElements(expected, codes).length
  return wrong === 0 ? null : { wrong, of: expected.length }
}

/** A module that waits for something, or ends before it has answered. Others failed: see `assay sim`. */
const SILENT: readonly SimulationErrorKind[] = ['cycle-budget', 'no-progress', 'finished', 'deadline']

export async function answer(
  built: BuiltLayer,
  { node, profile }: ConvLayer,
  input: LayerInput,
  at: OwnBench,
): Promise<Answered> {
  const { layer, own } = built
  const place = `${layer.name} (${input.name})`
  const expected = computeLayer(node, input.tensor, profile)
  if (expected === null) throw new Error(`Expected the engine to compute ${place}`)
  const golden = new Map([
    [node.inputs[0], input.tensor.codes],
    [layer.name, expected],
  ])
  const refuse = (what: string, cause?: unknown): InputError =>
    new InputError(
      `${own.config.top} does not answer ${place}: ${what}`,
      own.path,
      `\`assay sim --module ${own.path} --layers ${layer.name}\` writes a waveform; withinCycles gives it more time.`,
      { cause },
    )
  await using open = await openLayer(built, golden, at)
  const { error, codes } = await driveOperator(open.dut, own, layer, golden).catch((error: unknown) => {
    if (error instanceof SimulationError && SILENT.includes(error.kind)) throw refuse(error.message, error)
    throw error
  })
  const missing = codes.filter((code) => code < 0).length
  if (missing > 0 || error !== null)
    throw refuse(error ?? `${formatCount(missing)} of ${formatCount(codes.length)} codes never came`)
  return { input, expected, codes }
}

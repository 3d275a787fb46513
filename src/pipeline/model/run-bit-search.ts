/** This file searches the activation bits of single layers on calibration images, and says what it found as overrides. */
import type { FloatGraph } from '../../graph/types.ts'
import { toNchwCodes } from '../../image/planes.ts'
import { type Checked, openObject, real, whole } from '../../input/schema.ts'
import type { Calibration } from '../../quantise/calibrate.ts'
import { imageQuant } from '../../quantise/code-ranges.ts'
import type { QuantiseOptions } from '../../quantise/integer-graph.ts'
import { type Overrides, overridesSchema, parseOverrides } from '../../quantise/overrides.ts'
import { type ResolvedOverrides, resolveOverrides } from '../../quantise/resolve-overrides.ts'
import { type BitProbe, searchBits } from '../../quantise/search-bits.ts'
import type { Progress } from '../files/progress.ts'
import type { CalibrationImages } from './calibration-images.ts'
import { runFloatOutputs } from './float-outputs.ts'
import type { ModelOptions } from './options.ts'

/** What the search found, and on how many images. This is plain data. */
export const bitSearchReport = openObject({
  images: whole(1),
  /** Mean bits per stored activation code: the most that was allowed, and what was given out. */
  budget: real(4),
  mean: real(4),
  /** Errors of the output as shares of the signal, with unrefined weights of 8 bits: all tensors at A, and as found. */
  outputError: openObject({ before: real(0), after: real(0) }),
  /** The overrides of the run with the bits of every tensor that was open, by the checkpoint's own names. */
  overrides: overridesSchema,
})
export type BitSearchReport = Checked<typeof bitSearchReport>

/** Each takes a run of the network for every step that is tried. */
const PROBES = 4
/** Weights are refined after the search: the noise of few bits, rounded to nearest, would hide that of activations. */
const WEIGHT_BITS = 8

export interface BitSearchInput {
  readonly calibration: Calibration
  readonly images: CalibrationImages
  readonly resolved: ResolvedOverrides
}

/** @returns what was found, and A of all groups that have bits of their own */
export async function runBitSearch(
  graph: FloatGraph,
  { calibration, images, resolved }: BitSearchInput,
  options: ModelOptions & { readonly activationBudget: number },
  progress: Progress,
): Promise<{ readonly report: BitSearchReport; readonly groupBits: ReadonlyMap<string, number> }> {
  const { activationBudget: budget, observer, weightBits } = options
  const { observers, groupBits } = resolved
  const task = progress.start(`search activation bits for a mean of ${budget}`)
  const quantise: QuantiseOptions = { ...options, groupBits, weightBits: Math.max(weightBits, WEIGHT_BITS) }
  const some = await images.loadSome(PROBES)
  const outputs = await runFloatOutputs(graph, some, options.scope)
  const probes = some.map(
    (image, i): BitProbe => ({
      real: outputs[i]!,
      codesOf: (bits) => toNchwCodes(image, imageQuant(bits, options.profile)),
    }),
  )
  const base = observer === 'auto' ? 'mse' : observer
  const search = await searchBits(
    { graph, calibration, probes, budget, observer: base, observers },
    quantise,
    (done, of) => task.update(done / of, `${done} of ${of} networks`),
  )
  const { found, mean, before, after } = search
  const [few, more] = [percent(before), percent(after)]
  task.done(
    `${mean.toFixed(3)} bits: error of scores and boxes ${few} before, ${more} after, on ${probes.length} calibration images and with weights of ${quantise.weightBits} bits`,
  )
  const all = new Map([...groupBits, ...found])
  const report = {
    ...{ images: probes.length, budget, mean, outputError: { before, after } },
    overrides: addBits(graph, options, all),
  }
  return { report, groupBits: all }
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

/** The bits of all groups that the overrides do not name, beside what the overrides say. */
function addBits(
  graph: FloatGraph,
  { overrides, profile }: ModelOptions,
  all: ReadonlyMap<string, number>,
): Overrides {
  const named = resolveOverrides(graph, overrides, '--overrides', { profile }).groupBits
  const added = [...all]
    .filter(([group]) => !named.has(group))
    .map(([group, activationBits]) => [group, { ...overrides[group], activationBits }] as const)
  return parseOverrides({ ...overrides, ...Object.fromEntries(added) }, 'the search of bits')
}

/** `assay probe --module`: one convolution of a model on the user's module, and what its codes fit. */
import { isDeepStrictEqual } from 'node:util'
import { listCandidates } from '../../arithmetic/candidates.ts'
import {
  AS_GIVEN,
  type Candidate,
  findContradiction,
  fitProfiles,
  type Ranking,
  type Sample,
} from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import { wrongElements } from '../../diff/fault-evidence.ts'
import { computeLayer } from '../../diff/hypotheses/convolve-changed.ts'
import { exactArithmetics } from '../../diff/hypotheses/list.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { listLayers } from '../../operator/layer-info.ts'
import { claims } from '../../operator/settle-config.ts'
import type { Environment } from '../../process/environment.ts'
import { formatCount, formatSeconds } from '../../report/table.ts'
import type { LayerProbe, ProbeResult } from '../../result/probe.ts'
import type { Progress } from '../files/progress.ts'
import { loadImage, runGolden } from '../model/golden-run.ts'
import type { LoadedConfig } from '../own-rtl/config.ts'
import { buildLayer, type OwnBench } from '../own-rtl/open.ts'
import { type Answered, answer, type ConvLayer, countReal } from './layer-answer.ts'
import { codesUnder, firstWrong } from './layer-check.ts'
import { makeInputs, searchInput } from './layer-inputs.ts'
import { revealRounding } from './layer-parameters.ts'
import { listSamples, type Sight, settingsOf, shapeOf, sightOf } from './layer-samples.ts'

export interface LayerProbeOptions {
  readonly loaded: LoadedConfig
  readonly graph: IntegerGraph
  readonly modelName: string
  readonly imagePath: string
  /** By name; the first convolution that the configuration claims without. */
  readonly layer?: string | undefined
  /** Further profiles to try. */
  readonly own: readonly Profile[]
  readonly seed: number
  /** Of memory files. */
  readonly folder: string
  readonly cacheDir: string
  readonly environment: Environment
}

/** A call of the module that takes longer is ended. */
const MOST_MS = 20_000
/** A slow module is given no further input after this time, so that a probe stays below a minute. */
const ENOUGH_MS = 15_000
/** So often accumulators are searched on which those disagree that fit. */
const SEARCHES = 3

/** @throws InputError for a layer that there is not, and a module that does not answer; SimulationError, ToolError for one that fails */
export async function probeLayer(options: LayerProbeOptions, progress: Progress): Promise<ProbeResult> {
  const { loaded, graph, own, seed, environment, cacheDir, folder } = options
  const chosen = chooseLayer(options)
  const { node, table } = revealRounding(chosen.node, loaded.config)
  const layer: ConvLayer = { ...chosen, node }
  const { profile } = layer
  const picture = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, picture.codes, progress)
  const { shape, quant } = graph.nodes.find(({ name }) => name === node.inputs[0])!
  const image = { codes: golden.get(node.inputs[0])!, shape, quant }
  const inputs = makeInputs(profile, node, image, seed)
  const at: OwnBench = {
    ...{ folder, cacheDir, environment, simulator: 'verilator', deadlineMs: MOST_MS },
  }
  const building = progress.start(`build ${loaded.config.top} for ${layer.name}`)
  const built = await buildLayer(loaded, layer, at)
  building.done()

  const task = progress.start(`drive ${loaded.config.top}`)
  const begin = performance.now()
  const sight = sightOf(profile, node, table)
  const answers: Answered[] = []
  for (const input of inputs) {
    if (answers.length > 0 && performance.now() - begin > ENOUGH_MS) break
    task.update(answers.length / inputs.length, `${layer.name}, ${input.name}`)
    answers.push(await answer(built, layer, input, at))
  }
  const settings = settingsOf(profile, node)
  const sample = ({ input, codes }: Answered) => listSamples(profile, node, input, codes, sight, settings)
  const samples = answers.flatMap(sample)
  const candidates = candidatesOf(layer, own)
  let ranking = fitProfiles(samples, candidates, sight.bits, sight.see)
  for (let search = 0; search < SEARCHES && ranking.exact.length > 1; search++) {
    if (performance.now() - begin > ENOUGH_MS) break
    const alike = ranking.exact.map(({ candidate }) => candidate)
    const see = (code: bigint) => BigInt.asUintN(sight.bits, sight.see(code))
    const found = searchInput(profile, node, image, alike, settings, see, seed + search)
    if (found === null) break
    task.update(1, `${layer.name}, ${found.name}`)
    const more = await answer(built, layer, found, at)
    answers.push(more)
    samples.push(...sample(more))
    ranking = fitProfiles(samples, candidates, sight.bits, sight.see)
  }
  // The accumulators that were looked at are some: the codes of all are compared, and one that differs is looked at.
  const compared = new Set<Candidate>()
  for (
    let [best] = ranking.exact;
    best !== undefined && !compared.has(best.candidate);
    [best] = ranking.exact
  ) {
    compared.add(best.candidate)
    const missed = answers.flatMap((own) => {
      const codes = codesUnder(best!.candidate, profile, node, own.input.tensor)
      const at = codes === null ? -1 : firstWrong(codes, own.codes)
      return at < 0 ? [] : listSamples(profile, node, own.input, own.codes, sight, settings, [at])
    })
    if (missed.length === 0) break
    samples.push(...missed)
    ranking = fitProfiles(samples, candidates, sight.bits, sight.see)
  }
  const [fit] = ranking.exact
  const wrongReal =
    fit === undefined || table !== 'index'
      ? null
      : await countReal(fit.candidate, chosen, inputs[0]!, loaded, at)
  const result = describe(layer, answers, samples, ranking, candidates, sight, wrongReal)
  const seconds = (performance.now() - begin) / 1000
  task.done(`${formatCount(samples.length)} accumulators in ${formatSeconds(seconds)}`)
  return { top: loaded.config.top, ...result, ports: null, seconds }
}

function chooseLayer({ loaded, graph, layer: wanted, modelName }: LayerProbeOptions): ConvLayer {
  const claimed = listLayers(graph).filter((layer) => claims(loaded.config, layer, loaded.path))
  const convs = claimed.filter((layer): layer is ConvLayer => layer.op === 'conv')
  const name = wanted === undefined ? undefined : (graph.aliases.get(wanted) ?? wanted)
  const found = convs.find((layer) => name === undefined || layer.name === name)
  if (found !== undefined) return found
  if (wanted === undefined || convs.length === 0)
    throw new InputError(
      `'layers' claims no convolution of ${modelName} at w${graph.weightBits}a${graph.activationBits}`,
      loaded.path,
      '`assay inspect` shows their sizes; `--bits` chooses the widths.',
    )
  const some = convs.slice(0, 4).map((layer) => layer.name)
  throw new InputError(
    `${wanted} is no convolution that ${loaded.path} claims`,
    '--layer',
    `It claims ${some.join(', ')}${convs.length > some.length ? ' and others' : ''}.`,
  )
}

/** The arithmetic of the model first, whatever it scales by. */
function candidatesOf({ profile, node }: ConvLayer, own: readonly Profile[]): readonly Candidate[] {
  const { name, requantise: stages } = profile
  const others = listCandidates(shapeOf(profile, node), [profile, ...own]).filter(
    (other) => other.name !== name || !isDeepStrictEqual(other.reading, AS_GIVEN),
  )
  return [{ name, stages, reading: AS_GIVEN }, ...others]
}

function describe(
  layer: ConvLayer,
  answers: readonly Answered[],
  samples: readonly Sample[],
  { exact, nearest }: Ranking,
  candidates: readonly Candidate[],
  { see, bits }: Sight,
  wrongReal: LayerProbe['wrongReal'],
): Omit<ProbeResult, 'top' | 'ports' | 'seconds'> {
  const { node, profile } = layer
  const isFit = exact.length > 0
  // How much of it is as it should be is told even where others are nearer.
  const [asDriven] = candidates
  const driven = isFit ? [] : fitProfiles(samples, [asDriven!], bits, see).nearest
  const others = nearest.filter(({ candidate }) => isFit || candidate !== asDriven)
  const ranking: Ranking = { samples: samples.length, exact, nearest: [...driven, ...others] }
  const probe: LayerProbe = {
    name: layer.name,
    inputs: [...new Set(answers.map(({ input }) => input.name))],
    profile,
    isIndex: bits < node.requantBits && node.table !== null,
    wrongReal,
    other: isFit ? null : findOther(layer, answers),
  }
  const contradiction = isFit || probe.other !== null ? null : findContradiction(samples)
  return { codeBits: node.quant.bits, ranking, settings: node.shape[0], contradiction, layer: probe }
}

/** Another accumulator, another padding: what no stages behind the profile's own accumulators tell. */
function findOther({ node, profile }: ConvLayer, answers: readonly Answered[]): LayerProbe['other'] {
  const wrongOf = ({ expected, codes }: Answered) => wrongElements(expected, codes)
  // An input without a fault tells no arithmetic from another.
  const worst = answers.toSorted((a, b) => wrongOf(b).length - wrongOf(a).length)[0]!
  const found = exactArithmetics(
    { actual: worst.codes, wrong: wrongOf(worst) },
    { node, profile, input: worst.input.tensor },
  )
  return (
    found.find((other) =>
      answers.every(({ input, codes }) =>
        computeLayer(other.node, input.tensor, other.profile)?.every((code, at) => code === codes[at]),
      ),
    ) ?? null
  )
}

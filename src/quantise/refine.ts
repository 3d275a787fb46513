/**
 * Refinement: layer by layer from the image on, the integer network runs on calibration images, and each convolution's
 * weights and bias are chosen for the codes that it really reads. A layer thus also compensates the errors before it.
 *
 * With all techniques of `best`, a part of the images is held back. Each layer's candidates are compared on them, and so is the
 * whole network with that of `fast`. What is better there is then fitted to all images.
 */
import type { Crew } from '../golden/engine.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { type ChosenLayer, chooseLayer, describeChoice, type LayerChoice } from './choose-layer.ts'
import { measureNetwork, type NetworkProbe } from './compare-networks.ts'
import { openCrew } from './engine-crew.ts'
import { holdBack } from './hold-back.ts'
import { nodesInScope, type Ranges, type RefinedLayer } from './integer-graph.ts'
import { MatrixProducts } from './matrix-products.ts'
import { type Chain, type ReadyLayer, refineChain } from './refine-chain.ts'
import { type LayerOptions, refineLayer } from './refine-layer.ts'
import type { RefineTargets } from './refine-targets.ts'
import { choosesByLayer, holdsBack, techniquesOf } from './techniques.ts'

/** Refined layers of an earlier run with the same inputs that was cut short. Layers are read in the order in which they were written. */
export interface LayerStore {
  read(layer: string): Promise<ChosenLayer | null>
  write(layer: string, chosen: ChosenLayer): Promise<void>
  /** Layers that were read. */
  readonly found: number
}

export interface RefineProgress {
  readonly done: number
  readonly of: number
  readonly text: string
}

/** What is refined, and on what. */
export interface RefineTask {
  readonly graph: FloatGraph
  readonly ranges: Ranges
  /** What the float network gives for each image. */
  readonly targets: RefineTargets
  /** Codes of each image. */
  readonly images: readonly Codes[]
  /**
   * The float network's tensors of `listOutputTensors` for each image of `heldBackOf`, in its order. Without them the whole networks
   * are not compared.
   */
  readonly heldOutputs?: readonly ReadonlyMap<string, Float32Array>[]
}

/** The integer graph with refined weights and biases, and how it came about. */
export interface Refinement {
  readonly integer: IntegerGraph
  /** Weights and real biases of the convolutions of `integer`, by name. */
  readonly refined: ReadonlyMap<string, RefinedLayer>
  /** Indices of the images that were held back while there was a choice. Empty where there was none. */
  readonly heldBack: readonly number[]
  /** What was chosen for each convolution, whichever network is kept. */
  readonly choices: ReadonlyMap<string, LayerChoice>
  /** What `integer` was made with: the choices, or the techniques of `fast`. */
  readonly kept: 'chosen' | 'fast'
  /** Errors of both whole networks on the held-back images, to which neither was fitted; null where they were not compared. */
  readonly compared: { readonly chosen: number; readonly fast: number } | null
}

/** Indices of the images that refinement with these techniques holds back. */
export const heldBackOf = (
  images: number,
  { techniques }: Pick<LayerOptions, 'techniques'>,
): readonly number[] => (holdsBack(techniques) ? holdBack(images) : [])

/**
 * The integer graph of a network, refined with the techniques of `options`. The same task gives the same result, in whatever state the
 * store was left.
 */
export async function refineGraph(
  task: RefineTask,
  options: LayerOptions,
  onProgress: (progress: RefineProgress) => void = () => {},
  store: LayerStore | null = null,
): Promise<Refinement> {
  const { graph, ranges, targets } = task
  const images = new Map(task.images.entries())
  const heldBack = heldBackOf(images.size, options)
  const fitted = [...images.keys()].filter((i) => !heldBack.includes(i))
  const isChosen = choosesByLayer(options.techniques) && heldBack.length > 0
  const isCompared = task.heldOutputs !== undefined && isChosen
  using crew = openCrew(graph)
  await using products = await MatrixProducts.create()
  const setup = { graph, ranges, options, crew }
  const of = nodesInScope(graph, options.scope).length * (1 + (isChosen ? 1 : 0) + (isCompared ? 1 : 0))
  let done = 0
  const tell = (text: string): void => onProgress({ done: ++done, of, text })
  const keep = async (key: string, make: () => Promise<ChosenLayer>): Promise<ChosenLayer> => {
    const kept = (await store?.read(key)) ?? null
    if (kept !== null) return kept
    const made = await make()
    await store?.write(key, made)
    return made
  }

  const fastOptions = { ...options, techniques: new Set(techniquesOf('fast')) }
  const makeFast = async (): Promise<Chain> => {
    const refine = (layer: ReadyLayer): Promise<ChosenLayer> =>
      keep(`fast ${layer.node.name}`, async () => {
        const samples = await layer.gather(targets.look(layer.node.name), fitted)
        return { refined: await refineLayer(layer, samples, products, fastOptions), choice: null }
      })
    const own = new Map(fitted.map((i) => [i, images.get(i)!]))
    return await refineChain({ ...setup, images: own }, refine, (name) => tell(`${name}, as fast does`))
  }
  const fast = isCompared ? await makeFast() : null

  const chosen = await refineChain(
    { ...setup, images },
    async (layer) => {
      const target = isChosen ? targets.look(layer.node.name) : targets.take(layer.node.name)
      return await keep(layer.node.name, async () => {
        const fit = await layer.gather(target, fitted)
        if (!isChosen) return { refined: await refineLayer(layer, fit, products, options), choice: null }
        return await chooseLayer(
          layer,
          { fit, held: await layer.gather(target, heldBack) },
          products,
          options,
        )
      })
    },
    (name, choice) => tell(choice === null ? name : `${name}: ${describeChoice(choice)}`),
  )

  const compared = fast && (await compare(chosen, fast, heldProbes(task, heldBack), crew))
  const kept = fast !== null && compared !== null && compared.fast < compared.chosen ? 'fast' : 'chosen'
  // What is better on the images that were held back is fitted to all.
  const refit = (layer: ReadyLayer): Promise<ChosenLayer> => {
    const target = targets.take(layer.node.name)
    return keep(`all ${layer.node.name}`, async () => {
      const samples = await layer.gather(target, [...images.keys()])
      const { ridge = null, damping = null } = chosen.layers.get(layer.node.name)?.choice ?? {}
      const isNearest = kept === 'fast' || ridge === null || damping === null
      const refined = isNearest
        ? await refineLayer(layer, samples, products, fastOptions)
        : await refineLayer(layer, samples, products, options, { ridge, damping })
      return { refined, choice: null }
    })
  }
  const { integer, layers } = isChosen
    ? await refineChain({ ...setup, images }, refit, (name) => tell(`${name}, on all images`))
    : chosen
  return {
    integer,
    refined: new Map([...layers].map(([name, { refined }]) => [name, refined])),
    heldBack,
    choices: new Map([...chosen.layers].flatMap(([name, { choice }]) => (choice ? [[name, choice]] : []))),
    kept,
    compared,
  }
}

const heldProbes = (
  { images, heldOutputs = [] }: RefineTask,
  heldBack: readonly number[],
): readonly NetworkProbe[] => heldBack.map((i, at) => ({ codes: images[i]!, real: heldOutputs[at]! }))

const compare = async (
  chosen: Chain,
  fast: Chain,
  probes: readonly NetworkProbe[],
  crew: Crew | null,
): Promise<NonNullable<Refinement['compared']>> => ({
  chosen: await measureNetwork(chosen.integer, probes, crew),
  fast: await measureNetwork(fast.integer, probes, crew),
})

/**
 * The layer runner measures what single layers cost: one integer layer in a float network, one float layer in an integer network, and the
 * noise of every layer. It runs in a worker process.
 */
import { Engine } from '../../golden/engine.ts'
import type { Codes, IntegerGraph, IntegerNode, QuantParams } from '../../golden/types.ts'
import { cutGraph, listDependents } from '../../graph/cut-graph.ts'
import { decodeHead } from '../../graph/float-head.ts'
import { suppressBoxes } from '../../graph/float-nms.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { toNchwCodes, toNchwFloat } from '../../image/planes.ts'
import type { Size } from '../../image/rgb-image.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import { addPower, measurePower, NO_POWER, type Power, quantiseReal } from '../../quantise/signal-power.ts'
import { dequantise } from './logits.ts'
import { type BoxChoice, type PackedBoxes, packBoxes } from './stages.ts'

export interface LayersSetup {
  readonly kind: 'layers'
  readonly fused: FloatGraph
  /** The whole network, including its last convolutions, as integers. */
  readonly integer: IntegerGraph
  /** How boxes are chosen to measure accuracy; null: only errors of the logits are measured. */
  readonly choice: BoxChoice | null
}

export type LayerTask =
  /** Measures every layer's noise on one image. */
  | { readonly analysis: 'noise'; readonly path: string }
  /** `only`: this layer is integer, the rest float. `but`: this layer is float, the rest integer. */
  | { readonly analysis: 'only' | 'but'; readonly layer: string; readonly paths: readonly string[] }
  /** `all`: every layer is integer. `none`: every layer is float. */
  | { readonly analysis: 'all' | 'none'; readonly paths: readonly string[] }

export interface LayerNoise {
  readonly name: string
  readonly op: string
  /** Noise if the network runs from the image. */
  readonly chained: Power
  /** The layer's own noise: its inputs are those of the float network, rounded to codes. */
  readonly isolated: Power
}

/** A layer's cost at the head's logits. */
export interface LogitCost {
  /** Error of the box logits and of the class logits, over all images. */
  readonly box: Power
  readonly cls: Power
  /** One entry per image; empty if accuracy is not measured. */
  readonly boxes: readonly PackedBoxes[]
}

export type LayerTaskResult =
  | { readonly analysis: 'noise'; readonly layers: readonly LayerNoise[] }
  | ({ readonly analysis: 'logits' } & LogitCost)

export interface LayerRunner extends AsyncDisposable {
  run(task: LayerTask): Promise<LayerTaskResult>
}

type Tensors<Values> = ReadonlyMap<string, Values>

interface Picture {
  readonly fitted: Letterboxed
  readonly size: Size
  readonly input: Float32Array
  readonly logits: Tensors<Float32Array>
  /** Every tensor of the integer network. */
  readonly codes: Tensors<Codes>
}

/** Number of pictures that are kept with all their tensors: 25 MB each at 640x640. */
const KEPT_PICTURES = 8

export async function openLayers(setup: LayersSetup): Promise<LayerRunner> {
  const { fused, integer, choice } = setup
  const engine = Engine.create(integer)
  const nodes = new Map<string, IntegerNode>(integer.nodes.map((node) => [node.name, node]))
  const quantOf = (name: string): QuantParams => nodes.get(name)!.quant
  const inputsOf = (name: string): readonly string[] => {
    const node = nodes.get(name)!
    return node.op === 'input' ? [] : node.inputs
  }
  const image = fused.nodes[0]!.name
  const { levels } = fused.head
  const logitNames = levels.flatMap((level) => [level.box, level.cls])
  /**
   * Class logits below their codes' range are scores under 0.00001. They are clipped on purpose, so that loss is not noise. Other
   * tensors are compared as they are.
   */
  const floorOf = (name: string): number => {
    if (!levels.some(({ cls }) => cls === name)) return Number.NEGATIVE_INFINITY
    const { scale, zeroPoint } = quantOf(name)
    return -scale * zeroPoint
  }
  const base = await FloatNetwork.create(fused)
  let everything: FloatNetwork | null = null
  const pictures = new Map<string, Picture>()

  const load = async (path: string): Promise<Picture> => {
    const known = pictures.get(path)
    if (known !== undefined) return known
    const [, height, width] = integer.nodes[0]!.shape
    const decoded = await decodeImage(path)
    const fitted = letterbox(decoded, { width, height })
    const input = toNchwFloat(fitted)
    const codes = engine.run(toNchwCodes(fitted, integer.activationBits))
    const size = { width: decoded.width, height: decoded.height }
    const picture = { fitted, size, input, logits: await base.run(input), codes }
    if (pictures.size < KEPT_PICTURES) pictures.set(path, picture)
    return picture
  }

  const measureNoise = async (path: string): Promise<LayerTaskResult> => {
    const names = integer.nodes.slice(1).map(({ name }) => name)
    everything ??= await FloatNetwork.create(fused, { activations: names })
    const { input, codes } = await load(path)
    const real = (await everything.run(input)).set(image, input)
    const layers = integer.nodes.flatMap((node): LayerNoise[] => {
      if (node.op !== 'conv' && node.op !== 'add') return []
      const read = node.inputs.map((name) => quantiseReal(real.get(name)!, quantOf(name)))
      const values = real.get(node.name)!
      const floor = floorOf(node.name)
      const measure = (own: Codes): Power => measurePower(values, dequantise(own, node.quant), floor)
      const chained = measure(codes.get(node.name)!)
      return [{ name: node.name, op: node.op, chained, isolated: measure(engine.runLayer(node.name, read)) }]
    })
    return { analysis: 'noise', layers }
  }

  /** Compares the altered logits of each picture with the float logits. */
  const measureLogits = async (
    paths: readonly string[],
    alter: (picture: Picture) => Promise<Tensors<Float32Array>> | Tensors<Float32Array>,
  ): Promise<LogitCost> => {
    let [box, cls] = [NO_POWER, NO_POWER]
    const boxes: PackedBoxes[] = []
    for (const path of paths) {
      const picture = await load(path)
      const altered = await alter(picture)
      const compare = (name: string): Power =>
        measurePower(picture.logits.get(name)!, altered.get(name)!, floorOf(name))
      for (const level of levels) {
        box = addPower(box, compare(level.box))
        cls = addPower(cls, compare(level.cls))
      }
      if (choice === null) continue
      const kept = suppressBoxes(decodeHead(fused.head, altered, picture.fitted), choice)
      boxes.push(packBoxes(kept, picture.fitted, picture.size))
    }
    return { box, cls, boxes }
  }

  const realLogits = (codes: Tensors<Codes>): Map<string, Float32Array> =>
    new Map(logitNames.map((name) => [name, dequantise(codes.get(name)!, quantOf(name))]))

  const measureOnly = async (layer: string, paths: readonly string[]): Promise<LogitCost> => {
    const read = inputsOf(layer)
    const made = [...new Set(read)].filter((name) => name !== image)
    const others = logitNames.filter((name) => name !== layer)
    await using before =
      made.length === 0
        ? null
        : await FloatNetwork.create(cutGraph(fused, new Set(), made), { activations: made })
    await using after = await FloatNetwork.create(cutGraph(fused, new Set([layer]), others), {
      activations: others,
    })
    return await measureLogits(paths, async ({ input }) => {
      const real = (before === null ? new Map<string, Float32Array>() : await before.run(input)).set(
        image,
        input,
      )
      const codes = read.map((name) => quantiseReal(real.get(name)!, quantOf(name)))
      const own = dequantise(engine.runLayer(layer, codes), quantOf(layer))
      const given = new Map([
        [image, input],
        [layer, own],
      ])
      return (await after.runFrom(given)).set(layer, own)
    })
  }

  const measureBut = async (layer: string, paths: readonly string[]): Promise<LogitCost> => {
    const read = [...new Set(inputsOf(layer))]
    await using own = await FloatNetwork.create(cutGraph(fused, new Set(read), [layer]), {
      activations: [layer],
    })
    const later = listDependents(integer.nodes, layer)
    return await measureLogits(paths, async ({ codes }) => {
      const real = new Map(read.map((name) => [name, dequantise(codes.get(name)!, quantOf(name))]))
      const made = (await own.runFrom(real)).get(layer)!
      const tensors = new Map(codes).set(layer, quantiseReal(made, quantOf(layer)))
      for (const name of later) {
        const sources = inputsOf(name).map((source) => tensors.get(source)!)
        tensors.set(name, engine.runLayer(name, sources))
      }
      const logits = realLogits(tensors)
      return logits.has(layer) ? logits.set(layer, made) : logits
    })
  }

  const run = async (task: LayerTask): Promise<LayerTaskResult> => {
    switch (task.analysis) {
      case 'noise':
        return measureNoise(task.path)
      case 'only':
        return { analysis: 'logits', ...(await measureOnly(task.layer, task.paths)) }
      case 'but':
        return { analysis: 'logits', ...(await measureBut(task.layer, task.paths)) }
      case 'all':
        return { analysis: 'logits', ...(await measureLogits(task.paths, ({ codes }) => realLogits(codes))) }
      case 'none':
        return { analysis: 'logits', ...(await measureLogits(task.paths, ({ logits }) => logits)) }
    }
  }
  const close = async (): Promise<void> => {
    await base.close()
    await everything?.close()
  }
  return { run, [Symbol.asyncDispose]: close }
}

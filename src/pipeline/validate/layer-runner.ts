/**
 * The layer runner measures what single layers cost: one integer layer in a float network, one float layer in an integer network, and the
 * noise of every layer. It runs in a worker process.
 */

import { dequantise } from '../../golden/codes.ts'
import type { Codes } from '../../golden/types.ts'
import { cutGraph, listDependents } from '../../graph/cut-graph.ts'
import { decodeHead } from '../../graph/float-head.ts'
import { suppressBoxes } from '../../graph/float-nms.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import { addPower, measurePower, NO_POWER, type Power, quantiseReal } from '../../quantise/signal-power.ts'
import {
  floorOf,
  inputsOf,
  type LayersSetup,
  loadPicture,
  logitNames,
  type Networks,
  openNetworks,
  type Picture,
  quantOf,
  realLogits,
  type Tensors,
} from './layer-networks.ts'
import { type PackedBoxes, packBoxes } from './stages.ts'

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

export async function openLayers(setup: LayersSetup): Promise<LayerRunner> {
  const networks = await openNetworks(setup)
  return {
    run: (task) => runTask(networks, task),
    [Symbol.asyncDispose]: async () => {
      await networks.float.close()
      await networks.everything?.close()
    },
  }
}

async function runTask(networks: Networks, task: LayerTask): Promise<LayerTaskResult> {
  switch (task.analysis) {
    case 'noise':
      return { analysis: 'noise', layers: await measureNoise(networks, task.path) }
    case 'only':
      return { analysis: 'logits', ...(await measureOnly(networks, task.layer, task.paths)) }
    case 'but':
      return { analysis: 'logits', ...(await measureBut(networks, task.layer, task.paths)) }
    case 'all': {
      const alter = ({ codes }: Picture) => realLogits(networks, codes)
      return { analysis: 'logits', ...(await measureLogits(networks, task.paths, alter)) }
    }
    case 'none': {
      const alter = ({ logits }: Picture) => logits
      return { analysis: 'logits', ...(await measureLogits(networks, task.paths, alter)) }
    }
  }
}

async function measureNoise(networks: Networks, path: string): Promise<readonly LayerNoise[]> {
  const { fused, integer, engine, image } = networks
  const names = integer.nodes.slice(1).map(({ name }) => name)
  networks.everything ??= await FloatNetwork.create(fused, { activations: names })
  const { input, codes } = await loadPicture(networks, path)
  const real = (await networks.everything.run(input)).set(image, input)
  return integer.nodes.flatMap((node): LayerNoise[] => {
    if (node.op !== 'conv' && node.op !== 'add') return []
    const read = node.inputs.map((name) => quantiseReal(real.get(name)!, quantOf(networks, name)))
    const values = real.get(node.name)!
    const floor = floorOf(networks, node.name)
    const measure = (own: Codes): Power => measurePower(values, dequantise(own, node.quant), floor)
    const chained = measure(codes.get(node.name)!)
    return [{ name: node.name, op: node.op, chained, isolated: measure(engine.runLayer(node.name, read)) }]
  })
}

/** Compares the altered logits of each picture with the float logits. */
async function measureLogits(
  networks: Networks,
  paths: readonly string[],
  alter: (picture: Picture) => Promise<Tensors<Float32Array>> | Tensors<Float32Array>,
): Promise<LogitCost> {
  const { fused, choice } = networks
  let [box, cls] = [NO_POWER, NO_POWER]
  const boxes: PackedBoxes[] = []
  for (const path of paths) {
    const picture = await loadPicture(networks, path)
    const altered = await alter(picture)
    const compare = (name: string): Power =>
      measurePower(picture.logits.get(name)!, altered.get(name)!, floorOf(networks, name))
    for (const level of fused.head.levels) {
      box = addPower(box, compare(level.box))
      cls = addPower(cls, compare(level.cls))
    }
    if (choice === null) continue
    const kept = suppressBoxes(decodeHead(fused.head, altered, picture.fitted), choice)
    boxes.push(packBoxes(kept, picture.fitted, picture.size))
  }
  return { box, cls, boxes }
}

/** Measures the cost with this layer integer and the rest float. */
async function measureOnly(networks: Networks, layer: string, paths: readonly string[]): Promise<LogitCost> {
  const { fused, engine, image } = networks
  const read = inputsOf(networks, layer)
  const made = [...new Set(read)].filter((name) => name !== image)
  const others = logitNames(networks).filter((name) => name !== layer)
  await using before =
    made.length === 0
      ? null
      : await FloatNetwork.create(cutGraph(fused, new Set(), made), { activations: made })
  await using after = await FloatNetwork.create(cutGraph(fused, new Set([layer]), others), {
    activations: others,
  })
  return await measureLogits(networks, paths, async ({ input }) => {
    const earlier = before === null ? new Map<string, Float32Array>() : await before.run(input)
    const real = earlier.set(image, input)
    const codes = read.map((name) => quantiseReal(real.get(name)!, quantOf(networks, name)))
    const own = dequantise(engine.runLayer(layer, codes), quantOf(networks, layer))
    const given = new Map([
      [image, input],
      [layer, own],
    ])
    return (await after.runFrom(given)).set(layer, own)
  })
}

/** Measures the cost with this layer float and the rest integer. */
async function measureBut(networks: Networks, layer: string, paths: readonly string[]): Promise<LogitCost> {
  const { fused, integer, engine } = networks
  const read = [...new Set(inputsOf(networks, layer))]
  await using own = await FloatNetwork.create(cutGraph(fused, new Set(read), [layer]), {
    activations: [layer],
  })
  const later = listDependents(integer.nodes, layer)
  return await measureLogits(networks, paths, async ({ codes }) => {
    const real = new Map(read.map((name) => [name, dequantise(codes.get(name)!, quantOf(networks, name))]))
    const made = (await own.runFrom(real)).get(layer)!
    const tensors = new Map(codes).set(layer, quantiseReal(made, quantOf(networks, layer)))
    for (const name of later) {
      const sources = inputsOf(networks, name).map((source) => tensors.get(source)!)
      tensors.set(name, engine.runLayer(name, sources))
    }
    const logits = realLogits(networks, tensors)
    return logits.has(layer) ? logits.set(layer, made) : logits
  })
}

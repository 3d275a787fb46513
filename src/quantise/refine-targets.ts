/** The pixels that refinement looks at, and what the float network gives there. They are drawn first, and collected image by image. */
import type { FloatGraph } from '../graph/types.ts'
import { type FloatSamples, targetKey, type WantedPixels } from './float-samples.ts'
import { nodesInScope, type Scope } from './integer-graph.ts'
import { createSampler, drawPositions, type Positions } from './layer-samples.ts'

export interface TargetOptions {
  readonly scope: Scope
  /** Output pixels of a layer that are looked at, over all images. */
  readonly samples: number
  readonly seed: number
}

/** Of one convolution. */
export interface LayerTargets {
  readonly positions: Positions
  /** Before the activation, [pixels of all images, channels]. */
  readonly values: Float32Array
}

interface Layer extends LayerTargets {
  readonly key: string
  readonly channels: number
}

export class RefineTargets {
  readonly #layers: Map<string, Layer>

  /** @param images their number. */
  constructor(graph: FloatGraph, images: number, { scope, samples, seed }: TargetOptions) {
    const random = createSampler(seed)
    this.#layers = new Map(
      nodesInScope(graph, scope).flatMap((node) => {
        if (node.op !== 'conv') return []
        const [channels] = node.shape
        const positions = drawPositions(node.shape, images, samples, random)
        const rows = positions.reduce((sum, { length }) => sum + length, 0)
        const values = new Float32Array(rows * channels)
        return [[node.name, { key: targetKey(node), channels, positions, values }] as const]
      }),
    )
  }

  /** What to ask of the float network with this image. */
  wantedOf(image: number): WantedPixels {
    return new Map([...this.#layers.values()].map(({ key, positions }) => [key, positions[image]!]))
  }

  /** Keeps what the float network has given for it. */
  collect(image: number, { targets }: FloatSamples): void {
    for (const { key, channels, positions, values } of this.#layers.values()) {
      const pixels = targets.get(key)
      if (pixels === undefined) throw new Error(`the float network did not yield ${key}`)
      const each = positions[0]!.length
      const first = image * each
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < each; i++) values[(first + i) * channels + c] = pixels[c * each + i]!
    }
  }

  /** Shows a layer, and keeps it. */
  look(name: string): LayerTargets {
    const layer = this.#layers.get(name)
    if (layer === undefined) throw new Error(`Expected targets of ${name}`)
    return layer
  }

  /** Hands a layer out, once. */
  take(name: string): LayerTargets {
    const layer = this.look(name)
    this.#layers.delete(name)
    return layer
  }
}

/** Calibration: runs the float network over images and keeps a histogram of everything that needs a range. */
import type { FloatGraph, FloatNode } from '../graph/types.ts'
import { Histogram } from './histogram.ts'
import { lastConvolutions, preActivationKey, silu } from './integer-graph.ts'
import { type Observer, observe, observeMax, type Range } from './observers.ts'
import { findScaleGroups } from './scale-groups.ts'

/** A float network that yields every activation by name, pre-activations under `preActivationKey`. */
export interface ActivationSource {
  run(image: Float32Array): Promise<ReadonlyMap<string, Float32Array>>
}

export type Histograms = ReadonlyMap<string, Histogram>

/** Nodes that make new values; the others pass codes on unchanged and would count the same values twice. */
const makesValues = (node: FloatNode): boolean => node.op === 'conv' || node.op === 'add'

export interface CalibrationProgress {
  readonly done: number
}

/**
 * Feeds every image through the network. Keys of the result are scale groups (by their first tensor) and pre-activations.
 * @throws Error when an activation is not finite: the network is broken, and no range would mean anything.
 */
export async function calibrate(
  graph: FloatGraph,
  source: ActivationSource,
  images: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  onProgress: (progress: CalibrationProgress) => void = () => {},
): Promise<Histograms> {
  const groups = findScaleGroups(graph)
  const histograms = new Map<string, Histogram>()
  const keep = (key: string, name: string, values: Float32Array | undefined): void => {
    if (values === undefined) throw new Error(`the float network did not yield ${name}`)
    let histogram = histograms.get(key)
    if (histogram === undefined) {
      histogram = new Histogram()
      histograms.set(key, histogram)
    }
    histogram.add(values)
    if (!Number.isFinite(histogram.min) || !Number.isFinite(histogram.max)) {
      throw new Error(`${name} holds a value that is not finite, in the float network`)
    }
  }
  let done = 0
  for await (const image of images) {
    const activations = await source.run(image)
    for (const node of graph.nodes) {
      if (!makesValues(node)) continue
      keep(groups.get(node.name)!, node.name, activations.get(node.name))
      if (node.op === 'conv' && node.activation === 'silu') {
        const key = preActivationKey(node.name)
        keep(key, key, activations.get(key))
      }
    }
    done++
    onProgress({ done })
  }
  return histograms
}

/** Class logits below this are scores under 0.00001: clipping them costs nothing, clipping the top costs detections. */
const LOWEST_CLASS_LOGIT = -12

export interface SelectOptions {
  readonly observer: Observer
  readonly activationBits: number
  readonly tableBits: number
  /** An observer of its own for single keys. */
  readonly overrides?: ReadonlyMap<string, Observer>
}

/**
 * Chooses a range for every histogram. The head's logits are never clipped at the top, whatever the observer: their rare
 * large values are the detections.
 */
export function selectRanges(
  graph: FloatGraph,
  histograms: Histograms,
  options: SelectOptions,
): ReadonlyMap<string, Range> {
  const groups = findScaleGroups(graph)
  const classGroups = new Set(graph.head.levels.map((level) => groups.get(level.cls)!))
  const headGroups = new Set([...lastConvolutions(graph)].map((name) => groups.get(name)!))
  const preActivations = new Set(
    graph.nodes.flatMap((node) =>
      node.op === 'conv' && node.activation === 'silu' ? [preActivationKey(node.name)] : [],
    ),
  )
  const ranges = new Map<string, Range>()
  for (const [key, histogram] of histograms) {
    const observer = options.overrides?.get(key) ?? options.observer
    if (headGroups.has(key)) {
      const { low, high } = observeMax(histogram)
      ranges.set(key, { low: classGroups.has(key) ? Math.max(low, LOWEST_CLASS_LOGIT) : low, high })
    } else if (preActivations.has(key)) {
      ranges.set(key, observe(observer, histogram, options.tableBits, silu))
    } else {
      ranges.set(key, observe(observer, histogram, options.activationBits))
    }
  }
  return ranges
}

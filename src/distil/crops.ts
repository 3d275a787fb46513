/** Crops of calibration images at random places, half of them mirrored. */
import type { FloatGraph, FloatNode, Shape } from '../graph/types.ts'
import { toNchwFloat } from '../image/planes.ts'
import type { RgbImage, Size } from '../image/rgb-image.ts'

/** The graph for images of another size. Both sizes are multiples of the largest stride. */
export function resizeGraph(graph: FloatGraph, { height, width }: Size): FloatGraph {
  const [, from, across] = graph.nodes[0]!.shape
  const resize = ([channels, rows, columns]: Shape): Shape => [
    channels,
    (rows * height) / from,
    (columns * width) / across,
  ]
  return { ...graph, nodes: graph.nodes.map((node): FloatNode => ({ ...node, shape: resize(node.shape) })) }
}

/** The largest crop of at most `side` pixels a side, in steps of `stride`. */
export function planCrop(whole: Size, side: number, stride: number): Size {
  const fit = (length: number): number => Math.min(length, Math.max(stride, side - (side % stride)))
  return { height: fit(whole.height), width: fit(whole.width) }
}

/** A crop at a random place, as the network's input: pixels / 255, [3, height, width]. */
export function takeCrop(image: RgbImage, size: Size, random: () => number): Float32Array {
  const top = Math.floor(random() * (image.height - size.height + 1))
  const left = Math.floor(random() * (image.width - size.width + 1))
  const isMirrored = random() < 0.5
  const data = new Uint8Array(size.width * size.height * 3)
  let to = 0
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const column = left + (isMirrored ? size.width - 1 - x : x)
      let from = ((top + y) * image.width + column) * 3
      data[to++] = image.data[from++]!
      data[to++] = image.data[from++]!
      data[to++] = image.data[from]!
    }
  return toNchwFloat({ ...size, data })
}

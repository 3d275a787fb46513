/** How much memory the float network needs: what does not fit is done with less, or said before the kernel ends the process. */
import { countElements } from '../golden/codes.ts'
import type { FloatGraph } from '../graph/types.ts'
import { countWithin } from '../process/memory.ts'

/** Of the process with its libraries, without a network. Measured, as all figures here, by `make bench ARGS='growth size'`. */
const BASE = 300e6
/** Bytes that a session of onnxruntime takes, as a multiple of the tensors of one image. */
const OF_TENSORS = 2
/** Bytes that the network takes as a multiple of its weights: as they were read, fused, equalised, and in onnxruntime. */
const OF_WEIGHTS = 2.5

/** Bytes of all tensors of one image. */
export const tensorBytes = ({ nodes }: FloatGraph): number =>
  nodes.reduce((sum, { shape }) => sum + 4 * countElements(shape), 0)

const weightBytes = ({ nodes }: FloatGraph): number =>
  nodes.reduce((sum, node) => sum + (node.op === 'conv' ? node.weight.byteLength : 0), 0)

/** Sessions that take half of the memory that is left at the most; one in any case. */
export const sessionsWithin = (graph: FloatGraph, available: number): number =>
  countWithin(OF_TENSORS * tensorBytes(graph), available)

/** A sentence where not even one session fits; else null. */
export function describeShortage(graph: FloatGraph, available: number): string | null {
  const needed = BASE + OF_TENSORS * tensorBytes(graph) + OF_WEIGHTS * weightBytes(graph)
  if (needed <= available) return null
  const [, height, width] = graph.nodes[0]!.shape
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  return (
    `calibration at ${height}x${width} takes about ${gigabytes(needed)} of memory, and ${gigabytes(available)} are left: ` +
    'if the system ends the process, choose a smaller --size or allow more memory.'
  )
}

/** This file reads a layer's output from the beats of its stream. */
import { InputError } from '../../input/input-error.ts'
import { carryLane, elementBits, outputOffset, readLane } from '../../operator/beats.ts'
import { outputIndices } from '../../operator/layout.ts'
import type { SettledConfig } from '../../operator/settle-config.ts'
import { type BeatShape, placeBeats, shapeOfBeat } from '../../operator/streams.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { StreamPorts } from '../../simulate/boundary/types.ts'
import type { LayerConfig } from './config.ts'
import type { Received } from './result.ts'

type OutputStream = Extract<SettledConfig['output'], { readonly stream: string }>

/** How a layer's output lies in the beats of its stream. */
export interface OutputLayout {
  readonly shape: BeatShape
  readonly lanes: number
  readonly bits: number
  /** Index of the output's element by its place in the stream; below 0 if there is none. */
  readonly indices: ArrayLike<number>
  readonly beats: number
  /** What its codes are carried above those that come. */
  readonly offset: number
}

export function layOutput(
  ports: StreamPorts,
  output: OutputStream,
  { path }: LayerConfig,
  layer: LayerInfo,
): OutputLayout {
  const shape = shapeOfBeat(ports, output, path)
  const { lanes } = output
  const bits = output.bits ?? Math.floor(shape.data.width / lanes)
  checkLanes(lanes, bits, shape.data.width, layer, path)
  const indices = outputIndices(output.order, layer, path)
  return {
    shape,
    lanes,
    bits,
    indices,
    beats: Math.ceil(indices.length / lanes),
    offset: outputOffset(layer),
  }
}

/** Returns the codes in C order as they are carried, -1 for elements that did not come, and the cycle in which each came. */
export function readOutput(
  data: Uint8Array,
  cycles: Float64Array,
  { shape, lanes, bits, indices, beats, offset }: OutputLayout,
  elements: number,
): Pick<Received, 'codes' | 'cycleOf' | 'repeated'> & { readonly outside: number } {
  const { beatOfWord, outside, repeated } = placeBeats(shape, data, beats, Math.min(beats, cycles.length))
  const codes = new Int32Array(elements).fill(-1)
  const beatOf = new Int32Array(elements).fill(-1)
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!
    const beat = beatOfWord[Math.floor(at / lanes)]!
    if (index < 0 || beat < 0) continue
    const lane = readLane(data, beat * shape.beatBytes + shape.data.offset, at % lanes, bits)
    codes[index] = carryLane(lane, bits, offset)
    beatOf[index] = beat
  }
  const cycleOf = (element: number): number => (beatOf[element]! < 0 ? Number.NaN : cycles[beatOf[element]!]!)
  return { codes, cycleOf, repeated, outside }
}

/** @throws InputError if an output's elements do not fit its port. */
function checkLanes(lanes: number, bits: number, width: number, layer: LayerInfo, where: string): void {
  const needed = elementBits('output', layer)
  if (bits * lanes <= width && bits >= needed) return
  throw new InputError(
    `output: ${lanes} lanes of ${bits} bits on ${width} bits of data, elements have ${needed} bits`,
    where,
    'Set lanes and bits so that all fit.',
  )
}

/** Checkpoints of YOLOv8 detectors of any size. All weights are views of a few shared storages. */
import { createRandom } from '../../src/golden/random.ts'
import { describeNetwork, type NetworkOptions } from './synthetic-network.ts'
import { type Description, describeTensor, writePickle } from './write-pickle.ts'
import { writeZip, type ZipInput } from './write-zip.ts'

export interface SyntheticOptions extends NetworkOptions {
  /** Key of the model in the file. */
  readonly under?: 'model' | 'ema'
  /** More keys of the file. */
  readonly extra?: readonly (readonly [Description, Description])[]
  /** Elements of the shared storage that are set to other values. */
  readonly weights?: ReadonlyMap<number, number>
  readonly files?: readonly ZipInput[]
  readonly deflate?: boolean
  /** What the file says of the levels, in place of their own. */
  readonly strides?: readonly number[] | undefined
}

/** The file's bytes. */
export function writeSynthetic(options: SyntheticOptions = {}): Uint8Array {
  const { under = 'model' } = options
  const weights = seedWeights(1 << 20, options.weights ?? new Map())
  let largest = 0
  // Every reference names the whole storage, so its size must be known first.
  describeNetwork(options, (...shape) => {
    largest = Math.max(largest, multiply(shape))
    return null
  })
  const tensor = (...shape: number[]): Description => describeTensor({ key: '0', shape, count: largest })
  const root = describeNetwork(options, tensor)
  const file: Description = {
    dict: [
      ['epoch', -1],
      [under, root],
      ...(under === 'ema' ? [['model', null] as const] : []),
      ...(options.extra ?? []),
    ],
  }
  const data = new Float32Array(largest)
  for (let i = 0; i < largest; i++) data[i] = weights[i % weights.length]!
  const bytes = new Uint8Array(data.buffer)
  const levels = [...(options.p2 ? [4] : []), 8, 16, 32, ...[64, 128].slice(0, options.deeper ?? 0)]
  const strides = new Uint8Array(Float32Array.from(options.strides ?? levels).buffer)
  const deflate = options.deflate ?? false
  return writeZip([
    { name: 'made/data.pkl', data: writePickle(file), deflate },
    { name: 'made/byteorder', data: Buffer.from('little') },
    { name: 'made/.format_version', data: Buffer.from('1') },
    { name: 'made/.storage_alignment', data: Buffer.from('64') },
    { name: 'made/data/0', data: bytes, deflate },
    { name: 'made/data/1', data: strides },
    { name: 'made/version', data: Buffer.from('3\n') },
    ...(options.files ?? []),
  ])
}

function seedWeights(count: number, replaced: ReadonlyMap<number, number>): Float32Array {
  const weights = new Float32Array(count)
  const next = createRandom(12345)
  for (let i = 0; i < count; i++) weights[i] = 0.05 + next() / 2 ** 36
  for (const [index, value] of replaced) weights[index] = value
  return weights
}

const multiply = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)

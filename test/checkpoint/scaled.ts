/**
 * Checkpoints of the published shapes whose activations neither vanish nor explode, so that they can be calibrated: weights that keep
 * the variance through a SiLU, batch norms that change nothing, class scores that detect little. `make bench ARGS=growth` measures them.
 */
import { createRandom } from '../../src/golden/random.ts'
import { makeConv2d } from './synthetic-modules.ts'
import { describeNetwork, type NetworkOptions } from './synthetic-network.ts'
import { type Description, describeTensor, writePickle } from './write-pickle.ts'
import { writeZip } from './write-zip.ts'

/** Depth, width and most channels of yolov8.yaml. */
export const SCALES = {
  n: { depth: 0.33, width: 0.25, maxChannels: 1024 },
  s: { depth: 0.33, width: 0.5, maxChannels: 1024 },
  m: { depth: 0.67, width: 0.75, maxChannels: 768 },
} as const satisfies Record<string, NetworkOptions>

/** Of COCO. */
const CLASSES = 80
/** What keeps the variance through a SiLU. */
const GAIN = 1.67

interface Storage {
  readonly count: number
  readonly fill: (data: Float32Array) => void
}

/** The file's bytes. */
export function writeScaled(scale: keyof typeof SCALES): Uint8Array {
  const storages = new Map<string, Storage>()
  // Every reference names the whole storage, so its size must be known first.
  const tensor = (...shape: number[]): Description => {
    return refer(chooseStorage(shape), shape)
  }
  const refer = ([key, fill]: ReturnType<typeof chooseStorage>, shape: readonly number[]): Description => {
    const size = shape.reduce((product, dim) => product * dim, 1)
    const count = Math.max(size, storages.get(key)?.count ?? 0)
    storages.set(key, { count, fill })
    return describeTensor({ key, shape, count })
  }
  // The last bias of each class branch; batch norms may have as many channels as there are classes.
  const lowTensor = (...shape: number[]): Description =>
    shape.length === 1 ? refer(['low', constant(-7)], shape) : tensor(...shape)
  const from = Math.max(256 * SCALES[scale].width, CLASSES)
  const describe = (): Description => {
    const scores = [0, 1, 2].map((level) => `model.22.cv3.${level}.2`)
    const at = { tensor: lowTensor, replace: new Map() }
    const replace = new Map(
      scores.map((path) => [path, makeConv2d(at, path, { from, to: CLASSES }, true)] as const),
    )
    return describeNetwork({ ...SCALES[scale], classes: CLASSES, replace }, tensor)
  }
  describe()
  const root = describe()
  const file: Description = { dict: [['epoch', -1], ['model', root]] } // biome-ignore format: one record
  const data = [...storages].map(([key, { count, fill }]) => {
    const values = new Float32Array(count)
    fill(values)
    return { name: `made/data/${key}`, data: new Uint8Array(values.buffer) }
  })
  return writeZip([
    { name: 'made/data.pkl', data: writePickle(file) },
    { name: 'made/byteorder', data: Buffer.from('little') },
    ...data,
    { name: 'made/data/1', data: new Uint8Array(Float32Array.of(8, 16, 32).buffer) },
    { name: 'made/version', data: Buffer.from('3\n') },
  ])
}

/** Weights by the inputs of a sum, everything else by its channels. */
function chooseStorage(shape: readonly number[]): readonly [key: string, fill: Storage['fill']] {
  if (shape.length === 1) return ['ones', constant(1)]
  const [to, ...rest] = shape
  const inputs = rest.reduce((product, dim) => product * dim, 1)
  if (to === 1) return ['dfl', (data) => data.set(data.map((_, i) => i % 16))]
  const range = GAIN * Math.sqrt(3 / inputs)
  return [
    `w${inputs}`,
    (data) => {
      const next = createRandom(inputs)
      for (let i = 0; i < data.length; i++) data[i] = (next() / 2 ** 31 - 1) * range
    },
  ]
}

const constant =
  (value: number): Storage['fill'] =>
  (data) =>
    data.fill(value)

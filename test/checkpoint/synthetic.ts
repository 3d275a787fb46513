/**
 * Checkpoints of YOLOv8 detectors of any width, depth and class count, after the published model table (yolov8.yaml) and parsing rules.
 * All weights are views of a few shared storages.
 */
import { createRandom } from '../../src/golden/random.ts'
import { type Description, describeTensor, writePickle } from './write-pickle.ts'
import { writeZip, type ZipInput } from './write-zip.ts'

export interface SyntheticOptions {
  readonly depth?: number
  readonly width?: number
  readonly maxChannels?: number
  readonly classes?: number
  readonly regMax?: number
  /** Of the head, the first level at stride 4 (P2); else it has three, from stride 8. */
  readonly fourLevels?: boolean
  /** Key of the model in the file. */
  readonly under?: 'model' | 'ema'
  readonly rootClass?: readonly [module: string, name: string]
  /** More keys of the file. */
  readonly extra?: readonly (readonly [Description, Description])[]
  /** Replaces the descriptions of modules by path. */
  readonly replace?: ReadonlyMap<string, Description>
  /** Elements of the shared storage that are set to other values. */
  readonly weights?: ReadonlyMap<number, number>
  readonly files?: readonly ZipInput[]
  readonly deflate?: boolean
}

const NN = 'torch.nn.modules'
const YOLO = 'ultralytics.nn.modules'

/** The file's bytes. */
export function writeSynthetic(options: SyntheticOptions = {}): Uint8Array {
  const { under = 'model', rootClass = ['ultralytics.nn.tasks', 'DetectionModel'] } = options
  const weights = seedWeights(1 << 20, options.weights ?? new Map())
  let largest = 0
  // Every reference names the whole storage, so its size must be known first.
  describeRoot(
    options,
    (...shape) => {
      largest = Math.max(largest, multiply(shape))
      return null
    },
    rootClass,
  )
  const tensor = (...shape: number[]): Description => describeTensor({ key: '0', shape, count: largest })
  const root = describeRoot(options, tensor, rootClass)
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
  const strides = new Uint8Array(Float32Array.of(...(options.fourLevels ? [4] : []), 8, 16, 32).buffer)
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

type MakeTensor = (...shape: number[]) => Description
type Named = readonly (readonly [string, Description])[]

function describeRoot(
  options: SyntheticOptions,
  tensor: MakeTensor,
  rootClass: readonly [string, string],
): Description {
  const { depth = 0.33, width = 0.125, maxChannels = 1024, classes = 3, regMax = 16 } = options
  const scale = (channels: number): number => Math.ceil((Math.min(channels, maxChannels) * width) / 8) * 8
  const repeat = (times: number): number => Math.max(Math.round(times * depth), 1)

  const make = (
    path: string,
    type: readonly [string, string],
    attributes: Named,
    parts: Partial<Parts> = {},
  ): Description => options.replace?.get(path) ?? describeModule(type, attributes, parts)
  const convolution = (
    path: string,
    from: number,
    to: number,
    kernel: number,
    stride: number,
    bias: boolean,
  ): Description =>
    make(
      path,
      [`${NN}.conv`, 'Conv2d'],
      [
        ['in_channels', from],
        ['out_channels', to],
        ['kernel_size', { tuple: [kernel, kernel] }],
        ['stride', { tuple: [stride, stride] }],
        ['padding', { tuple: [kernel >> 1, kernel >> 1] }],
        ['dilation', { tuple: [1, 1] }],
        ['groups', 1],
        ['padding_mode', 'zeros'],
      ],
      {
        parameters: [
          ['weight', tensor(to, from, kernel, kernel)],
          ['bias', bias ? tensor(to) : null],
        ],
      },
    )
  const conv = (
    path: string,
    from: number,
    to: number,
    kernel = 1,
    stride = 1,
    attributes: Named = [],
  ): Description =>
    make(path, [`${YOLO}.conv`, 'Conv'], attributes, {
      modules: [
        ['conv', convolution(`${path}.conv`, from, to, kernel, stride, false)],
        [
          'bn',
          make(`${path}.bn`, [`${NN}.batchnorm`, 'BatchNorm2d'], [['eps', 0.001]], {
            parameters: [
              ['weight', tensor(to)],
              ['bias', tensor(to)],
            ],
            buffers: [
              ['running_mean', tensor(to)],
              ['running_var', tensor(to)],
            ],
          }),
        ],
        ['act', make(`${path}.act`, [`${NN}.activation`, 'SiLU'], [])],
      ],
    })
  const list = (items: readonly Description[], type = 'ModuleList'): Description =>
    describeModule([`${NN}.container`, type], [], {
      modules: items.map((item, i) => [String(i), item] as const),
    })
  const c2f = (
    path: string,
    from: number,
    to: number,
    times: number,
    shortcut: boolean,
    attributes: Named,
  ): Description => {
    const half = to / 2
    const inner = Array.from({ length: times }, (_, i) =>
      make(`${path}.m.${i}`, [`${YOLO}.block`, 'Bottleneck'], [['add', shortcut]], {
        modules: [
          ['cv1', conv(`${path}.m.${i}.cv1`, half, half, 3)],
          ['cv2', conv(`${path}.m.${i}.cv2`, half, half, 3)],
        ],
      }),
    )
    return make(path, [`${YOLO}.block`, 'C2f'], [['c', half], ...attributes], {
      modules: [
        ['cv1', conv(`${path}.cv1`, from, to)],
        ['cv2', conv(`${path}.cv2`, (2 + times) * half, to)],
        ['m', list(inner)],
      ],
    })
  }

  const layers: Description[] = []
  const channels: number[] = []
  const add = (
    from: number | readonly number[],
    to: number,
    layer: (path: string, place: Named) => Description,
  ): void => {
    const index = layers.length
    layers.push(
      layer(`model.${index}`, [
        ['i', index],
        ['f', from],
      ]),
    )
    channels.push(to)
  }
  const before = (): number => channels.at(-1) ?? 3
  const addConv = (to: number): void => {
    const from = before()
    add(-1, scale(to), (path, place) => conv(path, from, scale(to), 3, 2, place))
  }
  const addC2f = (to: number, times: number, shortcut: boolean): void => {
    const from = before()
    add(-1, scale(to), (path, place) => c2f(path, from, scale(to), repeat(times), shortcut, place))
  }
  const addUpsample = (): void =>
    add(-1, before(), (path, place) =>
      make(path, [`${NN}.upsampling`, 'Upsample'], [['scale_factor', 2], ['mode', 'nearest'], ...place]),
    )
  const addConcat = (other: number): void =>
    add([-1, other], before() + channels[other]!, (path, place) =>
      make(path, [`${YOLO}.conv`, 'Concat'], [['d', 1], ...place]),
    )

  addConv(64)
  addConv(128)
  addC2f(128, 3, true)
  addConv(256)
  addC2f(256, 6, true)
  addConv(512)
  addC2f(512, 6, true)
  addConv(1024)
  addC2f(1024, 3, true)
  const deep = before()
  add(-1, deep, (path, place) =>
    make(path, [`${YOLO}.block`, 'SPPF'], place, {
      modules: [
        ['cv1', conv(`${path}.cv1`, deep, deep / 2)],
        ['cv2', conv(`${path}.cv2`, deep * 2, deep)],
        [
          'm',
          make(
            `${path}.m`,
            [`${NN}.pooling`, 'MaxPool2d'],
            [
              ['kernel_size', 5],
              ['stride', 1],
              ['padding', 2],
            ],
          ),
        ],
      ],
    }),
  )
  addUpsample()
  addConcat(6)
  addC2f(512, 3, false)
  addUpsample()
  addConcat(4)
  addC2f(256, 3, false)
  addConv(256)
  addConcat(12)
  addC2f(512, 3, false)
  addConv(512)
  addConcat(9)
  addC2f(1024, 3, false)

  const sources = [...(options.fourLevels ? [2] : []), 15, 18, 21]
  const inputs = sources.map((index) => channels[index]!)
  const branch = (path: string, from: number, middle: number, to: number): Description =>
    list(
      [
        conv(`${path}.0`, from, middle, 3),
        conv(`${path}.1`, middle, middle, 3),
        convolution(`${path}.2`, middle, to, 1, 1, true),
      ],
      'Sequential',
    )
  const boxChannels = Math.max(16, inputs[0]! >> 2, regMax * 4)
  const classChannels = Math.max(inputs[0]!, Math.min(classes, 100))
  add(sources, 0, (path, place) =>
    make(
      path,
      [`${YOLO}.head`, 'Detect'],
      [
        ['nc', classes],
        ['nl', sources.length],
        ['reg_max', regMax],
        ['stride', describeTensor({ key: '1', shape: [sources.length] })],
        ...place,
      ],
      {
        modules: [
          ['cv2', list(inputs.map((from, i) => branch(`${path}.cv2.${i}`, from, boxChannels, 4 * regMax)))],
          ['cv3', list(inputs.map((from, i) => branch(`${path}.cv3.${i}`, from, classChannels, classes)))],
          [
            'dfl',
            describeModule([`${YOLO}.block`, 'DFL'], [['c1', regMax]], {
              modules: [['conv', convolution(`${path}.dfl.conv`, regMax, 1, 1, 1, false)]],
            }),
          ],
        ],
      },
    ),
  )
  return describeModule(
    rootClass,
    [
      ['yaml', { dict: [['nc', classes]] }],
      ['names', { dict: Array.from({ length: classes }, (_, i) => [i, `class ${i}`] as const) }],
      ['stride', describeTensor({ key: '1', shape: [sources.length] })],
    ],
    { modules: [['model', list(layers, 'Sequential')]] },
  )
}

interface Parts {
  readonly parameters: Named
  readonly buffers: Named
  readonly modules: Named
}

/** A pickled torch module. */
export function describeModule(
  type: readonly [string, string],
  attributes: Named,
  { parameters = [], buffers = [], modules = [] }: Partial<Parts> = {},
): Description {
  return {
    object: type,
    state: {
      dict: [
        ['training', false],
        ['_parameters', { dict: parameters }],
        ['_buffers', { dict: buffers }],
        ['_modules', { dict: modules }],
        ...attributes,
      ],
    },
  }
}

/** YOLOv8 of any width, depth and class count, after the published model table (yolov8.yaml) and parsing rules. */
import {
  type ClassName,
  describeModule,
  listModules,
  type Making,
  makeC2f,
  makeConcat,
  makeConv,
  makeConv2d,
  makeModule,
  makeSppf,
  makeUpsample,
  type Named,
  YOLO,
} from './synthetic-modules.ts'
import { type Description, describeTensor } from './write-pickle.ts'

export interface NetworkOptions {
  readonly depth?: number
  readonly width?: number
  readonly maxChannels?: number
  readonly classes?: number
  readonly regMax?: number
  /** The head has a first level at stride 4 (P2), before the three from stride 8. */
  readonly p2?: boolean
  /** So many levels more, of strides 64 (P6) and 128. */
  readonly deeper?: number
  readonly rootClass?: ClassName
  /** Replaces the descriptions of modules by path. */
  readonly replace?: ReadonlyMap<string, Description>
}

/** A row of the table: channels and repeats before scaling; a concat names the layer that it joins to the one before. */
type Layer =
  | readonly [kind: 'conv', channels: number]
  | readonly [kind: 'c2f', channels: number, times: number, shortcut: boolean]
  | readonly [kind: 'sppf' | 'upsample']
  | readonly [kind: 'concat', other: number]

// biome-ignore format: a table
const LAYERS: readonly Layer[] = [
  ['conv', 64],
  ['conv', 128], ['c2f', 128, 3, true],
  ['conv', 256], ['c2f', 256, 6, true],
  ['conv', 512], ['c2f', 512, 6, true],
  ['conv', 1024], ['c2f', 1024, 3, true],
  ['sppf'],
  ['upsample'], ['concat', 6], ['c2f', 512, 3, false],
  ['upsample'], ['concat', 4], ['c2f', 256, 3, false],
  ['conv', 256], ['concat', 12], ['c2f', 512, 3, false],
  ['conv', 512], ['concat', 9], ['c2f', 1024, 3, false],
]

/** The pickled model. */
export function describeNetwork(options: NetworkOptions, tensor: Making['tensor']): Description {
  const { depth = 0.33, width = 0.125, maxChannels = 1024, classes = 3 } = options
  const { rootClass = ['ultralytics.nn.tasks', 'DetectionModel'] } = options
  const at: Making = { tensor, replace: options.replace ?? new Map() }
  const scale = (channels: number): number => Math.ceil((Math.min(channels, maxChannels) * width) / 8) * 8
  const repeat = (times: number): number => Math.max(Math.round(times * depth), 1)

  /** Channels of the layers so far. */
  const channels: number[] = []
  const deeper = options.deeper ?? 0
  const table = [...LAYERS, ...new Array<Layer>(deeper).fill(['conv', 1024])]
  const layers = table.map((layer, index): Description => {
    const path = `model.${index}`
    const from = channels.at(-1) ?? 3
    const place: Named = [
      ['i', index],
      ['f', layer[0] === 'concat' ? [-1, layer[1]] : -1],
    ]
    const to = layer[0] === 'conv' || layer[0] === 'c2f' ? scale(layer[1]) : from
    channels.push(layer[0] === 'concat' ? from + channels[layer[1]]! : to)
    switch (layer[0]) {
      case 'conv':
        return makeConv(at, path, { from, to, kernel: 3, stride: 2 }, place)
      case 'c2f':
        return makeC2f(at, path, { from, to, times: repeat(layer[2]), shortcut: layer[3] }, place)
      case 'sppf':
        return makeSppf(at, path, from, place)
      case 'upsample':
        return makeUpsample(at, path, place)
      case 'concat':
        return makeConcat(at, path, place)
    }
    return layer satisfies never
  })
  const sources = [
    ...(options.p2 ? [2] : []),
    15,
    18,
    ...Array.from({ length: deeper + 1 }, (_, i) => 21 + i),
  ]
  const inputs = sources.map((index) => channels[index]!)
  layers.push(makeDetect(at, `model.${layers.length}`, { ...options, sources, inputs }))
  return describeModule(
    rootClass,
    [
      ['yaml', { dict: [['nc', classes]] }],
      ['names', { dict: Array.from({ length: classes }, (_, i) => [i, `class ${i}`] as const) }],
      ['stride', describeTensor({ key: '1', shape: [sources.length] })],
    ],
    { modules: [['model', listModules(layers, 'Sequential')]] },
  )
}

interface DetectOptions extends NetworkOptions {
  /** The layers that it reads, and their channels. */
  readonly sources: readonly number[]
  readonly inputs: readonly number[]
}

function makeDetect(at: Making, path: string, options: DetectOptions): Description {
  const { sources, inputs, classes = 3, regMax = 16 } = options
  const branch = (own: string, from: number, middle: number, to: number): Description =>
    listModules(
      [
        makeConv(at, `${own}.0`, { from, to: middle, kernel: 3 }),
        makeConv(at, `${own}.1`, { from: middle, to: middle, kernel: 3 }),
        makeConv2d(at, `${own}.2`, { from: middle, to }, true),
      ],
      'Sequential',
    )
  const boxChannels = Math.max(16, inputs[0]! >> 2, regMax * 4)
  const classChannels = Math.max(inputs[0]!, Math.min(classes, 100))
  const dfl = describeModule([`${YOLO}.block`, 'DFL'], [['c1', regMax]], {
    modules: [['conv', makeConv2d(at, `${path}.dfl.conv`, { from: regMax, to: 1 }, false)]],
  })
  return makeModule(
    at,
    path,
    [`${YOLO}.head`, 'Detect'],
    [
      ['nc', classes],
      ['nl', sources.length],
      ['reg_max', regMax],
      ['stride', describeTensor({ key: '1', shape: [sources.length] })],
      ['i', LAYERS.length + (options.deeper ?? 0)],
      ['f', sources],
    ],
    {
      modules: [
        [
          'cv2',
          listModules(inputs.map((from, i) => branch(`${path}.cv2.${i}`, from, boxChannels, 4 * regMax))),
        ],
        [
          'cv3',
          listModules(inputs.map((from, i) => branch(`${path}.cv3.${i}`, from, classChannels, classes))),
        ],
        ['dfl', dfl],
      ],
    },
  )
}

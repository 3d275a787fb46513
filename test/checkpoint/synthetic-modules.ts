/** The modules of a YOLOv8 checkpoint as torch pickles them. */
import type { Description } from './write-pickle.ts'

const NN = 'torch.nn.modules'
export const YOLO = 'ultralytics.nn.modules'

export type ClassName = readonly [module: string, name: string]
export type Named = readonly (readonly [string, Description])[]

interface Parts {
  readonly parameters: Named
  readonly buffers: Named
  readonly modules: Named
}

/** What all modules of a checkpoint are made with. */
export interface Making {
  readonly tensor: (...shape: number[]) => Description
  /** Descriptions that stand in for those of modules, by path. */
  readonly replace: ReadonlyMap<string, Description>
}

export interface ConvSizes {
  readonly from: number
  readonly to: number
  /** 1 where it is not given, and so is the stride. */
  readonly kernel?: number
  readonly stride?: number
}

/** A pickled torch module. */
export function describeModule(
  type: ClassName,
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

export const listModules = (items: readonly Description[], type = 'ModuleList'): Description =>
  describeModule([`${NN}.container`, type], [], {
    modules: items.map((item, i) => [String(i), item] as const),
  })

/** A module, or what replaces it. */
export const makeModule = (
  { replace }: Making,
  path: string,
  type: ClassName,
  attributes: Named,
  parts: Partial<Parts> = {},
): Description => replace.get(path) ?? describeModule(type, attributes, parts)

/** `Conv2d`. */
export const makeConv2d = (
  at: Making,
  path: string,
  { from, to, kernel = 1, stride = 1 }: ConvSizes,
  bias: boolean,
): Description =>
  makeModule(
    at,
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
        ['weight', at.tensor(to, from, kernel, kernel)],
        ['bias', bias ? at.tensor(to) : null],
      ],
    },
  )

/** `Conv`: convolution, batch norm, SiLU. */
export const makeConv = (at: Making, path: string, sizes: ConvSizes, attributes: Named = []): Description =>
  makeModule(at, path, [`${YOLO}.conv`, 'Conv'], attributes, {
    modules: [
      ['conv', makeConv2d(at, `${path}.conv`, sizes, false)],
      ['bn', makeBatchNorm(at, `${path}.bn`, sizes.to)],
      ['act', makeModule(at, `${path}.act`, [`${NN}.activation`, 'SiLU'], [])],
    ],
  })

const makeBatchNorm = (at: Making, path: string, channels: number): Description =>
  makeModule(at, path, [`${NN}.batchnorm`, 'BatchNorm2d'], [['eps', 0.001]], {
    parameters: [
      ['weight', at.tensor(channels)],
      ['bias', at.tensor(channels)],
    ],
    buffers: [
      ['running_mean', at.tensor(channels)],
      ['running_var', at.tensor(channels)],
    ],
  })

export interface C2fSizes {
  readonly from: number
  readonly to: number
  readonly times: number
  readonly shortcut: boolean
}

export function makeC2f(
  at: Making,
  path: string,
  { from, to, times, shortcut }: C2fSizes,
  place: Named,
): Description {
  const half = to / 2
  const bottleneck = (own: string): Description =>
    makeModule(at, own, [`${YOLO}.block`, 'Bottleneck'], [['add', shortcut]], {
      modules: [
        ['cv1', makeConv(at, `${own}.cv1`, { from: half, to: half, kernel: 3 })],
        ['cv2', makeConv(at, `${own}.cv2`, { from: half, to: half, kernel: 3 })],
      ],
    })
  return makeModule(at, path, [`${YOLO}.block`, 'C2f'], [['c', half], ...place], {
    modules: [
      ['cv1', makeConv(at, `${path}.cv1`, { from, to })],
      ['cv2', makeConv(at, `${path}.cv2`, { from: (2 + times) * half, to })],
      ['m', listModules(Array.from({ length: times }, (_, i) => bottleneck(`${path}.m.${i}`)))],
    ],
  })
}

export function makeSppf(at: Making, path: string, channels: number, place: Named): Description {
  const pool: Named = [
    ['kernel_size', 5],
    ['stride', 1],
    ['padding', 2],
  ]
  return makeModule(at, path, [`${YOLO}.block`, 'SPPF'], place, {
    modules: [
      ['cv1', makeConv(at, `${path}.cv1`, { from: channels, to: channels / 2 })],
      ['cv2', makeConv(at, `${path}.cv2`, { from: channels * 2, to: channels })],
      ['m', makeModule(at, `${path}.m`, [`${NN}.pooling`, 'MaxPool2d'], pool)],
    ],
  })
}

export const makeUpsample = (at: Making, path: string, place: Named): Description =>
  makeModule(at, path, [`${NN}.upsampling`, 'Upsample'], [['scale_factor', 2], ['mode', 'nearest'], ...place])

export const makeConcat = (at: Making, path: string, place: Named): Description =>
  makeModule(at, path, [`${YOLO}.conv`, 'Concat'], [['d', 1], ...place])

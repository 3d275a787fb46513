/** A first configuration for a module, guessed from the names and widths of its ports. */

import type { StreamPorts } from '../simulate/boundary/types.ts'
import { findStreams, type ModuleInterface, type Parameter, type Port } from '../simulate/index.ts'
import type { TensorName } from './types.ts'

/** What a word in a name suggests; the first that fits. */
type Guess<Value> = readonly (readonly [pattern: RegExp, value: Value])[]

const LAYER_VALUES: Guess<string> = [
  [/pad(ding)?_?(code|value)|(^|_)pad(_|$)/i, '$padCode'],
  [/zero/i, '$zeroPoint'],
  [/table_?(bits|width)|requant_?bits/i, '$requantBits'],
  [/(^|_)(has_?)?table(_|$)|lut/i, '$hasTable'],
  [/kernel/i, '$kernel'],
  [/stride/i, '$stride'],
  [/max/i, ''],
  [/filter|out(put)?_?ch|(^|_)(co|cout|oc)(_|$)/i, '$outputChannels'],
  [/channel|in(put)?_?ch|(^|_)(ci|cin|ic)(_|$)/i, '$inputChannels'],
  [/out.*width/i, '$outputWidth'],
  [/out.*height/i, '$outputHeight'],
  [/weight_?(bits|width)/i, '$weightBits'],
  [/(data|activation|pixel)_?(bits|width)/i, '$activationBits'],
  [/width|cols|(^|_)w(_|$)/i, '$inputWidth'],
  [/height|rows|(^|_)h(_|$)/i, '$inputHeight'],
]

const TENSORS: Guess<readonly [TensorName, string]> = [
  [/weight|coef|kernel|filter/i, ['weights', 'o ky kx i']],
  [/param|scale|quant/i, ['parameters', 'o']],
  [/bias/i, ['bias', 'o']],
  [/mult/i, ['multiplier', 'o']],
  [/shift/i, ['shift', 'o']],
  [/table|lut|act/i, ['table', 'p']],
]

function guess<Value>(name: string, guesses: Guess<Value>): Value | undefined {
  // camelCase words count like snake_case ones.
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2').replace(/_(i|ni|n)$/, '')
  return guesses.find(([pattern]) => pattern.test(words))?.[1]
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The text of a first `assay.config.ts`. What could not be guessed is marked `TODO`. */
export function draftConfig(module: ModuleInterface, sources: readonly string[]): string {
  const streams = findStreams(module)
  const inputs = streams.filter(({ direction }) => direction === 'input')
  const outputs = streams.filter(({ direction }) => direction === 'output')
  const parameters = module.parameters.filter(({ local }) => !local)
  const channels = parameters.find(({ name }) => guess(name, LAYER_VALUES) === '$inputChannels')
  const loads = inputs.flatMap((stream) => {
    const found = guess(stream.name, TENSORS)
    return found === undefined ? [] : [bind(stream, ...found, channels)]
  })
  const data = inputs.filter(({ name }) => guess(name, TENSORS) === undefined)
  const output = outputs[0]
  return [
    "import { defineConfig } from 'assay'",
    '',
    `// Ports of ${module.name} as Verilator reads them; docs/own-rtl.md explains every setting.`,
    'export default defineConfig({',
    `  top: ${quote(module.name)},`,
    `  sources: [${sources.map(quote).join(', ')}],`,
    '',
    '  // TODO: the layers that it can take.',
    "  layers: { op: 'conv', kernel: 3, stride: 1 },",
    ...section('parameters', parameters.map(draftParameter)),
    ...section('ports', freePorts(module, streams).map(draftPort)),
    ...list('load', loads),
    ...(data.length === 0
      ? ['', '  // TODO: no input stream was found; name its ports with `streams`.', '  inputs: [],']
      : list(
          'inputs',
          data.map((stream) => bind(stream, 'input', 'y x i', channels)),
        )),
    ...(output === undefined
      ? [
          '',
          '  // TODO: no output stream was found; name its ports with `streams`.',
          "  output: { tensor: 'output', stream: 'out', order: 'y x o' },",
        ]
      : ['', `  output: ${bind(output, 'output', 'y x o', undefined)},`]),
    ...outputs.slice(1).map(({ name }) => `  // Not used: output stream ${name}.`),
    '})',
    '',
  ].join('\n')
}

const section = (name: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `  ${name}: {`, ...lines.map((line) => `    ${line}`), '  },']

const list = (name: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : ['', `  ${name}: [`, ...items.map((item) => `    ${item},`), '  ],']

function draftParameter({ name, value }: Parameter): string {
  const found = guess(name, LAYER_VALUES)
  if (found !== undefined && found !== '') return `${name}: '${found}',`
  return `${name}: ${typeof value === 'string' ? quote(value) : `${value ?? 0}${typeof value === 'bigint' ? 'n' : ''}`},`
}

function draftPort({ name, width }: Port): string {
  const found = guess(name, LAYER_VALUES)
  return found === undefined || found === ''
    ? `${name}: 0, // TODO: ${width} bit${width === 1 ? '' : 's'}`
    : `${name}: '${found}',`
}

/** Inputs that belong to no stream and are neither clock nor reset. */
function freePorts(module: ModuleInterface, streams: readonly StreamPorts[]): readonly Port[] {
  const taken = new Set(
    streams.flatMap(({ valid, ready, fields }) => [valid, ready, ...fields.map(({ port }) => port.name)]),
  )
  return module.ports.filter(
    ({ name, direction }) => direction === 'input' && !taken.has(name) && !/clk|clock|rst|reset/i.test(name),
  )
}

function bind(
  stream: StreamPorts,
  tensor: TensorName,
  order: string,
  channels: Parameter | undefined,
): string {
  const data = stream.fields.find(({ name }) => /^t?data$/i.test(name)) ?? stream.fields[0]
  const width = data?.port.width ?? 8
  const element = { parameters: 64, bias: 32, multiplier: 16, shift: 8 }[tensor as string] ?? 8
  const lanes = Math.max(1, Math.floor(width / element))
  const text =
    lanes === 1 ? '' : lanes === Number(channels?.value) ? ", lanes: '$inputChannels'" : `, lanes: ${lanes}`
  return `{ tensor: '${tensor}', stream: '${stream.name}', order: '${order}'${text} }`
}

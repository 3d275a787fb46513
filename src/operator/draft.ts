/**
 * A first configuration for a module, guessed from the names and widths of its ports. Every line that a guess decides, and every line
 * that nothing decides, ends with a TODO.
 */
import { findClock, resolveResets } from '../simulate/boundary/clocks.ts'
import type { StreamMapping, StreamPorts } from '../simulate/boundary/types.ts'
import type { ModuleInterface, Parameter, Port } from '../simulate/index.ts'
import type { ReadPort } from './find-roles.ts'
import { guessOperator, guessParameter, guessTensor, guessValue, isClock, isReset } from './guess.ts'
import { sortPorts } from './sort-ports.ts'

/** Multiplications that a simulation does in seconds. */
const FEW_MACS = 2_000_000

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name))

/** A line of the file, with what is left to do about it. */
interface Line {
  readonly text: string
  readonly todo?: string
}

const write = (indent: string, { text, todo }: Line): string =>
  todo === undefined ? `${indent}${text}` : `${indent}${text} // TODO: ${todo}`

const section = (name: string, [open, close]: string, lines: readonly Line[]): readonly string[] =>
  lines.length === 0
    ? []
    : ['', `  ${name}: ${open}`, ...lines.map((line) => write('    ', line)), `  ${close},`]

/** The text of a first `assay.config.ts`. @param folders of included files, as `sources` relative to it. */
export function draftConfig(
  module: ModuleInterface,
  sources: readonly string[],
  folders: readonly string[] = [],
): string {
  const parts = sortPorts(module)
  const { streams, reads, mapped, buses, start, done, outputs } = parts
  const parameters = module.parameters.filter(({ local }) => !local)
  const names = parameters.map(({ name }) => name)
  const channels = parameters.find(({ name }) => guessParameter(name, names) === '$inputChannels')
  const bound = streams.filter(({ direction }) => direction === 'input')
  const bindings = bound.map((stream) => ({ stream, ...guessTensor(stream.name) }))
  const isInput = ({ tensor }: { readonly tensor: string }): boolean =>
    tensor === 'input' || tensor === 'second'
  const bind = (entry: (typeof bindings)[number]): Line => bindStream(entry.stream, entry, channels)
  const inputs = bindings.filter(isInput).map(bind)
  const [output] = outputs
  return [
    "import { defineConfig } from 'assay'",
    '',
    `// Ports of ${module.name} as Verilator reads them; docs/own-rtl.md explains every setting.`,
    'export default defineConfig({',
    `  top: ${quote(module.name)},`,
    `  sources: [${sources.map(quote).join(', ')}],`,
    ...(folders.length === 0 ? [] : [`  includeDirs: [${folders.map(quote).join(', ')}],`]),
    ...draftLayers(module.name),
    ...draftClocks(module),
    ...section('parameters', '{}', draftParameters(parameters)),
    ...section('ports', '{}', parts.held.map(draftPort)),
    ...buses.flatMap(({ name, inputs: own }) =>
      own.length === 0
        ? []
        : [
            '',
            `  // TODO: nothing drives ${name}: its inputs ${own.join(', ')} stay 0.`,
            ...(/AXI4/.test(name)
              ? ['  // `buses`, `regions` and `program` would: docs/own-rtl.md, "Registers and a DDR".']
              : []),
          ],
    ),
    ...section(
      'streams',
      '{}',
      [...mapped].map(([name, own]) => draftMapping(name, own)),
    ),
    ...section('memories', '[]', reads.map(bindMemory)),
    ...section('load', '[]', bindings.filter((entry) => !isInput(entry)).map(bind)),
    ...(start === null
      ? []
      : ['', write('  ', { text: `start: ${quote(start)},`, todo: 'guessed: 1 for one cycle' })]),
    ...(done === null
      ? []
      : [
          ...(start === null ? [''] : []),
          write('  ', { text: `done: ${quote(done)},`, todo: 'guessed: 1 once all is written' }),
        ]),
    ...(inputs.length > 0
      ? section('inputs', '[]', inputs)
      : reads.length > 0
        ? ['', '  inputs: [],']
        : ['', '  // TODO: no input stream was found; name its ports with `streams`.', '  inputs: [],']),
    '',
    ...(output === undefined
      ? [
          '  // TODO: no output stream was found; name its ports with `streams`.',
          "  output: { tensor: 'output', stream: 'out', order: 'y x o' },",
        ]
      : [write('  ', bindOutput(output))]),
    ...outputs.slice(1).map(({ name }) => `  // Not used: output stream ${name}.`),
    '})',
    '',
  ].join('\n')
}

function draftLayers(name: string): readonly string[] {
  const op = guessOperator(name)
  const claim =
    op === 'conv'
      ? `({ op, kernel, stride, macs }) => op === 'conv' && kernel === 3 && stride === 1 && macs <= ${FEW_MACS},`
      : `{ op: '${op}' },`
  return ['', '  // TODO: the layers that it can take. Large ones take minutes.', `  layers: ${claim}`]
}

/** Clocks and resets that the conventions of `simulate` do not find. */
function draftClocks(module: ModuleInterface): readonly string[] {
  const bits = module.ports.filter(({ direction, width }) => direction === 'input' && width === 1)
  const lines: Line[] = []
  if (findClock(module) === undefined && module.clocked !== false) {
    const clocks = bits.filter(({ name }) => isClock(name)).map(({ name }) => name)
    if (clocks.length === 1) lines.push({ text: `clock: ${quote(clocks[0]!)},`, todo: 'guessed' })
    else if (clocks.length > 1)
      lines.push({
        text: `clocks: { ${clocks.map((name) => `${key(name)}: { period: 2 }`).join(', ')} },`,
        todo: 'their periods',
      })
    else if (module.clocked === true)
      lines.push({
        text: '// clock:',
        todo: `name it, one of ${bits.map(({ name }) => name).join(', ') || 'no input of one bit'}`,
      })
  }
  const known = resolveResets(module, {})
  const others = bits.filter(({ name }) => isReset(name) && known.every(({ port }) => port !== name))
  if (others.length > 0) {
    const guessed = others.map(({ name }) => ({ port: name, active: /n(_i)?$/i.test(name) ? 0 : 1 }))
    const all = [...known, ...guessed].map(
      ({ port, active }) => `{ port: ${quote(port)}, active: ${active} }`,
    )
    lines.push({ text: `reset: [${all.join(', ')}],`, todo: 'guessed' })
  }
  return lines.length === 0 ? [] : ['', ...lines.map((line) => write('  ', line))]
}

function draftParameters(parameters: readonly Parameter[]): readonly Line[] {
  const names = parameters.map(({ name }) => name)
  const values = new Map(names.map((name) => [name, guessParameter(name, names)]))
  const own = parameters.filter(({ name }) => values.get(name) === null)
  return [
    ...[...values].flatMap(([name, value]) =>
      value === null ? [] : [{ text: `${key(name)}: '${value}',`, todo: 'guessed' }],
    ),
    // Not set: a value may depend on those of others.
    ...(own.length === 0 ? [] : [{ text: "// TODO: these keep the module's own values." }]),
    ...own.map((one) => ({ text: `// ${key(one.name)}: ${describeValue(one)},` })),
  ]
}

function describeValue({ value }: Parameter): string {
  if (value === null) return '?'
  return typeof value === 'string' ? quote(value) : `${value}${typeof value === 'bigint' ? 'n' : ''}`
}

function draftPort({ name, width }: Port): Line {
  const found = guessValue(name)
  return found === null
    ? { text: `${key(name)}: 0,`, todo: `${width} bit${width === 1 ? '' : 's'}` }
    : { text: `${key(name)}: '${found}',`, todo: 'guessed' }
}

function draftMapping(name: string, { direction, valid, ready, fields }: StreamMapping): Line {
  const answer = ready === undefined ? '' : `, ready: ${quote(ready)}`
  const own = Object.entries(fields).map(([field, port]) => `${field}: ${quote(port)}`)
  return {
    text: `${key(name)}: { direction: '${direction}', valid: ${quote(valid)}${answer}, fields: { ${own.join(', ')} } },`,
    todo: 'guessed',
  }
}

/** Bits of an element, as wide as it is in the embedded model. */
const bitsOf = (tensor: string): number =>
  tensor === 'parameters' ? 64 : tensor === 'bias' ? 32 : tensor === 'multiplier' ? 16 : 8

function describeLanes(tensor: string, width: number, channels: Parameter | undefined): string {
  const lanes = Math.max(1, Math.floor(width / bitsOf(tensor)))
  if (lanes === 1) return ''
  return lanes === Number(channels?.value) ? ", lanes: '$inputChannels'" : `, lanes: ${lanes}`
}

const GUESSED = 'guessed: tensor and order'

const dataOf = ({ fields }: StreamPorts): Port | undefined =>
  (fields.find(({ name }) => /^t?data$/i.test(name)) ?? fields[0])?.port

function bindStream(
  stream: StreamPorts,
  { tensor, order }: { readonly tensor: string; readonly order: string },
  channels: Parameter | undefined,
): Line {
  const lanes = describeLanes(tensor, dataOf(stream)?.width ?? 8, channels)
  return {
    text: `{ tensor: '${tensor}', stream: ${quote(stream.name)}, order: '${order}'${lanes} },`,
    todo: GUESSED,
  }
}

function bindMemory({ name, addr, enable, data }: ReadPort): Line {
  const { tensor, order } = guessTensor(name)
  const lanes = describeLanes(tensor, data.width, undefined)
  const enabled = enable === null ? '' : `enable: ${quote(enable)}, `
  const ports = `{ addr: ${quote(addr)}, ${enabled}data: ${quote(data.name)} }`
  return { text: `{ tensor: '${tensor}', order: '${order}'${lanes}, ports: ${ports} },`, todo: GUESSED }
}

function bindOutput(stream: StreamPorts): Line {
  const address = stream.fields.find(({ name }) => /^(addr|address|adr)$/i.test(name))?.name
  const placed = address === undefined ? '' : `, address: ${quote(address)}`
  const lanes = describeLanes('output', dataOf(stream)?.width ?? 8, undefined)
  return {
    text: `output: { tensor: 'output', stream: ${quote(stream.name)}, order: 'y x o'${placed}${lanes} },`,
    todo: 'guessed: the order',
  }
}

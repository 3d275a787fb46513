/** `assay ports`: the ports of a module, as a table or as TypeScript. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { makeVisible } from '../../input/printable.ts'
import { checkFiles } from '../../input/read-file.ts'
import { readEnvironment } from '../../process/environment.ts'
import type { ModuleInterface, Port } from '../../simulate/boundary/module-interface.ts'
import { LANGUAGES } from '../../simulate/build/types.ts'
import type { Arguments, Declaration, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { INCLUDE_OPTION } from '../options/shared.ts'

/** Options of commands that read or build a module that is named by its files. */
export const PARAMETER_OPTION = {
  alias: 'G',
  type: 'string',
  array: true,
  parse: parseParameter,
  default: [] as readonly string[],
  describe: 'set a parameter of the module: Width=12 (repeatable)',
} as const satisfies Declaration
export const DEFINE_OPTION = {
  alias: 'D',
  type: 'string',
  array: true,
  default: [] as readonly string[],
  describe: 'define a macro: WIDTH=12, or SYNTHESIS (repeatable)',
} as const satisfies Declaration

const OPTIONS = {
  out: { alias: 'o', type: 'string', writes: 'file', describe: 'write the ports as types to this .d.ts' },
  parameter: PARAMETER_OPTION,
  include: INCLUDE_OPTION,
  define: DEFINE_OPTION,
  language: {
    type: 'string',
    choices: LANGUAGES,
    describe: 'standard that all files follow (default: 1364-2005 of .v, the newest of others)',
  },
  flag: {
    type: 'string',
    array: true,
    default: [] as readonly string[],
    describe: 'further flag of Verilator: --flag=--timing (repeatable)',
  },
  types: { type: 'boolean', default: false, describe: 'print the ports as types' },
  json: { type: 'boolean', default: false, describe: 'one JSON object on stdout and nothing else' },
} as const satisfies Declarations

const MODULE = {
  top: { type: 'string', demandOption: true, describe: 'name of the module' },
  sources: {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'SystemVerilog and Verilog files, packages first',
  },
} as const satisfies Declarations
/** Nothing is cached: the working folder may belong to somebody else. */
export const PORTS_SCRATCH = join(tmpdir(), `assay-${process.getuid?.() ?? 0}`)

type PortsArguments = Arguments<typeof MODULE & typeof OPTIONS>

export const portsCommand = defineCommand<PortsArguments>({
  name: 'ports',
  positionals: MODULE,
  options: OPTIONS,
  examples: [['$0 ports counter rtl/counter.sv -o test/counter.ports.d.ts', '']],
  handler: async (args, { env }) => {
    const { top, sources, out, include, parameter, language } = args
    checkFiles(sources, 'Check the path.')
    const { readPorts } = await import('../../simulate/build/read-ports.ts')
    const module = await readPorts({
      cacheDir: PORTS_SCRATCH,
      environment: readEnvironment(env),
      top,
      sources,
      includeDirs: include,
      parameters: nameOnce(parameter, '--parameter'),
      defines: nameOnce(args.define.map(splitDefine), '--define'),
      language,
      verilatorFlags: args.flag,
    })
    const { generatePortTypes, writePortTypes } = await import('../../simulate/build/port-types.ts')
    if (out !== undefined) {
      const isNew = await writePortTypes(out, module)
      process.stderr.write(`${out}: ${isNew ? 'written' : 'is up to date'}\n`)
    }
    if (args.json) process.stdout.write(`${stringify(module)}\n`)
    else if (args.types) process.stdout.write(generatePortTypes(module))
    else if (out === undefined) process.stdout.write(`${makeVisible(await renderPorts(module))}\n`)
  },
})

function parseParameter(
  text: string,
  option: string,
): readonly [name: string, value: number | bigint | string] {
  const match = /^(\w+)=(.*)$/.exec(text)
  if (match === null) throw new InputError(`expected name=value, got ${text}.`, option)
  const [, name, value] = match
  if (/^-?\d+\.\d+$/.test(value!)) return [name!, Number(value)]
  if (!/^-?\d+$/.test(value!)) return [name!, value!]
  return [name!, Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value!)]
}

export const splitDefine = (text: string): readonly [name: string, value: string] => {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** @throws InputError where two values are given to one name. */
export function nameOnce<Value>(
  pairs: readonly (readonly [name: string, value: Value])[],
  option: string,
): Readonly<Record<string, Value>> {
  const values = Object.fromEntries(pairs)
  const twice = pairs.find(([name, value]) => values[name] !== value)?.[0]
  if (twice !== undefined) throw new InputError(`${twice} has two values`, option, 'Give it one.')
  return values
}

/** Text of at most 80 columns where names are no longer than 40. */
export async function renderPorts(module: ModuleInterface): Promise<string> {
  const { renderTable } = await import('../../report/table.ts')
  const { findStreams } = await import('../../simulate/boundary/stream-ports.ts')
  const streams = findStreams(module)
  const streamOf = ({ name }: Port): string => {
    const names = streams.flatMap((stream) => {
      const own = [stream.valid, stream.ready, ...stream.fields.map(({ port }) => port.name)]
      return own.includes(name) ? [stream.name] : []
    })
    return names.length > 2 ? `${names[0]} to ${names.at(-1)}` : names.join(', ')
  }
  const lines = renderTable<Port>(
    [
      { title: 'port', align: 'left', value: ({ name }) => name },
      { title: '', align: 'left', value: ({ direction }) => direction },
      { title: 'bits', align: 'right', value: ({ width }) => String(width) },
      { title: '', align: 'left', value: describeKind },
      { title: 'stream', align: 'left', value: streamOf },
    ],
    module.ports,
  )
  return [module.name, '', ...lines].join('\n')
}

function describeKind({ signed, elements }: Port): string {
  const sign = signed ? 'signed' : ''
  return elements === null ? sign : `${sign} x ${elements}`.trim()
}

/** Parameters of more than 53 bits become text. */
const stringify = (module: ModuleInterface): string =>
  JSON.stringify(module, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))

/** `assay init`: writes a first assay.config.ts for the user's own module. */
import { existsSync } from 'node:fs'
import { basename, dirname, extname, relative, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import { readEnvironment } from '../../process/environment.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { INCLUDE_OPTION, MODEL_OPTIONS } from '../options/shared.ts'
import { printResult } from '../terminal/print.ts'

const SOURCES = {
  sources: {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'SystemVerilog files, packages first, the top module last',
  },
} as const satisfies Declarations
const OPTIONS = {
  top: { type: 'string', describe: "top module [the last file's name]" },
  output: {
    alias: 'o',
    type: 'string',
    writes: 'file',
    default: 'assay.config.ts',
    describe: 'file to write',
  },
  include: INCLUDE_OPTION,
  force: { type: 'boolean', default: false, describe: 'overwrite the file' },
  json: MODEL_OPTIONS.json,
} as const satisfies Declarations
type InitArguments = Arguments<typeof SOURCES & typeof OPTIONS>

export const initCommand = defineCommand<InitArguments>({
  name: 'init',
  positionals: SOURCES,
  options: OPTIONS,
  examples: [['$0 init rtl/line_window.sv rtl/conv.sv', 'ports of module conv']],
  handler: runInit,
})

async function runInit(
  { sources, top, output, include, force, json }: InitArguments,
  { env }: Call,
): Promise<void> {
  if (existsSync(output) && !force)
    throw new InputError('already exists', output, 'Choose another name with --output, or give --force.')
  checkFiles(sources, 'Check the path.')
  const last = sources.at(-1)!
  const name = top ?? basename(last, extname(last))
  const { readPorts } = await import('../../simulate/index.ts')
  const { draftConfig } = await import('../../operator/draft.ts')
  const { writeWhole } = await import('../../store/files.ts')
  const { PORTS_SCRATCH } = await import('./ports.ts')
  const module = await readPorts({
    top: name,
    sources,
    includeDirs: include,
    cacheDir: PORTS_SCRATCH,
    environment: readEnvironment(env),
  })
  const toOutput = (path: string): string => relative(dirname(resolve(output)), resolve(path))
  const text = draftConfig(module, sources.map(toOutput), include.map(toOutput))
  await writeWhole(output, text)
  const todo = text.split('TODO').length - 1
  printResult({ json }, { file: output, top: name, todo }, () =>
    [
      `${output}: ${module.ports.length} ports of ${name}, ${todo === 1 ? 'one place' : `${todo} places`} marked TODO.`,
      `Check it, then run: assay sim --module ${output}`,
    ].join('\n'),
  )
}

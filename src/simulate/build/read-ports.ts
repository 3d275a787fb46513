/** The ports and parameters of a module, as Verilator elaborates it. */

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { makeFolder } from '../../store/cache.ts'
import { scratchName } from '../../store/scratch.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { encodeName } from './names.ts'
import { checkParameters, checkTexts, refuseParameter } from './parameters.ts'
import { parsePortsJson } from './port-json.ts'
import { runVerilator } from './run-verilator.ts'
import { settle } from './settle.ts'
import { listSourceFlags } from './source-flags.ts'
import { findTools } from './tools.ts'
import type { BuildOptions, ModelSource, Tools } from './types.ts'

/**
 * The ports and parameters of a module, as Verilator elaborates it.
 *
 * @throws ToolError when Verilator is missing or does not accept the sources.
 */
export async function readPorts(
  source: ModelSource & Pick<BuildOptions, 'cacheDir' | 'environment' | 'verilatorFlags'>,
): Promise<ModuleInterface> {
  const { cacheDir, environment } = settle(source)
  const tools = await findTools(environment)
  const folder = scratchName(cacheDir, 'ports')
  await makeFolder(folder)
  try {
    return await readPortsInto(folder, tools, source, source.verilatorFlags)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function readPortsInto(
  folder: string,
  tools: Tools,
  source: ModelSource,
  others: readonly string[] = [],
): Promise<ModuleInterface> {
  // JSON exists from 5.022 on, but does not say what is signed until 5.044, which has no XML any more.
  const json = tools.verilator.version >= 5.044
  const flags = [json ? '--json-only' : '--xml-only', '-Mdir', folder, ...listSourceFlags(source, others)]
  const { parameters = {} } = source
  const readPlain = () => {
    const isParameter = (flag: string) => /^--?G/.test(flag)
    return readPortsInto(
      folder,
      tools,
      { ...source, parameters: {} },
      others.filter((flag) => !isParameter(flag)),
    )
  }
  await runVerilator([...flags, '--prefix', 'Vports'], source).catch(async (error: unknown) => {
    throw await explainParameter(error, source, readPlain)
  })
  const module = await parsePorts(folder, json, source.top)
  if (hasTexts(module, parameters)) checkTexts(await readPlain(), parameters)
  checkParameters(module, parameters)
  return module
}

/** Whether a text has become a number. */
const hasTexts = ({ parameters }: ModuleInterface, given: NonNullable<ModelSource['parameters']>): boolean =>
  parameters.some(({ name, width }) => typeof given[name] === 'string' && width > 0)

/** Makes of Verilator's message what a person can do. */
async function explainParameter(
  error: unknown,
  { parameters = {}, sources }: ModelSource,
  readPlain: () => Promise<ModuleInterface>,
): Promise<unknown> {
  if (!(error instanceof ToolError)) return error
  const encoded = /Parameters from the command line were not found in the design: ([^\s,]+)/.exec(
    error.output,
  )?.[1]
  if (encoded === undefined) return error
  const name = Object.keys(parameters).find((each) => encodeName(each) === encoded) ?? encoded
  const plain = await readPlain().catch(() => null)
  if (plain === null) return error
  const texts = await Promise.all(sources.map((path) => readFile(path, 'utf8').catch(() => '')))
  return refuseParameter(name, plain, texts)
}

async function parsePorts(folder: string, json: boolean, top: string): Promise<ModuleInterface> {
  if (json) return parsePortsJson(await readFile(join(folder, 'Vports.tree.json'), 'utf8'), top)
  // Only a build needs the parser, and most runs build nothing.
  const { parsePortsXml } = await import('./port-xml.ts')
  return parsePortsXml(await readFile(join(folder, 'Vports.xml'), 'utf8'), top)
}

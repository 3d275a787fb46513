/** The ports and parameters of a module, as Verilator elaborates it. */

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../store/cache.ts'
import { scratchName } from '../../store/scratch.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { checkParameters } from './parameters.ts'
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
  await runVerilator([...flags, '--prefix', 'Vports'], source)
  const module = await parsePorts(folder, json, source.top)
  checkParameters(module, source.parameters ?? {})
  return module
}

async function parsePorts(folder: string, json: boolean, top: string): Promise<ModuleInterface> {
  if (json) return parsePortsJson(await readFile(join(folder, 'Vports.tree.json'), 'utf8'), top)
  // Only a build needs the parser, and most runs build nothing.
  const { parsePortsXml } = await import('./port-xml.ts')
  return parsePortsXml(await readFile(join(folder, 'Vports.xml'), 'utf8'), top)
}

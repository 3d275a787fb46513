/** This file reads `assay.config.{ts,mts,js,mjs,json}`, the configuration of the user's module. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import { parseStrictJson } from '../../input/strict-json.ts'
import { checkConfig } from '../../operator/check-config.ts'
import { checkPorts } from '../../operator/check-ports.ts'
import type { OperatorConfig } from '../../operator/operator-config.ts'
import { type SettledConfig, settleConfig } from '../../operator/settle-config.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { type ParameterValue, readPorts, ToolError } from '../../simulate/index.ts'
import { type EvidenceStore, evidenceKey, readEvidence, writeEvidence } from '../../store/evidence.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { importDefault, loadModule } from '../modules/load-module.ts'

export interface LoadedConfig {
  readonly config: OperatorConfig
  readonly path: string
  /** The folder in which relative paths of the configuration begin. */
  readonly folder: string
}

/** The configuration as it is for a run: one layer, or all that are chained. */
export interface LayerConfig extends Omit<LoadedConfig, 'config'> {
  readonly config: SettledConfig
}

/** @throws InputError for a function of the configuration that fails, or gives what does not fit. */
export const settleRun = (
  loaded: LoadedConfig,
  run: readonly LayerInfo[],
  isChained = run.length > 1,
): LayerConfig => ({
  ...loaded,
  config: settleConfig(loaded.config, run, loaded.path, isChained),
})
export const settleLayer = (loaded: LoadedConfig, layer: LayerInfo): LayerConfig => settleRun(loaded, [layer])

/** @throws InputError if the file is missing, does not load, or is no configuration. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const full = resolve(path)
  if (!existsSync(full)) throw new InputError('no such file', path, 'Write one with `assay init <top.sv>`.')
  const load = async (): Promise<OperatorConfig> => checkConfig(await evaluate(full), path)
  // It is looked at while it is loaded: a property may be code, and throw.
  const config = await loadModule(path, load)
  const folder = dirname(full)
  return { config, path, folder }
}

/**
 * Checks the configuration against the ports of its module, as far as they are known without a layer, so that a mistake is named before
 * the long part. Every layer is checked again when it is built, and then with what the sources include.
 *
 * @param store remembers which sources have passed.
 * @throws InputError for a missing source, or a name that is no port.
 */
export async function checkModule(
  { config, folder, path }: LoadedConfig,
  cacheDir: string,
  environment: Environment,
  store: EvidenceStore | null,
): Promise<void> {
  for (const file of config.includeDirs ?? [])
    if (!existsSync(resolve(folder, file))) throw new InputError(`includeDirs: no such folder ${file}`, path)
  for (const file of config.sources)
    if (!existsSync(resolve(folder, file))) throw new InputError(`sources: no such file ${file}`, path)
  checkFiles(
    config.sources.map((file) => resolve(folder, file)),
    `${path} names it among its sources.`,
  )
  const parameters = Object.entries(config.parameters ?? {}).filter(
    (entry): entry is [string, ParameterValue] => {
      const [, value] = entry
      return typeof value !== 'function' && !(typeof value === 'string' && value.startsWith('$'))
    },
  )
  const absolute = (paths: readonly string[]) => paths.map((each) => resolve(folder, each))
  const { defines, language, timing, verilatorFlags } = config
  const source = {
    cacheDir,
    environment,
    top: config.top,
    sources: absolute(config.sources),
    includeDirs: absolute(config.includeDirs ?? []),
    parameters: Object.fromEntries(parameters),
    defines,
    language,
    timing,
    verilatorFlags,
  }
  const passed = store === null ? null : await findPassed(store, [config, source], source.sources)
  if (passed?.before === true) return
  const module = await readPorts(source).catch((error: unknown) => {
    if (error instanceof ToolError) return null
    throw error
  })
  if (module === null) return
  checkPorts(config, module, path)
  await passed?.keep()
}

/** Whether the same settings have passed with the same sources. What is included and the tools are not looked at. */
async function findPassed(store: EvidenceStore, settings: unknown, sources: readonly string[]) {
  const texts = await Promise.all(sources.map(async (file) => sha256(await readInput(file))))
  const said = JSON.stringify(settings, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const key = evidenceKey(store, 'ports that fit', [said, texts])
  const before = (await readEvidence(store, key, v.literal(true))) !== null
  const keep = () => writeEvidence(store, key, { provedAt: new Date().toISOString(), value: true })
  return { before, keep }
}

/** @throws InputError for a file of options, which is easily given to the wrong option. */
function parseModuleJson(text: string, path: string): unknown {
  const value = parseStrictJson(text, path)
  const isObject = typeof value === 'object' && value !== null
  if (isObject && !('top' in value) && !('sources' in value))
    throw new InputError(
      'describes no module: it has neither top nor sources',
      path,
      'Give a file of options with --config, and a module with --module.',
    )
  return value
}

const evaluate = async (full: string): Promise<unknown> =>
  full.endsWith('.json')
    ? parseModuleJson(new TextDecoder().decode(await readInput(full)), full)
    : importDefault(full)

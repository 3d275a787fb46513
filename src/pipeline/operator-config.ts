/** Reads `assay.config.{ts,mts,js,mjs,json}`. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { InputError } from '../checkpoint/input-error.ts'
import { checkConfig } from '../operator/check-config.ts'
import type { OperatorConfig } from '../operator/types.ts'
import { readInput } from './files.ts'

export interface LoadedConfig {
  readonly config: OperatorConfig
  readonly path: string
  /** What relative paths in it are relative to. */
  readonly folder: string
}

/** @throws InputError where the file is missing, does not load, or is no configuration. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const full = resolve(path)
  if (!existsSync(full)) throw new InputError('no such file', path, 'Write one with `assay init <top.sv>`.')
  const value = await evaluate(full, path)
  return { config: checkConfig(value, path), path, folder: dirname(full) }
}

async function evaluate(full: string, path: string): Promise<unknown> {
  try {
    if (full.endsWith('.json')) return JSON.parse(new TextDecoder().decode(await readInput(full)))
    if (/\.[mc]?js$/.test(full))
      return ((await import(pathToFileURL(full).href)) as { readonly default?: unknown }).default
    // Node 20 does not strip types. The name `assay` is ours wherever the file lies, installed or not.
    const { createJiti } = await import('jiti')
    const own = fileURLToPath(
      new URL(`../index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
    )
    return await createJiti(import.meta.url, { alias: { assay: own }, fsCache: false }).import(full, {
      default: true,
    })
  } catch (error) {
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`does not load: ${message}`, path, '', { cause: error })
  }
}

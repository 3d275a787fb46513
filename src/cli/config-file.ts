/**
 * One file for all parameters of a run: `--config assay.json`. Keys are the long options without dashes in front, e.g.
 * `{ "model": "yolov8n.pt", "weight-bits": 4, "effort": "best" }`. The command line overrides it; an unknown key is refused as
 * an unknown option is. Paths are relative to the file. `overrides` may hold the overrides themselves in the place of a path.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseStrictJson } from '../artefacts/strict-json.ts'
import { InputError } from '../checkpoint/input-error.ts'

/** Options whose values are paths of inputs; `out` stays relative to where the command runs. */
const PATHS: ReadonlySet<string> = new Set([
  'model',
  'calibration',
  'image',
  'names',
  'overrides',
  'data',
  'images',
])

/** @throws InputError where it cannot be read, is no JSON object, or gives an option twice. */
export function readConfig(path: string): Record<string, unknown> {
  // `assay.config.ts` describes a module, not options: see `assay sim`.
  if (!path.endsWith('.json')) return {}
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new InputError('cannot be read.', path, 'Check the path that --config gives.', { cause })
  }
  const json = parseStrictJson(text, path)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new InputError('expected an object of options.', path, 'E.g. {"weight-bits": 4, "effort": "best"}.')
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (key === 'overrides' && typeof value === 'object') return [key, JSON.stringify(value)]
      const isPath = PATHS.has(key) && typeof value === 'string'
      return [key, isPath ? resolve(dirname(path), value) : value]
    }),
  )
}

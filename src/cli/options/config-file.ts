/**
 * One file for all parameters of a run: `--config assay.json`. Keys are the long options without dashes in front, e.g.
 * `{ "model": "yolov8n.pt", "weight-bits": 4, "effort": "best" }`. The command line overrides it; an unknown key is refused as
 * an unknown option is. Paths of inputs are relative to the file. `overrides` may hold the overrides themselves instead of a path.
 */
import { dirname, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { readWholeTextNow } from '../../input/read-file.ts'
import { withoutSchema } from '../../input/schema.ts'
import { parseStrictJson } from '../../input/strict-json.ts'
import { type Declarations, refuseUnknown, spellings } from './declaration.ts'

/** @throws InputError if it cannot be read, is no JSON object, gives an option twice, or gives an unknown one. */
export function readConfig(path: string, declarations: Declarations): Readonly<Record<string, unknown>> {
  const text = readWholeTextNow(path, 'Check the path that --config gives.')
  const advice = 'E.g. {"weight-bits": 4, "effort": "best"}.'
  const json = withoutSchema(parseStrictJson(text, path, advice), path, advice)
  refuseUnknown(Object.keys(json), declarations, path)
  const names = spellings(declarations)
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(json)) {
    const name = names.get(key)!
    if (Object.hasOwn(options, name)) throw new InputError(`gives ${name} twice`, path, 'Give it once.')
    options[name] = optionValue(name, value, path, declarations)
  }
  return options
}

function optionValue(name: string, value: unknown, path: string, declarations: Declarations): unknown {
  if (name === 'config')
    throw new InputError('an options file cannot name another one', path, 'Leave config out.')
  if (declarations[name]!.type === 'number' && typeof value === 'string')
    throw new InputError(`${name}: expected a number, got ${JSON.stringify(value)}`, path)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (name === 'overrides' && isObject) return JSON.stringify(value)
  const isPath = declarations[name]!.reads === true && typeof value === 'string' && value.trim() !== ''
  return isPath ? resolve(dirname(path), value) : value
}

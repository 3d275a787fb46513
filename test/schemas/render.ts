/** The published schemas, made from what checks the files. `npm run build:schemas` writes them to docs/. */

import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { profileSchema } from '../../src/arithmetic/profile.ts'
import { stage } from '../../src/arithmetic/stages.ts'
import { PLAN_OPTIONS } from '../../src/cli/commands/regress/option-rules.ts'
import { type Declaration, spellings } from '../../src/cli/options/declaration.ts'
import { mismatchSchema } from '../../src/diff/compare.ts'
import { errorMapSchema, histogramSchema } from '../../src/diff/error-map.ts'
import { kindSchema } from '../../src/diff/fault-kinds.ts'
import { dumpSchema } from '../../src/pipeline/compare/dump-json.ts'
import { overridesSchema } from '../../src/quantise/overrides.ts'
import { nightSchema } from '../../src/regress/night.ts'
import { planSchema } from '../../src/regress/plan.ts'
import { originSchema, reproductionSchema, runSchema, shapeSchema } from '../../src/result/record.ts'
import { reportSchema } from '../../src/result/report-file.ts'
import {
  boxesSchema,
  evidenceSchema,
  layerSchema,
  seedsSchema,
  stimulusSchema,
} from '../../src/result/result.ts'
import { LOADED } from '../cli/load-commands.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

const CONFIG: ConversionConfig = {
  target: 'draft-2020-12',
  // All numbers of JSON are finite.
  // What a check holds is said in words, or by a pattern of its own.
  ignoreActions: ['finite', 'check'],
  overrideAction: ({ valibotAction, jsonSchema }) => {
    const { minimum, maximum, ...rest } = jsonSchema
    const isLimit = (limit?: number): boolean => limit !== undefined && Math.abs(limit) < Number.MAX_VALUE
    return /^m.._value$/.test(valibotAction.type)
      ? { ...rest, ...(isLimit(minimum) && { minimum }), ...(isLimit(maximum) && { maximum }) }
      : null
  },
}

function convert(schema: GenericSchema, title: string, description: string, definitions = {}): JsonSchema {
  const { $schema, ...rest } = toJsonSchema(schema, { ...CONFIG, definitions })
  return { $schema: DIALECT, title, description, ...rest }
}

export const renderReportSchema = (): JsonSchema =>
  convert(
    reportSchema,
    'assay report, version 1',
    'What one run of `assay sim` found. Explained in docs/report-schema.md.',
    {
      ...{ shape: shapeSchema, mismatch: mismatchSchema, kind: kindSchema, errorMap: errorMapSchema },
      ...{ histogram: histogramSchema, evidence: evidenceSchema, seeds: seedsSchema, layer: layerSchema },
      ...{ boxes: boxesSchema, stimulus: stimulusSchema, run: runSchema },
    },
  )

export const renderNightSchema = (): JsonSchema =>
  convert(
    nightSchema,
    'assay night, version 1',
    'What came of a plan of many runs: regress.json. Explained in docs/night.md.',
    { origin: originSchema, reproduction: reproductionSchema },
  )

const OVERRIDES = 'Settings of single layers that differ from the rest, by the name of the layer.'

/** The path of the schema may stand in the files that people write. */
const SCHEMA_PATH: JsonSchema = { type: 'string', description: 'The path of this schema, for editors.' }

export function renderOverridesSchema(): JsonSchema {
  const { propertyNames: _, ...schema } = convert(overridesSchema, 'assay overrides', OVERRIDES)
  return { ...schema, properties: { $schema: SCHEMA_PATH } }
}

export function renderDumpSchema(): JsonSchema {
  const what = 'dump.json in a folder of dumps: how their elements lie. Explained in docs/compare.md.'
  const { properties = {}, ...schema } = convert(dumpSchema, 'assay dump', what)
  return { ...schema, properties: { ...properties, $schema: SCHEMA_PATH } }
}

export function renderProfileSchema(): JsonSchema {
  const { properties = {}, ...schema } = convert(
    profileSchema,
    'assay profile',
    'The arithmetic of an accelerator, clause by clause. Explained in docs/profiles.md.',
    { stage },
  )
  const name: JsonSchema = { ...(properties.name as JsonSchema), pattern: '^[^/\\\\\\p{Cc}]+$' }
  return { ...schema, properties: { $schema: SCHEMA_PATH, ...properties, name } }
}

/** One option of a command, as a value of JSON. */
function convertOption(name: string, declaration: Declaration): JsonSchema {
  const { type, choices, range, whole, array, negatable, parse } = declaration
  const [minimum, maximum] = range ?? []
  const one: JsonSchema =
    choices !== undefined
      ? { enum: [...choices] }
      : type === 'boolean'
        ? { type: 'boolean' }
        : type === 'number'
          ? {
              type: whole === true ? 'integer' : 'number',
              ...(minimum !== undefined && { minimum }),
              ...(maximum !== undefined && { maximum }),
            }
          : // `"size": 640`, `"seeds": 3`
            { type: parse === undefined ? 'string' : ['string', 'number'], pattern: '\\S' }
  const options = [
    ...[array === true ? ({ type: 'array', items: one } as const) : one],
    ...(negatable === true ? [{ const: false } as const] : []),
    ...(name === 'overrides' ? [{ $ref: '#/$defs/overrides' } as const] : []),
  ]
  return options.length === 1 ? options[0]! : { anyOf: options }
}

/** Every option of every command that takes --config. Commands that mean different things by one name allow both. */
export function renderOptionsSchema(): JsonSchema {
  const variants = new Map<
    string,
    Map<string, { readonly schema: JsonSchema; readonly texts: Set<string> }>
  >()
  const others = new Map<string, string>()
  for (const { declarations } of LOADED.filter((command) => 'config' in command.declarations)) {
    for (const [name, declaration] of Object.entries(declarations)) {
      if (declaration.hidden === true || name === 'config') continue
      const own = variants.get(name) ?? new Map()
      variants.set(name, own)
      const schema = convertOption(name, declaration)
      const key = JSON.stringify(schema, (_, value) => (Array.isArray(value) ? [...value].sort() : value))
      const known = own.get(key) ?? { schema, texts: new Set() }
      own.set(key, known)
      known.texts.add(declaration.describe)
    }
    for (const [spelling, name] of spellings(declarations))
      if (spelling !== name && variants.has(name)) others.set(spelling, name)
  }
  const properties: Record<string, JsonSchema> = { $schema: SCHEMA_PATH }
  for (const [name, own] of [...variants].sort()) {
    const all = [...own.values()].map(({ schema, texts }) => ({
      description: [...texts].join('; or: '),
      ...schema,
    }))
    properties[name] = all.length === 1 ? all[0]! : { anyOf: all }
  }
  for (const [spelling, name] of [...others].sort())
    properties[spelling] ??= { $ref: `#/properties/${name}`, description: `The same as ${name}.` }
  const { $schema: _, ...overrides } = renderOverridesSchema()
  return {
    $schema: DIALECT,
    title: 'assay options',
    description:
      'The options of a command of Assay, in the file that --config names. Explained in docs/command-line.md.',
    type: 'object',
    properties,
    additionalProperties: false,
    $defs: { overrides },
  }
}

/** A plan of `assay regress`: its own settings, and in the matrix the options of `assay sim`. */
export function renderPlanSchema(): JsonSchema {
  const { properties = {}, ...schema } = convert(
    planSchema,
    'assay regress plan',
    'A plan of many runs of `assay sim`. Explained in docs/regress.md.',
  )
  const seeds: JsonSchema = { type: ['string', 'integer'], description: '1..5, 1,4,7 or one number.' }
  const one = Object.fromEntries(
    Object.entries(PLAN_OPTIONS).map(([name, declaration]) => [
      name,
      {
        description: declaration.describe!,
        ...(name === 'seeds' ? seeds : convertOption(name, declaration)),
      },
    ]),
  )
  const refTo = (name: string): JsonSchema => ({ $ref: `#/$defs/options/properties/${name}` })
  const item = (name: string): JsonSchema => ({
    anyOf: [refTo(name), { type: 'null' }, ...(name === 'seeds' ? [] : [{ $ref: '#/$defs/group' }])],
  })
  const several = (name: string): JsonSchema => ({
    description: PLAN_OPTIONS[name]!.describe!,
    anyOf: [item(name), { type: 'array', minItems: 1, items: item(name) }],
  })
  const axes = Object.fromEntries(Object.keys(PLAN_OPTIONS).map((name) => [name, several(name)]))
  const groups: JsonSchema = { type: 'array', minItems: 1, items: { $ref: '#/$defs/group' } }
  const ofAxes: JsonSchema = { type: 'object', properties: axes, additionalProperties: groups }
  const { $schema: _, ...overrides } = renderOverridesSchema()
  const describe = (name: string, own: JsonSchema): JsonSchema => ({
    description: (properties[name] as JsonSchema).description!,
    ...own,
  })
  return {
    ...schema,
    properties: {
      ...properties,
      $schema: SCHEMA_PATH,
      options: describe('options', { $ref: '#/$defs/options' }),
      matrix: describe('matrix', { $ref: '#/$defs/axes' }),
      include: describe('include', { type: 'array', items: { $ref: '#/$defs/axes' } }),
      exclude: describe('exclude', { type: 'array', items: { $ref: '#/$defs/axes' } }),
    },
    $defs: {
      overrides,
      options: { type: 'object', properties: one, additionalProperties: false },
      group: {
        description: 'Options that belong together.',
        type: 'object',
        properties: Object.fromEntries(
          Object.keys(one)
            .filter((name) => name !== 'seeds')
            .map((name) => [name, { anyOf: [refTo(name), { type: 'null' }] }]),
        ),
        additionalProperties: false,
      },
      axes: ofAxes,
    },
  }
}

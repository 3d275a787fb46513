/** Checks the values of what a person gives for a build. */
import * as v from 'valibot'
import { closedObject, listOf, openObject, recordOf, text } from '../../input/schema.ts'
import { LANGUAGES } from './types.ts'

const texts = v.optional(v.array(v.string()))
const flag = v.optional(v.boolean())
const FINITE = 'a finite number'
const parameter = v.lazy((value) =>
  typeof value === 'number'
    ? v.pipe(v.number(FINITE), v.finite(FINITE))
    : v.union([v.number(), v.bigint(), v.boolean(), v.string()]),
)

export const WARNINGS = ['show', 'error', 'ignore'] as const

export const timing = v.lazy((value) =>
  typeof value === 'object' && value !== null ? closedObject({ period: text }) : v.boolean(),
)

/** Of BuildOptions. */
export const BUILD = {
  top: text,
  sources: listOf(text),
  language: v.optional(v.picklist(LANGUAGES)),
  includeDirs: texts,
  parameters: v.optional(recordOf(parameter)),
  timing: v.optional(timing),
  defines: v.optional(recordOf(v.string())),
  simulator: v.optional(v.picklist(['verilator', 'icarus'])),
  ...{ trace: flag, coverage: flag, randomiseUnknowns: flag, fresh: flag },
  portTypes: v.optional(v.string()),
  warnings: v.optional(v.picklist(WARNINGS)),
  ...{ verilatorFlags: texts, cFlags: texts, ldFlags: texts },
  cacheDir: v.optional(v.string()),
  environment: v.optional(v.unknown()),
}

/** More may be given: what a simulation has besides. */
export const BUILD_OPTIONS = openObject(BUILD)

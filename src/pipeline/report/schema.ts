/** This file checks a result that comes from a file against docs/report.schema.json, so that its types can be trusted. */
import { readFile } from 'node:fs/promises'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { InputError } from '../../input/input-error.ts'
import { REPORT_FORMAT, REPORT_VERSION, type Report } from '../../result/report-file.ts'
import type { SimResult } from '../../result/result.ts'

const SCHEMA = new URL('../../../docs/report.schema.json', import.meta.url)

let validator: Promise<ValidateFunction<Report>> | undefined

/** @param value content of `sim.json`. @throws InputError naming the file and the wrong field. */
export async function checkResult(value: unknown, path: string): Promise<SimResult> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError('this is not a report of `assay sim`', path)
  await checkReport({ ...value, format: REPORT_FORMAT, version: REPORT_VERSION }, path)
  return value as SimResult
}

/** @param value content of `report.json`. @throws InputError naming the file and the wrong field. */
export async function checkReport(value: unknown, path: string): Promise<Report> {
  validator ??= readFile(SCHEMA, 'utf8').then((text) =>
    new Ajv2020({ strict: true }).compile<Report>(JSON.parse(text) as object),
  )
  const matches = await validator
  if (matches(value)) return value
  throw new InputError(
    describeFault(matches.errors![0]!),
    path,
    'Another version of Assay wrote it, or something changed it: run `assay sim` again.',
  )
}

/** Describes a fault such as `layers[0].mismatches: must be integer`. */
function describeFault({ instancePath, message }: ErrorObject): string {
  const parts = instancePath.split('/').slice(1)
  const field = parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('')
  return `${field === '' ? '' : `${field.replace(/^\./, '')}: `}${message}`
}

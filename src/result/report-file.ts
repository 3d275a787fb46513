/** This file writes and reads `report.json`, the result as a file that other programs may rely on (docs/report-schema.md). */
import * as v from 'valibot'
import { type Checked, checkJson, openObject } from '../input/schema.ts'
import { resultSchema, type SimResult } from './result.ts'

const REPORT_FORMAT = 'assay report'
/** Raised when a field is removed or changes its meaning; new fields do not raise it. */
const REPORT_VERSION = 1

/** docs/report.schema.json is made from it. */
export const reportSchema = openObject({
  format: v.literal(REPORT_FORMAT),
  version: v.literal(REPORT_VERSION),
  ...resultSchema.entries,
})
export type Report = Checked<typeof reportSchema>

export function renderReport(result: SimResult): string {
  const report: Report = { format: REPORT_FORMAT, version: REPORT_VERSION, ...result }
  return `${JSON.stringify(report, null, 1).replace(/\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g, joinNumbers)}\n`
}

/** Puts an array of numbers on one line, because a heat map would take four thousand. */
const joinNumbers = (_: string, numbers: string): string => `[${numbers.replace(/\s+/g, '')}]`

const ADVICE = 'Another version of Assay wrote it, or something changed it: run `assay sim` again.'

/** @throws InputError naming the file and the field that is wrong. */
export const parseReport = (text: string, path: string): Report => checkJson(reportSchema, text, path, ADVICE)

/** Reads `sim.json`. @throws InputError naming the file and the field that is wrong. */
export const parseResult = (text: string, path: string): SimResult =>
  checkJson(resultSchema, text, path, ADVICE)

/** This file writes and reads `report.json`, the result as a file that other programs may rely on (docs/report-schema.md). */
import type { SimResult } from './result.ts'

export const REPORT_FORMAT = 'assay report'
/** Raised when a field is removed or changes its meaning; new fields do not raise it. */
export const REPORT_VERSION = 1

export type Report = {
  readonly format: typeof REPORT_FORMAT
  readonly version: typeof REPORT_VERSION
} & SimResult

export function renderReport(result: SimResult): string {
  const report: Report = { format: REPORT_FORMAT, version: REPORT_VERSION, ...result }
  return `${JSON.stringify(report, null, 1).replace(/\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g, joinNumbers)}\n`
}

/** Puts an array of numbers on one line, because a heat map would take four thousand. */
const joinNumbers = (_: string, numbers: string): string => `[${numbers.replace(/\s+/g, '')}]`

/** @throws SyntaxError that says why the text is no report. */
export function parseReport(text: string): Report {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SyntaxError('expected JSON, the text is cut off or damaged', { cause: error })
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown }
  if (format !== REPORT_FORMAT)
    throw new SyntaxError(`expected format "${REPORT_FORMAT}", got ${JSON.stringify(format)}`)
  if (version !== REPORT_VERSION)
    throw new SyntaxError(`expected version ${REPORT_VERSION}, got ${JSON.stringify(version)}`)
  return value as Report
}

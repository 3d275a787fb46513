/** `assay report`: one HTML page of a run. */
import { join } from 'node:path'
import { checkEmbedded, resolveModel, runFolder } from '../model/inputs.ts'
import { chooseBits } from '../model/quantisation.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_OPTIONS } from '../options/shared.ts'
import { printResult } from '../terminal/print.ts'

const REPORT_OPTIONS = {
  run: { type: 'string', describe: 'folder of the run [from the model and the bits]' },
  'out-file': { type: 'string', writes: 'file', describe: 'the page [report.html in the folder of the run]' },
} as const satisfies Declarations
const OPTIONS = {
  model: MODEL_OPTIONS.model,
  bits: MODEL_OPTIONS.bits,
  'weight-bits': MODEL_OPTIONS['weight-bits'],
  'activation-bits': MODEL_OPTIONS['activation-bits'],
  config: MODEL_OPTIONS.config,
  out: MODEL_OPTIONS.out,
  json: MODEL_OPTIONS.json,
  quiet: MODEL_OPTIONS.quiet,
  ...REPORT_OPTIONS,
} as const
type ReportArguments = Arguments<typeof OPTIONS>

export const reportCommand = defineCommand<ReportArguments>({
  name: 'report',
  options: OPTIONS,
  groups: { 'Report:': Object.keys(REPORT_OPTIONS) },
  examples: [
    ['$0 report', 'the last run of the embedded default model'],
    ['$0 report --run build/yolov8n-w8a8', 'the last run in that folder'],
  ],
  check: chooseBits,
  handler: runReport,
})

async function runReport(args: ReportArguments): Promise<void> {
  const folder = args.run ?? folderOf(args)
  const { readReportFile, writePage } = await import('../../pipeline/report/page.ts')
  const report = await readReportFile(folder)
  const page = await writePage(report, folder, args.outFile ?? join(folder, 'report.html'))
  printResult(args, { page, verdict: report.verdict }, () => `${page}: ${report.model}, ${report.verdict}`)
}

function folderOf(args: ReportArguments): string {
  const inputs = resolveModel(args)
  checkEmbedded(inputs)
  return runFolder({ model: inputs.model, ...chooseBits(args) }, { out: args.out })
}

/** `assay report`: one HTML page of a run. */
import { join } from 'node:path'
import { checkEmbedded, resolveModel } from '../model/inputs.ts'
import { chooseArithmetic } from '../model/quantisation.ts'
import { moduleFolder, runFolder } from '../model/run-folder.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_GROUPS, MODEL_OPTIONS, MODULE_OPTION } from '../options/shared.ts'
import { printResult } from '../terminal/print.ts'

const REPORT_OPTIONS = {
  module: { ...MODULE_OPTION, describe: 'assay.config.ts of your own module, whose last run is shown' },
  run: { type: 'string', describe: 'folder of the run [from the model and how it is quantised]' },
  'out-file': { type: 'string', writes: 'file', describe: 'the page [report.html in the folder of the run]' },
} as const satisfies Declarations
const OPTIONS = {
  model: MODEL_OPTIONS.model,
  size: MODEL_OPTIONS.size,
  bits: MODEL_OPTIONS.bits,
  'weight-bits': MODEL_OPTIONS['weight-bits'],
  'activation-bits': MODEL_OPTIONS['activation-bits'],
  'end-bits': MODEL_OPTIONS['end-bits'],
  'activation-budget': MODEL_OPTIONS['activation-budget'],
  'table-bits': MODEL_OPTIONS['table-bits'],
  observer: MODEL_OPTIONS.observer,
  effort: MODEL_OPTIONS.effort,
  techniques: MODEL_OPTIONS.techniques,
  overrides: MODEL_OPTIONS.overrides,
  scope: MODEL_OPTIONS.scope,
  profile: MODEL_OPTIONS.profile,
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
  groups: { 'Quantisation:': MODEL_GROUPS['Quantisation:'], 'Report:': Object.keys(REPORT_OPTIONS) },
  examples: [
    ['$0 report', 'the last run of the embedded default model'],
    ['$0 report --module assay.config.ts', 'the last run of your own module'],
    ['$0 report --run build/yolov8n-w8a8', 'the last run in that folder'],
  ],
  check: chooseArithmetic,
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
  const folder = runFolder(args, inputs.model)
  return args.module === undefined ? folder : moduleFolder(folder, args.module)
}

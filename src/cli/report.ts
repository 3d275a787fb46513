/** `assay report`: one HTML page of a run. */
import { join } from 'node:path'
import type { ArgumentsCamelCase, CommandModule } from 'yargs'
import { printResult } from './command.ts'
import {
  checkEmbedded,
  type ModelArguments,
  resolveInputs,
  runFolder,
  toModelOptions,
  toWorkOptions,
  withModelOptions,
} from './options.ts'

type ReportArguments = ArgumentsCamelCase<
  ModelArguments & { run: string | undefined; outFile: string | undefined }
>

export const reportCommand: CommandModule<unknown, ReportArguments> = {
  command: 'report',
  describe: 'one HTML page of a run: layers, errors, cycles, detections, accuracy',
  builder: ((parser: Parameters<typeof withModelOptions>[0]) =>
    withModelOptions(parser)
      .options({
        run: { type: 'string', describe: 'folder of the run [that of the model and bits given]' },
        'out-file': { type: 'string', describe: 'the page [report.html in the folder of the run]' },
      })
      .group(['run', 'out-file'], 'Report:')
      .example('$0 report', 'the last run of the embedded default model')
      .example('$0 report --run build/yolov8n-w8a8', 'the last run in that folder')) as never,
  handler: runReport,
}

async function runReport(args: ReportArguments): Promise<void> {
  const folder = args.run ?? folderOf(args)
  const { readReportFile, writePage } = await import('../pipeline/report-page.ts')
  const report = await readReportFile(folder)
  const page = await writePage(report, folder, args.outFile ?? join(folder, 'report.html'))
  printResult(args, { page, verdict: report.verdict }, () => `${page}: ${report.model}, ${report.verdict}`)
}

function folderOf(args: ModelArguments): string {
  const inputs = resolveInputs({ ...args, calibration: args.calibration ?? args.image ?? '.' })
  checkEmbedded(inputs)
  return runFolder(toModelOptions(args, inputs, [640, 640]), toWorkOptions(args))
}

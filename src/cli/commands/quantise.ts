/** `assay quantise`: from a checkpoint to integer weights, scales, tables, and the files that other tools read. */
import { FILE_GROUPS, type FileGroup } from '../../pipeline/model/file-groups.ts'
import { prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { chooseFromList } from '../options/parse.ts'
import { MODEL_GROUPS, MODEL_OPTIONS } from '../options/shared.ts'
import { printResult, progressFor } from '../terminal/print.ts'

const parseFiles = (text: string, option: string): readonly FileGroup[] =>
  text === 'none' ? [] : chooseFromList(text, FILE_GROUPS, option)

const QUANTISE_OPTIONS = {
  files: {
    type: 'string',
    parse: parseFiles,
    default: 'all',
    describe: `what to write: all, none, or some of ${FILE_GROUPS.join(',')}`,
  },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...QUANTISE_OPTIONS } as const
type QuantiseArguments = Arguments<typeof OPTIONS>

export const quantiseCommand = defineCommand<QuantiseArguments>({
  name: 'quantise',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Output:': ['files', ...MODEL_GROUPS['Output:']] },
  check: chooseQuantisation,
  handler: async (args, { env }) => {
    const progress = progressFor(args, env)
    const groups = args.files
    const { prepared, model, options, folder } = await prepareFromArguments(args, progress)
    const { writeQuantised } = await import('../../pipeline/model/quantised-files.ts')
    const manifest = await writeQuantised(folder, { model, prepared, options, groups }, progress)
    const { summarise, describeSummary } = await import('../../pipeline/validate/quantisation-summary.ts')
    const { wrap } = await import('../../report/table.ts')
    const summary = await summarise(model, prepared, progress)
    printResult(args, { folder, ...manifest, ...summary }, () =>
      [
        `Quantised model ${manifest.model.id} in ${folder}`,
        ...manifest.files
          .filter(({ file }) => !file.includes('/'))
          .flatMap(({ file, what }) =>
            wrap(what, 55).map((line, at) => `  ${(at === 0 ? file : '').padEnd(22)} ${line}`),
          ),
        ...(groups.includes('quantised') ? ['  weights/               one .npy per array'] : []),
        ...(groups.includes('calibration') ? ['  histograms/            a picture of every activation'] : []),
        '  manifest.json          inputs, options, SHA-256 of every file',
        '',
        ...describeSummary(summary),
      ].join('\n'),
    )
  },
})

/** `assay quantise`: from a checkpoint to integer weights, scales, tables, and the files that other tools read. */
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from 'yargs'
import { FILE_GROUPS, type FileGroup } from '../pipeline/file-groups.ts'
import { printResult, progressFor } from './command.ts'
import { chooseFromList } from './lists.ts'
import { type MODEL_OPTIONS, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'

const QUANTISE_OPTIONS = {
  files: {
    type: 'string',
    default: 'all',
    describe: `what to write: all, none, or some of ${FILE_GROUPS.join(',')}`,
  },
} as const satisfies Record<string, Options>

type QuantiseArguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof MODEL_OPTIONS & typeof QUANTISE_OPTIONS>
>

export const quantiseCommand: CommandModule<unknown, QuantiseArguments> = {
  command: 'quantise',
  describe: 'calibrate and quantise a checkpoint to N bits',
  builder: ((parser: Argv) =>
    withModelOptions(parser).options(QUANTISE_OPTIONS).group(['files'], 'Output:')) as never,
  handler: async (args) => {
    const progress = progressFor(args)
    const groups: readonly FileGroup[] =
      args.files === 'none' ? [] : chooseFromList(args.files, FILE_GROUPS, '--files')
    const { prepared, model, options, folder } = await prepareFromArguments(args, progress)
    const { writeQuantised } = await import('../pipeline/quantised-files.ts')
    const manifest = await writeQuantised(folder, model, prepared, options, groups, progress)
    printResult(args, { folder, ...manifest }, () =>
      [
        `Quantised model ${manifest.model.id} in ${folder}`,
        ...manifest.files
          .filter(({ file }) => !file.includes('/'))
          .map(({ file, what }) => `  ${file.padEnd(22)} ${what}`),
        ...(groups.includes('quantised') ? ['  weights/               one .npy an array'] : []),
        ...(groups.includes('calibration') ? ['  histograms/            a picture of every activation'] : []),
        '  manifest.json          inputs, options, SHA-256 of every file',
      ].join('\n'),
    )
  },
}

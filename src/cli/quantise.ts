/** `assay quantise`: from a checkpoint to integer weights, scales and tables. */
import type { Argv, CommandModule } from 'yargs'
import { printResult, progressFor } from './command.ts'
import { type ModelArguments, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'

export const quantiseCommand: CommandModule<unknown, ModelArguments> = {
  command: 'quantise',
  describe: 'calibrate and quantise a checkpoint to N bits',
  builder: ((parser: Argv) => withModelOptions(parser)) as never,
  handler: async (args) => {
    const progress = progressFor(args)
    const { prepared, folder } = await prepareFromArguments(args, progress)
    const { writeQuantised } = await import('../pipeline/quantised-files.ts')
    const files = await writeQuantised(folder, prepared)
    const summary = {
      modelId: prepared.modelId.toString(16).padStart(8, '0'),
      sha256: prepared.hash,
      folder,
      files,
    }
    printResult(args, summary, () => `Quantised model ${summary.modelId} in ${folder}: ${files.join(', ')}`)
  },
}

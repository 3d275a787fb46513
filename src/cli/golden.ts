/** `assay golden`: the quantised activations of every layer for an image. */
import { join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { printResult, progressFor } from './command.ts'
import { type ModelArguments, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'

export const goldenCommand: CommandModule<unknown, ModelArguments> = {
  command: 'golden',
  describe: 'compute the golden integer activations of every layer',
  builder: ((parser: Argv) => withModelOptions(parser)) as never,
  handler: async (args) => {
    const progress = progressFor(args)
    const { prepared, inputs, folder } = await prepareFromArguments(args, progress)
    const { loadImage, runGolden } = await import('../pipeline/model-run.ts')
    const { writeGolden } = await import('../pipeline/golden-files.ts')
    const image = await loadImage(inputs.image, prepared.integer)
    const tensors = runGolden(prepared.integer, image.codes, progress)
    const target = join(folder, 'golden')
    const writing = progress.start('write activations')
    const index = await writeGolden(target, prepared.integer, tensors, image.path)
    writing.done(`${index.tensors.length} files`)
    printResult(
      args,
      index,
      () => `${index.tensors.length} golden tensors in ${target} (one .npy each, index.json lists them)`,
    )
  },
}

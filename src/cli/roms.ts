/** `assay roms`: weights, parameters, tables and program as ROM files for Verilog. */
import { basename, join } from 'node:path'
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from 'yargs'
import { printResult, progressFor } from './command.ts'
import { type MODEL_OPTIONS, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'

const ROM_OPTIONS = {
  array: { type: 'string', describe: 'engine array PIxPOxPX', default: '16x16x4' },
} as const satisfies Record<string, Options>

type RomArguments = ArgumentsCamelCase<InferredOptionTypes<typeof MODEL_OPTIONS & typeof ROM_OPTIONS>>

export const romsCommand: CommandModule<unknown, RomArguments> = {
  command: 'roms',
  describe: 'write weights, tables and program as ROM init files for Verilog',
  builder: ((parser: Argv) => withModelOptions(parser).options(ROM_OPTIONS)) as never,
  handler: async (args) => {
    const progress = progressFor(args)
    const { prepared, options, inputs, folder } = await prepareFromArguments(args, progress)
    const { chooseEngine, chooseNms } = await import('../pipeline/engine-choice.ts')
    const { emitRoms } = await import('../rom/emit.ts')
    const { writeRomFiles } = await import('../pipeline/rom-files.ts')
    const { formatCount, renderTable } = await import('../report/table.ts')
    const engine = chooseEngine(options, args.array)
    const roms = emitRoms(prepared.integer, engine, prepared.modelId, chooseNms(prepared.integer, engine))
    const target = join(folder, 'roms')
    const manifest = await writeRomFiles(target, roms, basename(inputs.model))
    printResult(args, manifest, () =>
      [
        ...renderTable(
          [
            { title: 'file', align: 'left', value: ({ file }) => file },
            { title: 'words', align: 'right', value: ({ words }) => formatCount(words) },
            { title: 'bits', align: 'right', value: ({ width }) => formatCount(width) },
            { title: 'lane order', align: 'left', value: ({ laneOrder }) => laneOrder, maxWidth: 44 },
          ],
          Object.values(manifest.files),
        ),
        '',
        `ROMs of model ${manifest.modelId} in ${target}; the program in words in program.txt.`,
      ].join('\n'),
    )
  },
}

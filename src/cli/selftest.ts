/** `assay selftest`: flip one bit at a time, and show that each goes red at the right place. */
import { basename, join } from 'node:path'
import { printResult, progressFor } from './command.ts'
import type { Declarations } from './declaration.ts'
import { type Arguments, defineCommand } from './define-command.ts'
import { EXIT } from './errors.ts'
import { MODEL_GROUPS, MODEL_OPTIONS } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import { painter } from './terminal-progress.ts'

const SELFTEST_OPTIONS = {
  array: { type: 'string', describe: 'engine array PIxPOxPX', default: '8x8x2' },
  seed: { type: 'number', describe: 'chooses the bits that are flipped', default: 1 },
  rtl: {
    type: 'boolean',
    describe: 'change constants of the RTL, too (--no-rtl saves the builds)',
    default: true,
  },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...SELFTEST_OPTIONS } as const
type SelftestArguments = Arguments<typeof OPTIONS>

export const selftestCommand = defineCommand<SelftestArguments>({
  command: 'selftest',
  describe: 'flip bits in golden data, ROMs and RTL, and show that every one goes red',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Self-test:': Object.keys(SELFTEST_OPTIONS) },
  handler: async (args) => {
    const progress = progressFor(args)
    const { inputs, options, prepared, folder, work } = await prepareFromArguments(args, progress, {
      array: args.array,
      image: true,
    })
    const { runSelftest } = await import('../pipeline/selftest.ts')
    const { chooseEngine, DEFAULT_NMS } = await import('../pipeline/engine-choice.ts')
    const { renderSelftest } = await import('../report/selftest.ts')
    const result = await runSelftest(
      {
        nms: DEFAULT_NMS,
        modelName: basename(inputs.model),
        modelHash: prepared.hash,
        modelId: prepared.modelId,
        graph: prepared.integer,
        imagePath: inputs.image,
        engine: chooseEngine(options, args.array),
        folder,
        cacheDir: join(work.out, 'cache', 'verilator'),
        seed: args.seed,
        rtl: args.rtl,
      },
      progress,
    )
    printResult(args, result, () => renderSelftest(result, painter(process.stdout)))
    process.exitCode = result.verdict === 'all caught' ? EXIT.done : EXIT.mismatch
  },
})

/** `assay selftest`: flip one bit at a time, and show that each goes red at the right place. */
import { basename, join } from 'node:path'
import type { Progress } from '../../pipeline/files/progress.ts'
import { defaultCacheFolder, type Environment, readEnvironment } from '../../process/environment.ts'
import { setExitCode } from '../../process/exit.ts'
import type { SelftestResult } from '../../report/selftest.ts'
import { prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import { moduleFolder } from '../model/run-folder.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { ARRAY_OPTION, MODEL_GROUPS, MODEL_OPTIONS, MODULE_OPTION } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'
import { painter } from '../terminal/progress.ts'

const SELFTEST_OPTIONS = {
  module: MODULE_OPTION,
  array: { ...ARRAY_OPTION, default: '8x8x2' },
  seed: {
    type: 'number',
    whole: true,
    range: [0, 2 ** 32 - 1],
    describe: 'seed that chooses the bits to flip',
    default: 1,
  },
  rtl: {
    type: 'string',
    negatable: true,
    reads: true,
    describe: "folder of RTL sources to test instead of Assay's; --no-rtl plants no faults in the RTL",
  },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...SELFTEST_OPTIONS } as const
type SelftestArguments = Arguments<typeof OPTIONS>

export const selftestCommand = defineCommand<SelftestArguments>({
  name: 'selftest',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Self-test:': Object.keys(SELFTEST_OPTIONS) },
  check: chooseQuantisation,
  handler: async (args, { env }) => {
    const progress = progressFor(args, env)
    const environment = readEnvironment(env)
    const result =
      args.module === undefined
        ? await testDetector(args, environment, progress)
        : await testModule(args, args.module, environment, progress)
    const { renderSelftest } = await import('../../report/selftest.ts')
    printResult(args, result, () => renderSelftest(result, painter(process.stdout, env)))
    setExitCode(result.verdict === 'all caught' ? EXIT.done : EXIT.mismatch)
  },
})

/** The user's own module. */
async function testModule(
  args: SelftestArguments,
  path: string,
  environment: Environment,
  progress: Progress,
): Promise<SelftestResult> {
  const { checkModule, loadConfig } = await import('../../pipeline/own-rtl/config.ts')
  const { runOperatorSelftest } = await import('../../pipeline/selftest/own-rtl.ts')
  const loaded = await loadConfig(path)
  const cacheDir = defaultCacheFolder(args.out)
  await checkModule(loaded, cacheDir, environment, null)
  const { inputs, prepared, folder } = await prepareFromArguments(args, progress, { image: true })
  return runOperatorSelftest(
    {
      loaded,
      modelName: basename(inputs.model),
      graph: prepared.integer,
      imagePath: inputs.image,
      folder: moduleFolder(folder, path),
      cacheDir,
      environment,
      seed: args.seed,
    },
    progress,
  )
}

/** Assay's detector, or RTL of the same structure. */
async function testDetector(
  args: SelftestArguments,
  environment: Environment,
  progress: Progress,
): Promise<SelftestResult> {
  const { rtl } = args
  const { sourcesOf } = await import('../../pipeline/files/rtl-sources.ts')
  const own =
    typeof rtl === 'string' ? { folder: rtl, includeDirs: [rtl], sources: await sourcesOf(rtl) } : undefined
  const { inputs, options, prepared, folder, work } = await prepareFromArguments(args, progress, {
    array: args.array,
    image: true,
  })
  const { runSelftest } = await import('../../pipeline/selftest/selftest.ts')
  const { chooseEngine, DEFAULT_NMS } = await import('../../pipeline/model/engine-choice.ts')
  return runSelftest(
    {
      simulation: {
        model: {
          name: basename(inputs.model),
          hash: prepared.hash,
          id: prepared.modelId,
          graph: prepared.integer,
        },
        input: { imagePath: inputs.image },
        rtl: { engine: chooseEngine(options, args.array), nms: DEFAULT_NMS, ...own },
        store: { cacheDir: defaultCacheFolder(work.out), kept: join(work.out, 'cache') },
        output: { folder },
        environment,
      },
      seed: args.seed,
      rtl: rtl !== false,
    },
    progress,
  )
}

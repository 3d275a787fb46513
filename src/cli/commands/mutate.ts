import { InputError } from '../../input/input-error.ts'
import type { MutationSummary } from '../../mutation/score.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import type { MutationOptions } from '../../pipeline/mutation/campaign.ts'
import { parseLines } from '../../pipeline/mutation/choose.ts'
import { defaultCacheFolder, readEnvironment } from '../../process/environment.ts'
import { setExitCode } from '../../process/exit.ts'
import { chooseLayers, parseLayers } from '../model/layers.ts'
import { prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { MODEL_GROUPS, MODEL_OPTIONS, MODULE_OPTION, TESTS_OPTION } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'

const SOURCES = {
  sources: { type: 'string', array: true, describe: 'SystemVerilog files to break [those of --module]' },
} as const satisfies Declarations

const MUTATE_OPTIONS = {
  tests: TESTS_OPTION,
  module: {
    ...MODULE_OPTION,
    describe: 'assay.config.ts of your own module: break it, and ask the golden data',
  },
  layers: {
    alias: 'l',
    type: 'string',
    parse: parseLayers,
    describe: 'layers to ask [the smallest of each combination of parameters]',
  },
  only: {
    type: 'string',
    array: true,
    parse: parseLines,
    default: [] as readonly string[],
    describe: 'break these lines only: 12-30, rtl/fifo.sv:12-30 (repeatable)',
  },
  sample: {
    type: 'number',
    whole: true,
    range: [1, 1e6],
    describe: 'break at most so many places, evenly spread',
  },
  'at-least': {
    type: 'number',
    range: [0, 100],
    describe: 'exit code 1 if the score is below this many percent',
  },
  timeout: {
    type: 'number',
    range: [0.1, 86_400],
    describe: 'seconds that a mutant may take [10, and 20 times what the test takes]',
  },
  explained: {
    type: 'string',
    reads: true,
    describe: 'JSON file of survivors that are equivalent or accepted, with reasons',
  },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...MUTATE_OPTIONS } as const
type MutateArguments = Arguments<typeof SOURCES & typeof OPTIONS>

export const mutateCommand = defineCommand<MutateArguments>({
  name: 'mutate',
  positionals: SOURCES,
  options: OPTIONS,
  groups: {
    'Mutation:': Object.keys(MUTATE_OPTIONS),
    'Output:': MODEL_GROUPS['Output:'],
    'Input, with --module:': MODEL_GROUPS['Input:'],
    'Quantisation, with --module:': MODEL_GROUPS['Quantisation:'],
  },
  examples: [
    ['$0 mutate rtl/fifo.sv -t test/fifo.test.ts', 'which faults does this test miss?'],
    ['$0 mutate rtl/fifo.sv --only 40-52', 'those of the lines that you are working on'],
    ['$0 mutate rtl/*.sv --sample 200 --at-least 90', 'a gate for CI'],
    ['$0 mutate --module assay.config.ts', 'your own module against the golden data'],
  ],
  check: (args) => {
    if (args.module === undefined && (args.sources ?? []).length === 0)
      throw new InputError('names no source', 'assay mutate', 'Name the files to break, or a --module.')
    chooseQuantisation(args)
  },
  handler: runMutate,
})

async function runMutate(args: MutateArguments, { env }: Call): Promise<void> {
  const progress = progressFor(args, env)
  const environment = readEnvironment(env)
  const { readExplanations } = await import('../../mutation/explanations.ts')
  const explanations = args.explained === undefined ? [] : await readExplanations(args.explained)
  const { only, sample, timeout: timeoutSeconds, out } = args
  const common = { only, sample, timeoutSeconds, explanations, out, environment }
  const result =
    args.module === undefined
      ? await (await import('../../pipeline/mutation/campaign.ts')).runMutation(
          { ...common, sources: args.sources ?? [], tests: args.tests },
          progress,
        )
      : await mutateModule(args, args.module, common, progress)
  const { writeMutation } = await import('../../pipeline/mutation/files.ts')
  const files = await writeMutation(result, out)
  const { renderMutation } = await import('../../report/mutation.ts')
  const { addScores, scoreOf } = await import('../../mutation/score.ts')
  printResult(args, result, () => `${renderMutation(result)}\n\n${files.join(', ')}`)
  const percent = 100 * scoreOf(addScores(result.modules))
  const isBelow = args.atLeast !== undefined && percent < args.atLeast
  if (isBelow)
    process.stderr.write(`The score is ${percent.toFixed(1)} %, --at-least asks for ${args.atLeast} %.\n`)
  setExitCode(isBelow ? EXIT.mismatch : EXIT.done)
}

async function mutateModule(
  args: MutateArguments,
  path: string,
  common: Omit<MutationOptions, 'sources' | 'tests'>,
  progress: Progress,
): Promise<MutationSummary> {
  const { checkModule, loadConfig } = await import('../../pipeline/own-rtl/config.ts')
  const { runModuleMutation } = await import('../../pipeline/mutation/module.ts')
  const loaded = await loadConfig(path)
  const cacheDir = defaultCacheFolder(args.out)
  await checkModule(loaded, cacheDir, common.environment, null)
  const { prepared, inputs, folder } = await prepareFromArguments(args, progress, {
    layers: args.layers,
    image: true,
  })
  return runModuleMutation(
    {
      ...common,
      loaded,
      sources: args.sources ?? [],
      choose: args.layers === undefined ? null : (names) => chooseLayers(names, args.layers),
      graph: prepared.integer,
      imagePath: inputs.image,
      folder,
      cacheDir,
    },
    progress,
  )
}

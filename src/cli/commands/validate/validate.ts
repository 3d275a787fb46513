/** `assay validate`: COCO accuracy from the float network to the RTL. */
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import type { Progress } from '../../../pipeline/files/progress.ts'
import type { LoadedModel } from '../../../pipeline/model/prepare.ts'
import type { SweepRequest } from '../../../pipeline/validate/sweep.ts'
import { type BitWidths, listWidths, type SweepChoice } from '../../../pipeline/validate/sweep-choice.ts'
import type { ValidationRequest } from '../../../pipeline/validate/validation.ts'
import { defaultCacheFolder, type Environment, readEnvironment } from '../../../process/environment.ts'
import { setExitCode } from '../../../process/exit.ts'
import type { Stage } from '../../../result/accuracy.ts'
import { loadFromArguments, prepareFromArguments } from '../../model/prepare.ts'
import { chooseQuantisation } from '../../model/quantisation.ts'
import { runFolder } from '../../model/run-folder.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { MODEL_GROUPS } from '../../options/shared.ts'
import { EXIT } from '../../terminal/errors.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { painter } from '../../terminal/progress.ts'
import { choosePictures, keepImages, readData, refuseOwnData, resolveData } from './data.ts'
import {
  ANALYSIS_OPTIONS,
  chooseStages,
  DATA_OPTIONS,
  MEASURE_OPTIONS,
  VALIDATE_OPTIONS,
  type ValidateArguments,
} from './options.ts'

export const validateCommand = defineCommand<ValidateArguments>({
  name: 'validate',
  options: VALIDATE_OPTIONS,
  groups: {
    ...MODEL_GROUPS,
    'Data:': Object.keys(DATA_OPTIONS),
    'Measurement:': Object.keys(MEASURE_OPTIONS),
    'Where accuracy goes (instead of the tables):': Object.keys(ANALYSIS_OPTIONS),
  },
  examples: [
    ['$0 validate', 'the embedded model on its own images, down to the RTL'],
    [
      '$0 validate -m yolov8n.pt -c calib/ -d instances.json --images val2017/ -s float,full,rtl',
      'your checkpoint',
    ],
  ],
  check: checkOptions,
  handler: runValidate,
})

/** Every point of a sweep is checked before the first is measured. */
function checkOptions(args: ValidateArguments): void {
  if (args.sweep === undefined) chooseQuantisation(args)
  else for (const bits of listPoints(args, args.sweep)) chooseQuantisation({ ...args, ...bits })
}

/** The widths that a sweep measures. */
const listPoints = (
  { bits = 8, weightBits = bits, activationBits = bits }: ValidateArguments,
  sweep: SweepChoice,
): readonly BitWidths[] => listWidths(sweep, { weightBits, activationBits })

/** What every kind of validation is made of. */
interface ValidateRun {
  readonly args: ValidateArguments
  readonly data: string
  readonly environment: Environment
  readonly progress: Progress
}

async function runValidate(args: ValidateArguments, { env }: Call): Promise<void> {
  const progress = progressFor(args, env)
  const stages = chooseStages(args)
  const run: ValidateRun = { args, data: resolveData(args), environment: readEnvironment(env), progress }
  if (args.rtl !== undefined)
    await (await import('../../../pipeline/files/rtl-sources.ts')).sourcesOf(args.rtl)
  if (args.sweep !== undefined) return runSweep(run, args.sweep)
  if (args.snr || args.blame !== undefined) return runAnalyses(args, await makeQuantised(run, []), progress)
  const { isFloatStage } = await import('../../../pipeline/validate/run.ts')
  const request = stages.every(isFloatStage) ? await makeFloat(run, stages) : await makeQuantised(run, stages)
  refuseOwnData(run.data, join(request.folder, 'validate'))
  const { validate } = await import('../../../pipeline/validate/validation.ts')
  const { renderAccuracy, renderClasses } = await import('../../../report/accuracy-terminal.ts')
  const result = await validate(request, progress)
  const paint = painter(process.stdout, env)
  printResult(args, result, () =>
    [renderAccuracy(result, paint), ...(args.classes ? ['', renderClasses(result)] : [])].join('\n'),
  )
  setExitCode(result.verdict === 'mismatch' ? EXIT.mismatch : EXIT.done)
}

/** A validation of float stages alone: nothing is calibrated. */
async function makeFloat(run: ValidateRun, stages: readonly Stage[]): Promise<ValidationRequest> {
  const { args, progress } = run
  const { path, model } = await loadFromArguments(args, progress)
  const { DEFAULT_ENGINE } = await import('../../../rom/parameters.ts')
  const folder = runFolder(args, path, 'float')
  const common = await describeRequest(run, model)
  const engine = { ...DEFAULT_ENGINE, capacity: args.capacity, maxDetections: args.maxDetections }
  return { ...common, stages, prepared: null, options: null, engine, folder }
}

async function makeQuantised(run: ValidateRun, stages: readonly Stage[]): Promise<SweepRequest> {
  const { args, progress } = run
  let common: CommonRequest | undefined
  const { options, prepared, folder } = await prepareFromArguments(args, progress, {
    array: stages.includes('rtl') ? args.array : undefined,
    runsHead: stages.some((stage) => stage === 'full' || stage === 'rtl'),
    check: async (model) => {
      common = await describeRequest(run, model)
    },
  })
  if (common === undefined) throw new Error('the data was not read')
  const { chooseEngine } = await import('../../../pipeline/model/engine-choice.ts')
  const chosen = chooseEngine(options, args.array)
  const engine = { ...chosen, capacity: args.capacity, maxDetections: args.maxDetections }
  return { ...common, stages, prepared, options, engine, folder }
}

type CommonRequest = Omit<ValidationRequest, 'stages' | 'prepared' | 'options' | 'engine' | 'folder'>

async function describeRequest(
  { args, data, environment }: ValidateRun,
  model: LoadedModel,
): Promise<CommonRequest> {
  const dataset = await readData(args, data, model.graph.head.classes)
  const choice = { iou: args.iou, maxDetections: args.maxDetections }
  return {
    dataset,
    model,
    modelName: basename(model.path),
    dataName: data,
    choices: [
      { ...choice, confidence: args.confidence, multiLabel: args.multiLabel },
      { ...choice, confidence: args.matched, multiLabel: false },
    ],
    cacheDir: join(args.out, 'cache'),
    models: defaultCacheFolder(args.out),
    cache: args.cache,
    jobs: args.jobs ?? availableParallelism(),
    replicates: args.replicates,
    seed: args.seed,
    environment,
    pictures: choosePictures(dataset, args.pictures),
    saveDetections: args.saveDetections,
    rtl: args.rtl,
  }
}

async function runSweep(run: ValidateRun, sweep: SweepChoice): Promise<void> {
  const { args, progress } = run
  const { sweepBits } = await import('../../../pipeline/validate/sweep.ts')
  const { renderSweep } = await import('../../../report/layer-cost.ts')
  const requests: SweepRequest[] = []
  for (const bits of listPoints(args, sweep))
    requests.push(await makeQuantised({ ...run, args: { ...args, ...bits } }, []))
  const folder = runFolder(args, requests[0]!.modelName, 'sweep')
  const result = await sweepBits(requests, folder, progress)
  printResult(args, result, () => `${renderSweep(result)}\n\nPlot: ${join(folder, 'sweep.svg')}`)
}

async function runAnalyses(
  args: ValidateArguments,
  request: SweepRequest,
  progress: Progress,
): Promise<void> {
  const { blameLayers, measureLayerNoise } = await import('../../../pipeline/validate/layer-costs.ts')
  const { renderBlame, renderNoise } = await import('../../../report/layer-cost.ts')
  const folder = join(request.folder, 'validate')
  const dataset = await keepImages(request.dataset, args.analysisImages)
  const costs = { ...request, dataset, folder, choice: request.choices[0]! }
  const noise = args.snr ? await measureLayerNoise(costs, progress) : null
  const blame = args.blame === undefined ? null : await blameLayers(costs, args.blame, progress)
  printResult(args, { images: dataset.images.length, noise, blame }, () =>
    [
      ...(noise === null
        ? []
        : [renderNoise(noise, dataset.images.length), '', `Plot: ${join(folder, 'noise.svg')}`]),
      ...(noise === null || blame === null ? [] : ['']),
      ...(blame === null ? [] : [renderBlame(blame)]),
    ].join('\n'),
  )
}

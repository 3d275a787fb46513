/** `assay sim`: build the RTL, run it, diff every layer. */
import { askOrigin } from '../../../pipeline/files/origin.ts'
import { readEnvironment } from '../../../process/environment.ts'
import { chooseQuantisation } from '../../model/quantisation.ts'
import { canonicalWords } from '../../options/canonical-words.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { MODEL_GROUPS } from '../../options/shared.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { withProgressFile } from '../../terminal/progress-file.ts'
import { runReported } from '../../terminal/reports.ts'
import { OPTIONS, SIM_OPTIONS, type SimArguments, type SimRun } from './options.ts'
import { simulateOwn } from './own-module.ts'
import { findOrSimulate, prepareRun } from './run.ts'
import { simTarget } from './target.ts'

export const simCommand = defineCommand<SimArguments>({
  name: 'sim',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Simulation:': Object.keys(SIM_OPTIONS) },
  examples: [
    ['$0 sim', 'the embedded default model on its own image'],
    ['$0 sim -m yolov8n.pt -i street.jpg -c images/', 'your checkpoint, ranges from images/'],
    ['$0 sim -l model.0..model.9', 'some layers only'],
  ],
  check: chooseQuantisation,
  handler: runSim,
})

async function runSim(given: SimArguments, { env, words }: Call): Promise<void> {
  // What the environment says is read here, so that what runs is what is kept.
  const environment = readEnvironment(env)
  const args = { ...given, simulator: given.simulator ?? environment.simulator ?? 'verilator' }
  const begin = (): SimRun => ({
    ...{ args, environment, progress: withProgressFile(progressFor(args, env), args.progressFile) },
    origin: askOrigin(words, environment, canonicalWords(OPTIONS, words, NO_PART)),
  })
  if (args.watch) {
    const { watchSimulation } = await import('./watch.ts')
    return watchSimulation(args, begin, env)
  }
  const run = begin()
  if (args.module !== undefined) return simulateOwn(run, args.module, env)
  if (args.prepare) {
    const ready = await prepareRun(run)
    return printResult(args, ready, () => `Ready in ${ready.folder}, model ${ready.build.slice(0, 12)}.`)
  }
  await runReported(args, env, await simTarget(args), () => findOrSimulate(run))
}

/** Options that decide no result; those of places are known as such. */
const NO_PART: ReadonlySet<string> = new Set<keyof typeof OPTIONS>([
  ...(['report', 'json', 'quiet', 'jobs', 'cache', 'watch', 'prepare', 'shard'] as const),
  ...(['waveform', 'pictures'] as const),
])

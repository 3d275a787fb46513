/** `assay sim`: build the RTL, run it, diff every layer. */
import { readEnvironment } from '../../../process/environment.ts'
import { chooseQuantisation } from '../../model/quantisation.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { MODEL_GROUPS } from '../../options/shared.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
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

async function runSim(given: SimArguments, { env }: Call): Promise<void> {
  // What the environment says is read here, so that what runs is what is kept.
  const environment = readEnvironment(env)
  const args = { ...given, simulator: given.simulator ?? environment.simulator ?? 'verilator' }
  const run: SimRun = { args, environment, progress: progressFor(args, env) }
  if (args.module !== undefined) return simulateOwn(run, args.module, env)
  if (args.prepare) {
    const ready = await prepareRun(run)
    return printResult(args, ready, () => `Ready in ${ready.folder}, model ${ready.build.slice(0, 12)}.`)
  }
  if (args.watch) {
    const { watchSimulation } = await import('./watch.ts')
    return watchSimulation(run, env)
  }
  await runReported(args, env, await simTarget(args), () => findOrSimulate(run))
}

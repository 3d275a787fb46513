/** `assay probe`: which profile of arithmetic a user's requantiser computes. */
import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { Profile } from '../../../arithmetic/profile.ts'
import { InputError } from '../../../input/input-error.ts'
import { checkFiles } from '../../../input/read-file.ts'
import type { Progress } from '../../../pipeline/files/progress.ts'
import { type Environment, readEnvironment } from '../../../process/environment.ts'
import { setExitCode } from '../../../process/exit.ts'
import type { ProbeResult } from '../../../result/probe.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { EXIT } from '../../terminal/errors.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { nameOnce, PORTS_SCRATCH, splitDefine } from '../ports.ts'
import { LAYER_GROUP, OPTIONS, PORT_OPTIONS, type ProbeArguments, SOURCES, VALUE_OPTIONS } from './options.ts'

export const probeCommand = defineCommand<ProbeArguments>({
  name: 'probe',
  positionals: SOURCES,
  options: OPTIONS,
  groups: {
    'Ports:': Object.keys(PORT_OPTIONS),
    'Values:': Object.keys(VALUE_OPTIONS),
    'A whole layer:': LAYER_GROUP,
  },
  examples: [
    ['$0 probe rtl/requant.sv', 'ports by their names'],
    ['$0 probe rtl/requant.sv --acc sum_i --shift 8 -o mine.json', 's is 8 inside; write the profile'],
    ["$0 probe rtl/requant.sv --multiplier 'param_i[47:32]'", 'M is part of a port'],
    ['$0 probe --module assay.config.ts', 'a whole layer on your own module'],
  ],
  check: ({ sources, bench, module }) => {
    if (bench === undefined && module === undefined && (sources ?? []).length === 0)
      throw new InputError(
        'names no source',
        'assay probe',
        'Name the files of your requantiser, a --bench, or a --module that computes whole layers.',
      )
  },
  handler: runProbeCommand,
})

async function runProbeCommand(args: ProbeArguments, { env }: Call): Promise<void> {
  // As `assay init` does.
  if (args.out !== undefined && existsSync(args.out) && !args.force)
    throw new InputError('already exists', args.out, 'Choose another name with --out, or give --force.')
  const { readProfile } = await import('../../../arithmetic/read-profile.ts')
  const own = args.profile.map(readProfile)
  const progress = progressFor(args, env)
  const environment = readEnvironment(env)
  const { bench, module } = args
  const result =
    module !== undefined
      ? await (await import('./layer.ts')).probeOwn(args, module, own, environment, progress)
      : bench !== undefined
        ? await probeBench(args, bench, own, progress)
        : await probeModule(args, own, environment, progress)
  const { isFit, probeToJson } = await import('../../../result/probe.ts')
  const { renderProbe } = await import('../../../report/probe.ts')
  const notes: string[] = []
  if (args.out !== undefined) {
    if (!isFit(result)) notes.push(`${args.out} was not written, as nothing fits.`)
    else notes.push(await (await import('./write.ts')).writeProfile(args.out, result, own))
  }
  printResult(args, probeToJson(result), () => [renderProbe(result), ...notes].join('\n'))
  setExitCode(isFit(result) ? EXIT.done : EXIT.mismatch)
}

async function probeModule(
  args: ProbeArguments,
  own: readonly Profile[],
  environment: Environment,
  progress: Progress,
): Promise<ProbeResult> {
  const { sources = [], parameter, include, define, latency, withinCycles, clock } = args
  checkFiles(sources, 'Check the path.')
  const last = sources.at(-1)!
  const top = args.top ?? basename(last, extname(last))
  const build = {
    ...{ top, sources, includeDirs: include, environment, cacheDir: PORTS_SCRATCH },
    parameters: nameOnce(parameter, '--parameter'),
    defines: nameOnce(define.map(splitDefine), '--define'),
  }
  const { readPorts } = await import('../../../simulate/index.ts')
  const { findProbePorts } = await import('../../../operator/probe-ports.ts')
  const { planProbe } = await import('../../../pipeline/probe/ranges.ts')
  const { openModule } = await import('../../../pipeline/probe/module.ts')
  const { runProbe } = await import('../../../pipeline/probe/run.ts')
  const module = await readPorts(build)
  const ports = findProbePorts(module, args, nameOnce(args.set, '--set'))
  const plans = planProbe(ports, args)
  await using open = await openModule({ build, module, ports, clock, latency, withinCycles }, progress)
  const { answer } = open
  return await runProbe({ top, plans, own, seed: args.seed, ports, answer }, progress)
}

async function probeBench(
  { multipliers, shifts, zeroPoints, seed }: ProbeArguments,
  path: string,
  own: readonly Profile[],
  progress: Progress,
): Promise<ProbeResult> {
  const { loadBench } = await import('../../../pipeline/probe/bench-file.ts')
  const { runProbe } = await import('../../../pipeline/probe/run.ts')
  const { answer, plans } = await loadBench(path, { multipliers, shifts, zeroPoints })
  return runProbe({ top: basename(path), plans, own, seed, ports: null, answer }, progress)
}

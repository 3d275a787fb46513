/** `assay probe`: which profile of arithmetic a user's requantiser computes. */
import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { Fit } from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import { type Environment, readEnvironment } from '../../process/environment.ts'
import { setExitCode } from '../../process/exit.ts'
import type { ProbeResult } from '../../result/probe.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { prepareProfile } from '../options/prepare-profile.ts'
import { INCLUDE_OPTION, MODEL_OPTIONS } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'
import { DEFINE_OPTION, nameOnce, PARAMETER_OPTION, PORTS_SCRATCH, splitDefine } from './ports.ts'

const SOURCES = {
  sources: {
    type: 'string',
    array: true,
    describe: 'SystemVerilog files, packages first, the requantiser last',
  },
} as const satisfies Declarations

const PORT_OPTIONS = {
  acc: { type: 'string', describe: 'input that takes the accumulator, acc_i or sum_i[31:0] [by its name]' },
  code: { type: 'string', describe: 'output that gives the code [by its name]' },
  multiplier: { type: 'string', describe: 'input of M, or the M that is inside the module [by its name]' },
  shift: {
    type: 'string',
    describe: 'input of s, or the s inside the module [by its name; or else s is found]',
  },
  'zero-point': { type: 'string', describe: 'input of Z, or the Z inside the module [by its name]' },
  scale: { type: 'string', describe: 'input of a float32 scale instead of M and s, or the scale itself' },
  valid: { type: 'string', describe: 'input that is 1 with an accumulator [by its name]' },
  ready: { type: 'string', describe: 'output that is 1 when the accumulator is taken [by its name]' },
  done: { type: 'string', describe: 'output that is 1 with a code [by its name]' },
  set: {
    type: 'string',
    array: true,
    parse: parseHeld,
    default: [] as readonly string[],
    describe: 'value of another input: max_i=255 (repeatable) [1 for enables, 0 for others]',
  },
  clock: { type: 'string', describe: 'input of the clock [by its name]' },
  latency: {
    type: 'number',
    whole: true,
    range: [0, 10_000],
    describe: 'cycles from accumulator to code, where no output says when [held for 16]',
  },
  'within-cycles': {
    type: 'number',
    whole: true,
    range: [1, 1_000_000],
    default: 1000,
    describe: 'cycles that an answer may take',
  },
} as const satisfies Declarations

const VALUE_OPTIONS = {
  bits: { type: 'number', whole: true, range: [2, 16], describe: "bits of a code [its port's]" },
  multipliers: {
    type: 'string',
    parse: parseRange,
    describe: "least and greatest M to give: 1..32767 [its port's]",
  },
  shifts: { type: 'string', parse: parseRange, describe: "least and greatest s to give: 0..31 [its port's]" },
  'zero-points': {
    type: 'string',
    parse: parseRange,
    describe: "least and greatest Z to give: 0..255 [its port's]",
  },
  profile: {
    type: 'string',
    array: true,
    reads: true,
    default: [] as readonly string[],
    describe: 'file of a further profile to try, JSON or TypeScript (repeatable)',
    prepare: prepareProfile,
  },
  seed: {
    type: 'number',
    whole: true,
    range: [0, 2 ** 32 - 1],
    default: 1,
    describe: 'of the accumulators that are drawn',
  },
} as const satisfies Declarations

const OPTIONS = {
  top: { type: 'string', describe: "top module [the last file's name]" },
  bench: {
    type: 'string',
    reads: true,
    describe: 'TypeScript file that gives the codes itself, instead of SystemVerilog files',
  },
  ...PORT_OPTIONS,
  ...VALUE_OPTIONS,
  parameter: PARAMETER_OPTION,
  include: INCLUDE_OPTION,
  define: DEFINE_OPTION,
  out: {
    alias: 'o',
    type: 'string',
    writes: 'file',
    describe: 'write the profile that fits to this JSON file',
  },
  force: { type: 'boolean', default: false, describe: 'overwrite the file of --out' },
  json: MODEL_OPTIONS.json,
  quiet: MODEL_OPTIONS.quiet,
} as const satisfies Declarations
type ProbeArguments = Arguments<typeof SOURCES & typeof OPTIONS>

export const probeCommand = defineCommand<ProbeArguments>({
  name: 'probe',
  positionals: SOURCES,
  options: OPTIONS,
  groups: { 'Ports:': Object.keys(PORT_OPTIONS), 'Values:': Object.keys(VALUE_OPTIONS) },
  examples: [
    ['$0 probe rtl/requant.sv', 'ports by their names'],
    ['$0 probe rtl/requant.sv --acc sum_i --shift 8 -o mine.json', 's is 8 inside; write the profile'],
    ["$0 probe rtl/requant.sv --multiplier 'param_i[47:32]'", 'M is part of a port'],
  ],
  check: ({ sources, bench }) => {
    if (bench === undefined && (sources ?? []).length === 0)
      throw new InputError(
        'names no source',
        'assay probe',
        'Name the files of your requantiser, or a --bench.',
      )
  },
  handler: runProbeCommand,
})

async function runProbeCommand(args: ProbeArguments, { env }: Call): Promise<void> {
  // As `assay init` does.
  if (args.out !== undefined && existsSync(args.out) && !args.force)
    throw new InputError('already exists', args.out, 'Choose another name with --out, or give --force.')
  const { readProfile } = await import('../../arithmetic/read-profile.ts')
  const own = args.profile.map(readProfile)
  const progress = progressFor(args, env)
  const result =
    args.bench === undefined
      ? await probeModule(args, own, readEnvironment(env), progress)
      : await probeBench(args, args.bench, own, progress)
  const { probeToJson } = await import('../../result/probe.ts')
  const { renderProbe } = await import('../../report/probe.ts')
  const [best] = result.contradiction === null ? result.ranking.exact : []
  const notes: string[] = []
  if (args.out !== undefined) {
    if (best === undefined) notes.push(`${args.out} was not written, as nothing fits.`)
    else notes.push(await writeProfile(args.out, result, best))
  }
  printResult(args, probeToJson(result), () => [renderProbe(result), ...notes].join('\n'))
  setExitCode(best === undefined ? EXIT.mismatch : EXIT.done)
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
  const { readPorts } = await import('../../simulate/index.ts')
  const { findProbePorts } = await import('../../operator/probe-ports.ts')
  const { planProbe } = await import('../../pipeline/probe/ranges.ts')
  const { openModule } = await import('../../pipeline/probe/module.ts')
  const { runProbe } = await import('../../pipeline/probe/run.ts')
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
  const { loadBench } = await import('../../pipeline/probe/bench-file.ts')
  const { runProbe } = await import('../../pipeline/probe/run.ts')
  const { answer, plans } = await loadBench(path, { multipliers, shifts, zeroPoints })
  return runProbe({ top: basename(path), plans, own, seed, ports: null, answer }, progress)
}

async function writeProfile(path: string, result: ProbeResult, { candidate }: Fit): Promise<string> {
  const { makeProfile } = await import('../../arithmetic/make-profile.ts')
  const { profileText } = await import('../../arithmetic/read-profile.ts')
  const { describeReading } = await import('../../result/probe.ts')
  const { writeWhole } = await import('../../store/files.ts')
  const found = `found by assay probe in ${result.top}: ${result.ranking.samples} accumulators agree`
  const source = [found, ...describeReading(candidate.reading)].join('; ')
  const name = basename(path, extname(path))
  const profile = makeProfile(candidate.stages, name, source, candidate.name)
  await writeWhole(path, profileText(profile))
  return `\n${path}: written. Only its stages of A-4 were found; look at the rest with assay profiles ${path}.`
}

/** `1..255`, `-8..7`. @throws InputError for anything else, or an empty range */
function parseRange(text: string, option: string): readonly [least: number, greatest: number] {
  const match = /^(-?\d+)\.\.(-?\d+)$/.exec(text)
  const [least, greatest] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || least > greatest)
    throw new InputError(`expected the least and the greatest as 0..31, got ${text}`, option)
  return [least, greatest]
}

/** `max_i=255`, `max_i=0xff`. @throws InputError for anything else */
function parseHeld(text: string, option: string): readonly [name: string, value: number | bigint] {
  const match = /^([\w$]+)=(-?\d+|0x[\da-f]+)$/i.exec(text)
  if (match === null)
    throw new InputError(`expected a port and a whole number as max_i=255, got ${text}`, option)
  const value = Number(match[2])
  return [match[1]!, Number.isSafeInteger(value) ? value : BigInt(match[2]!)]
}

/** All commands, in the order of the help. */
import type { ListedCommand } from './options/define-command.ts'

export const COMMANDS: readonly ListedCommand[] = [
  {
    command: 'inspect [checkpoint]',
    describe: 'show the layers, shapes, parameters, MACs and batch norms of a checkpoint',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    command: 'quantise',
    describe: 'calibrate and quantise a checkpoint to N bits',
    load: async () => (await import('./commands/quantise.ts')).quantiseCommand,
  },
  {
    command: 'roms',
    describe: 'write weights, tables and program as ROM init files for Verilog',
    load: async () => (await import('./commands/roms/roms.ts')).romsCommand,
  },
  {
    command: 'golden',
    describe: 'compute the golden integer activations of every layer',
    load: async () => (await import('./commands/golden.ts')).goldenCommand,
  },
  {
    command: 'explain',
    describe: 'show every product and partial sum of one output element',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    command: 'sim',
    describe: 'build the RTL, run it, and compare every layer with the reference model',
    load: async () => (await import('./commands/sim/sim.ts')).simCommand,
  },
  {
    command: 'validate',
    describe: 'measure COCO accuracy at every stage, from float to RTL',
    load: async () => (await import('./commands/validate/validate.ts')).validateCommand,
  },
  {
    command: 'report',
    describe: 'put a run on one HTML page: layers, errors, cycles, detections, accuracy',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  {
    command: 'diff <old> <new>',
    describe: 'show what changed between two frozen sets, layer by layer',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    command: 'compare',
    describe: 'diff what another simulator or a board wrote, in files of any usual format',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  {
    command: 'merge <out> <shards..>',
    describe: 'join the reports of shards; the layers of a missing shard are red',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  {
    command: 'farm [arguments..]',
    describe: 'run the layers as shards on many machines, and join their reports',
    load: async () => (await import('./commands/farm.ts')).farmCommand,
  },
  {
    command: 'regress [file]',
    describe: 'run a plan of models, images, bits, seeds and RTL, and report them together',
    load: async () => (await import('./commands/regress/regress.ts')).regressCommand,
  },
  {
    command: 'ports <top> <sources..>',
    describe: 'show the ports of a SystemVerilog module, or write them as TypeScript types',
    load: async () => (await import('./commands/ports.ts')).portsCommand,
  },
  {
    command: 'selftest',
    describe: 'flip bits in golden data, ROMs and RTL, and show that every flip goes red',
    load: async () => (await import('./commands/selftest.ts')).selftestCommand,
  },
  {
    command: 'init <sources..>',
    describe: 'write a first assay.config.ts for your own module, from its ports',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    command: 'profiles [profile]',
    describe: 'show what accelerators compute between accumulator and code, and check your own file',
    load: async () => (await import('./commands/profiles.ts')).profilesCommand,
  },
  {
    command: 'probe [sources..]',
    describe: 'drive your requantiser, and name the profile of arithmetic that it computes',
    load: async () => (await import('./commands/probe/probe.ts')).probeCommand,
  },
  {
    command: 'mutate [sources..]',
    describe: 'break your module one token at a time, and show what your tests do not notice',
    load: async () => (await import('./commands/mutate.ts')).mutateCommand,
  },
  {
    command: 'coverage [sources..]',
    describe: 'count the lines, branches and bits of your modules that your tests reach',
    load: async () => (await import('./commands/coverage.ts')).coverageCommand,
  },
  {
    command: 'clean',
    describe: 'show what results and cache hold on the disk, and free it',
    load: async () => (await import('./commands/clean.ts')).cleanCommand,
  },
  {
    command: 'completion <shell>',
    describe: 'print a script that completes commands, options and their values',
    load: async () => (await import('./commands/completion.ts')).makeCompletionCommand(COMMANDS),
  },
]

/** `assay compare`: what another simulator or a board wrote, against golden data; no simulator takes part. */
import { basename, dirname, join } from 'node:path'
import { DUMP_FORMATS } from '../../dump/types.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import type { ComparedModel } from '../../pipeline/compare/compare.ts'
import { askOrigin } from '../../pipeline/files/origin.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import { readEnvironment } from '../../process/environment.ts'
import { resolveModel } from '../model/inputs.ts'
import { chooseLayers, parseLayers } from '../model/layers.ts'
import { prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import { runFolder } from '../model/run-folder.ts'
import { canonicalWords } from '../options/canonical-words.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_GROUPS, MODEL_OPTIONS, REPORT_OPTIONS } from '../options/shared.ts'
import { progressFor } from '../terminal/print.ts'
import { runReported } from '../terminal/reports.ts'
import { frozenFolder } from './sim/target.ts'

const COMPARE_OPTIONS = {
  dump: {
    type: 'string',
    reads: true,
    describe: 'file of one tensor or of many (.npz, .vcd), or folder of files called as tensors: model.0.npy',
  },
  against: {
    type: 'string',
    reads: true,
    describe: 'folder that golden --freeze wrote, instead of checkpoint and image',
  },
  layers: {
    alias: 'l',
    type: 'string',
    parse: parseLayers,
    describe: 'tensors of the dump to compare: model.0..model.9,model.22 (all by default)',
  },
  ...REPORT_OPTIONS,
  'result-folder': {
    type: 'string',
    writes: 'folder',
    describe: 'folder for sim.json and the reports [one beside that of assay sim]',
  },
} as const satisfies Declarations

/** What is not stated here or in `dump.json` of the folder, and does not follow from the file, is inferred. */
const LAYOUT_OPTIONS = {
  tensor: { type: 'string', describe: 'tensor of a single file [its name without the ending]' },
  format: {
    choices: DUMP_FORMATS,
    describe: "format of the files [from their ending]; of a folder's files only these",
  },
  order: { type: 'string', describe: "axes from the slowest to the fastest: 'y x o', 'o/8 y x o%8'" },
  'lane-bits': { type: 'number', whole: true, range: [1, 64], describe: 'bits of an element' },
  lanes: { type: 'number', whole: true, range: [1, 4096], describe: 'elements side by side in a word' },
  reversed: { type: 'boolean', describe: 'the first of them is in the highest bits, not in the lowest' },
  signed: { type: 'boolean', describe: "two's complement, or --no-signed [as the codes of the model]" },
  endian: { choices: ['little', 'big'] as const, describe: 'order of the bytes of a word in a binary file' },
  offset: {
    type: 'number',
    whole: true,
    range: [0, 2 ** 31],
    describe: 'what comes before: bytes of a binary file, otherwise words; other data may follow',
  },
  data: { type: 'string', describe: 'signal of a waveform, or column of a CSV file, that carries the words' },
  valid: { type: 'string', describe: 'signal or column that is 1 where a word counts' },
  ready: { type: 'string', describe: 'signal or column that has to be 1, too' },
  clock: {
    type: 'string',
    describe: 'clock of a waveform: words are taken as they are before its rising edge',
  },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...COMPARE_OPTIONS, ...LAYOUT_OPTIONS } as const
type CompareArguments = Arguments<typeof OPTIONS>

export const compareCommand = defineCommand<CompareArguments>({
  name: 'compare',
  options: OPTIONS,
  groups: {
    ...MODEL_GROUPS,
    'Comparison:': Object.keys(COMPARE_OPTIONS),
    'How the dump lies:': Object.keys(LAYOUT_OPTIONS),
  },
  examples: [
    [
      '$0 compare --dump out/ --against golden/street',
      'a file for each tensor, in an order that is inferred',
    ],
    [
      "$0 compare --dump model.0.bin --order 'y x o' --lane-bits 8 --against golden/street",
      'the same, stated',
    ],
    [
      '$0 compare --dump wave.vcd --tensor model.0 --clock clk --data out_data --valid out_valid',
      'a waveform',
    ],
    ['$0 compare --dump board.npz -m yolov8n.pt -i street.jpg -c images/', 'your checkpoint and image'],
  ],
  check: (args) => {
    if (args.dump === undefined)
      throw new InputError(
        'no dump was given',
        '--dump',
        'Give the file or folder that was written elsewhere.',
      )
    chooseQuantisation(args)
  },
  handler: async (args, { env, words }) => {
    const origin = askOrigin(words, readEnvironment(env), canonicalWords(OPTIONS, words, NO_PART))
    const folder = args.resultFolder ?? (await folderOf(args))
    await runReported(args, env, { command: 'compare', folder }, async () => {
      const { runComparison } = await import('../../pipeline/compare/compare.ts')
      const { dump = '', layers, tensor = null } = args
      const progress = progressFor(args, env)
      const model =
        args.against === undefined
          ? await fromModel(args, progress)
          : await fromFrozen(args.against, progress)
      const choose = (names: readonly string[]) => chooseLayers(names, layers)
      return runComparison({ dump, stated: stateOf(args), tensor, model, choose, folder, origin }, progress)
    })
  },
})

/** Options that decide no result. */
const NO_PART: ReadonlySet<string> = new Set(['report', 'json', 'quiet', 'cache'])

const STATED = [
  'format',
  'order',
  'lanes',
  'reversed',
  'signed',
  'endian',
  'offset',
  'data',
  'valid',
  'ready',
  'clock',
] as const

function stateOf(args: CompareArguments) {
  const given = STATED.filter((name) => args[name] !== undefined).map((name) => [name, args[name]])
  return { ...Object.fromEntries(given), ...(args.laneBits === undefined ? {} : { bits: args.laneBits }) }
}

/** `build/yolov8n-w8a8-dump`, so that no result of `assay sim` is replaced. */
async function folderOf(args: CompareArguments): Promise<string> {
  const { against } = args
  const own =
    against === undefined ? runFolder(args, resolveModel(args).model) : await frozenFolder(args, against)
  return join(dirname(own), pathName(`${basename(own)}-dump`, own))
}

async function fromModel(args: CompareArguments, progress: Progress): Promise<ComparedModel> {
  const { inputs, model, prepared } = await prepareFromArguments(args, progress, {
    layers: args.layers,
    image: true,
  })
  const { loadImage, runGolden } = await import('../../pipeline/model/golden-run.ts')
  const graph = prepared.integer
  const image = await loadImage(inputs.image, graph)
  return {
    ...{ name: basename(inputs.model), hash: prepared.hash, fileHash: model.hash, graph, image },
    golden: () => runGolden(graph, image.codes, progress),
  }
}

/** Codes that the set holds are taken from it; the others are computed, and have its digests. */
async function fromFrozen(folder: string, progress: Progress): Promise<ComparedModel> {
  const { checkLayers, readFrozen } = await import('../../pipeline/golden/frozen-set.ts')
  const set = await readFrozen(folder)
  const { index, graph, image, full } = set
  return {
    ...{ name: index.model, hash: index.graph, graph },
    image: { path: index.image.file, bytes: image },
    golden: async (names) => {
      if (names.every((name) => full.has(name))) return full
      const { runGolden } = await import('../../pipeline/model/golden-run.ts')
      const golden = await runGolden(graph, image, progress)
      checkLayers(set, golden)
      return golden
    },
  }
}

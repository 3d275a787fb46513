/** `assay explain`: one output element worked out by hand, product by product. */

import { basename, join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { checkPosition, parsePosition } from '../../pipeline/explain/position.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import { defaultCacheFolder } from '../../process/environment.ts'
import { setExitCode } from '../../process/exit.ts'
import { widestBits } from '../../quantise/activation-bits.ts'
import { type Prepared, prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { ARRAY_OPTION, MODEL_GROUPS, MODEL_OPTIONS } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'
import { painter } from '../terminal/progress.ts'

const EXPLAIN_OPTIONS = {
  layer: { alias: 'l', type: 'string', describe: 'layer, such as model.2.cv1 [the first convolution]' },
  at: { type: 'string', parse: parsePosition, default: '0,0,0', describe: 'output element: channel,y,x' },
  box: {
    type: 'number',
    whole: true,
    range: [0, 65535],
    describe: 'explain a kept box instead, by its number: decode, class and score',
  },
  rtl: {
    type: 'boolean',
    default: false,
    describe: 'also simulate the element, and mark the first difference',
  },
  'rtl-folder': {
    type: 'string',
    reads: true,
    describe: "folder of RTL sources with a list rtl.f that --rtl simulates, instead of Assay's",
  },
  all: { type: 'boolean', default: false, describe: 'print every row, however many there are' },
  array: ARRAY_OPTION,
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...EXPLAIN_OPTIONS } as const
type ExplainArguments = Arguments<typeof OPTIONS>

export const explainCommand = defineCommand<ExplainArguments>({
  name: 'explain',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Explanation:': Object.keys(EXPLAIN_OPTIONS) },
  examples: [
    ['$0 explain', 'the first pixel of the first layer'],
    ['$0 explain -l model.4.cv1 --at 3,7,0 --rtl', 'any element, beside the hardware'],
  ],
  check: checkOptions,
  handler: explain,
})

/** The array holds 8 bits at most; the reference model explains 16, too. */
function fitsArray(args: ExplainArguments): boolean {
  const { weightBits, activationBits } = widestBits(chooseQuantisation(args))
  return Math.max(weightBits, activationBits) <= 8
}

function checkOptions(args: ExplainArguments): void {
  chooseQuantisation(args)
  if (args.rtl && !fitsArray(args)) throw tooWide()
  if (args.rtlFolder !== undefined && !args.rtl)
    throw new InputError('expected --rtl, which simulates these sources', '--rtl-folder', 'Give both.')
}

const tooWide = (): InputError =>
  new InputError('the RTL takes 8 bits at most.', '--rtl', 'Leave it out for 16 bits.')

async function explain(args: ExplainArguments, { env }: Call): Promise<void> {
  const progress = progressFor(args, env)
  const run = await prepareFromArguments(args, progress, {
    array: fitsArray(args) ? args.array : undefined,
    layer: args.layer,
    image: true,
    runsHead: args.box !== undefined,
    check: async ({ graph: { nodes, aliases } }) => {
      const name = args.layer === undefined ? undefined : (aliases.get(args.layer) ?? args.layer)
      const node = nodes.find((each) => (name === undefined ? each.op === 'conv' : each.name === name))
      if (node !== undefined && args.box === undefined) checkPosition(node, args.at)
    },
  })
  const { target, image, explained, rtl } = await workOut(args, run, progress)
  const { writeExplanation } = await import('../../pipeline/explain/explain.ts')
  const { recordRun } = await import('../../pipeline/model/run-record.ts')
  const { renderExplanation } = await import('../../report/explain.ts')
  const record = await recordRun('explain', run.model, run.prepared, run.options)
  const { sha256 } = await import('../../store/hash.ts')
  const files = await writeExplanation(join(run.folder, 'explain'), explained, target, rtl, {
    ...record,
    image: { file: basename(image.path), sha256: sha256(image.bytes) },
  })
  const { explanation } = explained
  const rows = args.all || explanation.rows.length <= 64 ? explanation.rows.length : 24
  printResult(
    args,
    { ...explanation, rtl, files },
    () =>
      `${renderExplanation(explanation, rtl, { head: rows, tail: 8, paint: painter(process.stdout, env) })}\n\n${files.join('\n')}`,
  )
  setExitCode(rtl?.first ? EXIT.mismatch : EXIT.done)
}

/** Null where Assay's RTL cannot run the model: what it is without. */
function emitIfAble<Roms>(emit: () => Roms): Roms | null {
  try {
    return emit()
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

/** The element or the box, from the reference model and, with `--rtl`, from the hardware. */
async function workOut(args: ExplainArguments, run: Prepared, progress: Progress) {
  const { integer, modelId } = run.prepared
  const { explainTarget, findTarget } = await import('../../pipeline/explain/explain.ts')
  const { loadImage, runGolden } = await import('../../pipeline/model/golden-run.ts')
  const { chooseEngine, chooseNms } = await import('../../pipeline/model/engine-choice.ts')
  const { emitRoms } = await import('../../rom/emit.ts')
  const target = findTarget(integer, args.layer, args.at, args.box)
  const engine = chooseEngine(run.options, args.array)
  const emit = () => emitRoms(integer, engine, modelId, chooseNms(integer, engine))
  const isWide = Math.max(engine.weightBits, engine.activationBits) > 8
  const roms = isWide ? null : args.rtl ? emit() : emitIfAble(emit)
  const image = await loadImage(run.inputs.image, integer)
  const golden = await runGolden(integer, image.codes, progress)
  const explained = explainTarget(integer, golden, target, roms, engine)
  if (!args.rtl) return { target, image, explained, rtl: null }
  if (roms === null) throw tooWide()
  const { traceRtl } = await import('../../pipeline/explain/rtl.ts')
  const { sourcesOf } = await import('../../pipeline/files/rtl-sources.ts')
  const bench = {
    graph: integer,
    roms,
    golden,
    folder: run.folder,
    cacheDir: defaultCacheFolder(run.work.out),
    modelName: basename(run.inputs.model),
    sources: await sourcesOf(args.rtlFolder),
  }
  return { target, image, explained, rtl: await traceRtl(bench, target, explained, progress) }
}

/** `assay explain`: one output element worked out by hand, product by product. */
import { basename, join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { printResult, progressFor } from './command.ts'
import type { Declarations } from './declaration.ts'
import { type Arguments, defineCommand } from './define-command.ts'
import { EXIT } from './errors.ts'
import { MODEL_GROUPS, MODEL_OPTIONS } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import { painter } from './terminal-progress.ts'

const EXPLAIN_OPTIONS = {
  layer: { alias: 'l', type: 'string', describe: 'layer, such as model.2.cv1 [the first convolution]' },
  at: { type: 'string', default: '0,0,0', describe: 'output element: channel,y,x' },
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
  all: { type: 'boolean', default: false, describe: 'print every row, however many there are' },
  array: { type: 'string', describe: 'engine array PIxPOxPX', default: '16x16x4' },
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...EXPLAIN_OPTIONS } as const
type ExplainArguments = Arguments<typeof OPTIONS>

export const explainCommand = defineCommand<ExplainArguments>({
  command: 'explain',
  describe: 'show every product and partial sum of one output element',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Explanation:': Object.keys(EXPLAIN_OPTIONS) },
  examples: [
    ['$0 explain', 'the first pixel of the first layer'],
    ['$0 explain -l model.4.cv1 --at 3,7,0 --rtl', 'any element, beside the hardware'],
  ],
  handler: explain,
})

async function explain(args: ExplainArguments): Promise<void> {
  const progress = progressFor(args)
  const { checkPosition, parsePosition } = await import('../pipeline/explain/explain.ts')
  parsePosition(args.at)
  const { bits = 8, weightBits = bits, activationBits = bits } = args
  const fits = Math.max(weightBits, activationBits) <= 8
  if (!fits && args.rtl)
    throw new InputError('the RTL takes 8 bits at most.', '--rtl', 'Leave it out for 16 bits.')
  const run = await prepareFromArguments(args, progress, {
    ...(fits ? { array: args.array } : {}),
    layer: args.layer,
    image: true,
    check: async ({ graph: { nodes, aliases } }) => {
      const name = args.layer === undefined ? undefined : (aliases.get(args.layer) ?? args.layer)
      const node = nodes.find((each) => (name === undefined ? each.op === 'conv' : each.name === name))
      if (node !== undefined && args.box === undefined) checkPosition(node, args.at)
    },
  })
  const { integer, modelId } = run.prepared
  const { explainTarget, findTarget, writeExplanation } = await import('../pipeline/explain/explain.ts')
  const { loadImage, runGolden } = await import('../pipeline/model/golden-run.ts')
  const { recordRun } = await import('../pipeline/model/run-record.ts')
  const { chooseEngine, chooseNms } = await import('../pipeline/model/engine-choice.ts')
  const { emitRoms } = await import('../rom/emit.ts')
  const { renderExplanation } = await import('../report/explain.ts')
  const target = findTarget(integer, args.layer, args.at, args.box)
  const engine = chooseEngine(run.options, args.array)
  const roms =
    Math.max(engine.weightBits, engine.activationBits) <= 8
      ? emitRoms(integer, engine, modelId, chooseNms(integer, engine))
      : null
  const image = await loadImage(run.inputs.image, integer)
  const golden = await runGolden(integer, image.codes, progress)
  const explained = explainTarget(integer, golden, target, roms, engine)
  const rtl = !args.rtl
    ? null
    : await (await import('../pipeline/explain/rtl.ts')).traceRtl(
        {
          roms: roms!,
          golden,
          folder: run.folder,
          cacheDir: join(run.work.out, 'cache', 'verilator'),
          modelName: basename(run.inputs.model),
        },
        target,
        explained,
        progress,
      )
  const record = await recordRun('explain', run.model, run.prepared, run.options)
  const { sha256 } = await import('../store/hash.ts')
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
      `${renderExplanation(explanation, rtl, { head: rows, tail: 8, paint: painter(process.stdout) })}\n\n${files.join('\n')}`,
  )
  process.exitCode = rtl?.first ? EXIT.mismatch : EXIT.done
}

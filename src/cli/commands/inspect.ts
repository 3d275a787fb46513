/** `assay inspect`: what is in a checkpoint. */
import { basename } from 'node:path'
import type { GraphDescription } from '../../graph/describe-graph.ts'
import { formatCount, renderTable, wrap } from '../../report/table.ts'
import { readInput } from '../../store/files.ts'
import { resolveModel } from '../model/inputs.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import type { Size } from '../options/parse.ts'
import { MODEL_OPTIONS } from '../options/shared.ts'
import { printResult, progressFor } from '../terminal/print.ts'

const OPTIONS = {
  model: MODEL_OPTIONS.model,
  size: MODEL_OPTIONS.size,
  json: MODEL_OPTIONS.json,
  quiet: MODEL_OPTIONS.quiet,
} as const satisfies Declarations

const CHECKPOINT = { checkpoint: { type: 'string', describe: OPTIONS.model.describe } } as const
type InspectArguments = Arguments<typeof CHECKPOINT & typeof OPTIONS>

/** What `--json` prints. */
export interface Inspection extends GraphDescription {
  readonly model: string
  /** The checkpoint's class, e.g. `ultralytics.nn.tasks.DetectionModel`. */
  readonly className: string
  /** Type of most of the stored tensors. */
  readonly dtype: string
  readonly input: readonly [channels: number, height: number, width: number]
  readonly stride: readonly number[]
  readonly classes: readonly string[]
  readonly regMax: number
}

export const inspectCommand = defineCommand<InspectArguments>({
  name: 'inspect',
  positionals: CHECKPOINT,
  options: OPTIONS,
  handler: async (args, { env }) => {
    const path = args.checkpoint ?? resolveModel(args).model
    const inspection = await inspectModel(path, args.size, progressFor(args, env).warn)
    printResult(args, inspection, () => renderInspection(inspection))
  },
})

/** Reads the checkpoint and describes its graph. Throws InputError for a file that is not there or not a YOLOv8 detector. */
export async function inspectModel(
  path: string,
  size: Partial<Size> = {},
  warn: (sentence: string) => void = () => undefined,
): Promise<Inspection> {
  const { readCheckpoint } = await import('../../checkpoint/read-checkpoint.ts')
  const { buildGraph } = await import('../../graph/build-graph.ts')
  const { describeGraph } = await import('../../graph/describe-graph.ts')
  const checkpoint = await readCheckpoint(await readInput(path), basename(path))
  const { inputSize } = await import('../../pipeline/model/input-size.ts')
  const { height, width } = inputSize(size, checkpoint, warn)
  const graph = buildGraph(checkpoint, { height, width })
  return {
    model: basename(path),
    className: checkpoint.root.className,
    dtype: checkpoint.dtype,
    input: [3, height, width],
    stride: graph.head.levels.map((level) => level.stride),
    classes: graph.head.classes,
    regMax: graph.head.regMax,
    ...describeGraph(graph),
  }
}

/** Text of at most 80 columns. */
export function renderInspection(inspection: Inspection): string {
  const { model, className, dtype, input, layers, totals, stride, regMax, classes } = inspection
  const facts: readonly (readonly [string, string])[] = [
    ['parameters', `${formatCount(totals.parameters)}, after fusion ${formatCount(totals.fusedParameters)}`],
    ['MACs', `${formatCount(totals.macs)} an image`],
    ['layers', `${totals.layers}: ${totals.convolutions} convolutions, ${totals.batchNorms} batch norms`],
    ['detect', `strides ${stride.join(', ')}, ${regMax} bins, ${classes.length} classes`],
    ['classes', classes.join(', ')],
  ]
  return [
    ...wrap(`${model}: ${className}, ${dtype}, input ${input.join('x')}`),
    '',
    ...renderTable<DescribedLayer>(
      [
        { title: 'layer', align: 'left', value: ({ name }) => name },
        { title: 'op', align: 'left', value: describeOperation },
        { title: 'shape', align: 'right', value: ({ shape }) => shape.join('x') },
        { title: 'kernel', align: 'right', value: describeKernel },
        { title: 'parameters', align: 'right', value: ({ parameters }) => formatPositive(parameters) },
        { title: 'MACs', align: 'right', value: ({ macs }) => (macs === 0 ? '' : formatMacs(macs)) },
      ],
      layers,
    ),
    '',
    ...facts.flatMap(([name, text]) =>
      wrap(text, 80 - INDENT).map((line, index) => `${(index === 0 ? name : '').padEnd(INDENT)}${line}`),
    ),
  ].join('\n')
}

type DescribedLayer = Inspection['layers'][number]

/** Columns before a fact. */
const INDENT = 12

const formatPositive = (count: number): string => (count === 0 ? '' : formatCount(count))
const formatMacs = (macs: number): string => `${(macs / 1e6).toFixed(macs < 1e6 ? 3 : 1)} M`

function describeOperation({ op, batchNorm, activation }: DescribedLayer): string {
  if (op !== 'conv') return op
  return `conv${batchNorm ? '+bn' : ''}${activation === 'none' ? '' : `+${activation}`}`
}

function describeKernel({ kernel, stride }: DescribedLayer): string {
  if (kernel === null) return ''
  return `${kernel}x${kernel}${stride === 1 ? '' : `/${stride}`}`
}

/** `assay inspect`: what is in a checkpoint. */
import { basename, join } from 'node:path'
import type { GraphDescription } from '../graph/describe-graph.ts'
import { readInput } from '../store/files.ts'
import type { Declarations } from './declaration.ts'
import { type Arguments, defineCommand } from './define-command.ts'
import { HOME, MODEL_OPTIONS, parseSize } from './options.ts'

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
  command: 'inspect [checkpoint]',
  describe: 'show the layers, shapes, parameters, MACs and batch norms of a checkpoint',
  positionals: CHECKPOINT,
  options: OPTIONS,
  handler: async (args) => {
    const inspection = await inspectModel(
      args.checkpoint ?? args.model ?? join(HOME, 'golden', 'default', 'shapes.pt'),
      args.size,
    )
    process.stdout.write(`${args.json ? JSON.stringify(inspection) : renderInspection(inspection)}\n`)
  },
})

/** Reads the checkpoint and describes its graph. Throws InputError for a file that is not there or not a YOLOv8 detector. */
export async function inspectModel(path: string, size?: string): Promise<Inspection> {
  const { readCheckpoint } = await import('../checkpoint/read-checkpoint.ts')
  const { buildGraph } = await import('../graph/build-graph.ts')
  const { describeGraph } = await import('../graph/describe-graph.ts')
  const checkpoint = await readCheckpoint(await readInput(path), basename(path))
  const own = checkpoint.imageSize ?? 640
  const { height = own, width = own } = parseSize(size)
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
  const { layers, totals, classes } = inspection
  const rows = layers.map((layer) => [
    layer.name,
    layer.op === 'conv'
      ? `conv${layer.batchNorm ? '+bn' : ''}${layer.activation === 'silu' ? '+silu' : ''}`
      : layer.op,
    layer.shape.join('x'),
    layer.kernel === null
      ? ''
      : `${layer.kernel}x${layer.kernel}${layer.stride === 1 ? '' : `/${layer.stride}`}`,
    layer.parameters === 0 ? '' : group(layer.parameters),
    layer.macs === 0 ? '' : formatMacs(layer.macs),
  ])
  const facts: [string, string][] = [
    ['parameters', `${group(totals.parameters)}, after fusion ${group(totals.fusedParameters)}`],
    ['MACs', `${group(totals.macs)} an image`],
    ['layers', `${totals.layers}: ${totals.convolutions} convolutions, ${totals.batchNorms} batch norms`],
    [
      'detect',
      `strides ${inspection.stride.join(', ')}, ${inspection.regMax} bins, ${classes.length} classes`,
    ],
  ]
  return [
    ...wrap(
      `${inspection.model}: ${inspection.className}, ${inspection.dtype}, input ${inspection.input.join('x')}`,
      '',
    ),
    '',
    ...alignColumns([['layer', 'op', 'shape', 'kernel', 'parameters', 'MACs'], ...rows]),
    '',
    ...facts.map(([name, value]) => `${name.padEnd(12)}${value}`),
    ...wrap(classes.join(', '), 'classes     '),
  ].join('\n')
}

const WIDTH = 80
const group = (count: number): string => count.toLocaleString('en-US')

function formatMacs(macs: number): string {
  return `${(macs / 1e6).toFixed(macs < 1e6 ? 3 : 1)} M`
}

/** Text columns to the left, numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks between words; the lines after the first are indented under the head. */
function wrap(text: string, head: string): string[] {
  const lines: string[] = []
  let line = head
  let first = true
  for (const word of text.split(' ')) {
    if (!first && line.length + word.length + 1 > WIDTH) {
      lines.push(line)
      line = ' '.repeat(head.length)
      first = true
    }
    line += first ? word : ` ${word}`
    first = false
  }
  return [...lines, line]
}

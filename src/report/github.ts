/** This file renders what GitHub shows of a run: annotations on the RTL, and a summary of the job step. */
import { posix } from 'node:path'
import { describeComparison } from '../diff/compare.ts'
import { FAULT_TITLES } from '../diff/fault-kinds.ts'
import { makeVisible, mapTexts } from '../input/printable.ts'
import type { Reproduction } from '../result/record.ts'
import {
  boxesAreRed,
  isRed,
  type LayerResult,
  type SimResult,
  STATUS_WORDS,
  statusOf,
} from '../result/result.ts'
import { closingLine, countLayers } from './conclusion.ts'
import { describeOrigin, REPRODUCE } from './reproduce.ts'
import { describeNotExercised, describeRedSet, describeStimulus } from './stimulus.ts'
import { formatCount, formatSeconds, formatSi } from './table.ts'
import { describeBoxesResult, describeRedLayer, describeReplay } from './terminal.ts'

/** GitHub shows ten errors of a step and drops the rest. */
export const MOST_ANNOTATIONS = 10

/** A step's summary must stay below 1 MiB; GitHub drops a larger one whole. */
export const MOST_SUMMARY_BYTES = 1024 * 1024 - 4096

/**
 * Renders lines of the workflow command `::error`, one per red layer, in the order of the network, so the first divergence comes first.
 * @param rtlFolder folder of the RTL, from the root of the repository; null if the RTL is not in the repository.
 * @param has whether the folder has a file. GitHub shows an annotation on a missing file nowhere near the code.
 */
export function renderAnnotations(
  result: SimResult,
  rtlFolder: string | null,
  has: (file: string) => boolean = () => true,
): readonly string[] {
  const annotate = (guilty: string, title: string, message: string): string => {
    const file = [guilty, 'rtl.f'].find(has)
    const named = rtlFolder !== null && file !== undefined
    const where = named ? `file=${escapeProperty(posix.join(rtlFolder, file))},` : ''
    return `::error ${where}title=${escapeProperty(title)}::${escapeData(message)}`
  }
  const lines = result.layers
    .filter(isRed)
    .map((layer) => annotate(suspect(layer), titleOf(layer), describeRedLayer(layer).join('\n')))
  if (boxesAreRed(result.boxes))
    lines.push(
      annotate(
        'detect_head.sv',
        `q_NMS: ${STATUS_WORDS[statusOf(result.boxes!)]}`,
        describeBoxesResult(result.boxes!),
      ),
    )
  const { red = [], redBoxes = [] } = result.stimulus ?? {}
  lines.push(
    ...red.map((layer) => annotate(suspect(layer), titleOf(layer), describeRedLayer(layer).join('\n'))),
    ...redBoxes.map((set) => annotate('detect_head.sv', `${set.name}: boxes differ`, describeRedSet(set))),
  )
  if (lines.length <= MOST_ANNOTATIONS) return lines
  const rest = lines.length - MOST_ANNOTATIONS + 1
  return [...lines.slice(0, MOST_ANNOTATIONS - 1), annotate('rtl.f', `${rest} more`, closingLine(result))]
}

const titleOfKind = ({ kind }: LayerResult): string =>
  kind === null ? 'stray, repeated or lost writes' : FAULT_TITLES[kind.name]

function titleOf(layer: LayerResult): string {
  const status = statusOf(layer)
  return `${layer.name}: ${status === 'differs' ? titleOfKind(layer) : STATUS_WORDS[status]}`
}

/** Names the module that does what the layer got wrong. It is a place to begin the search, not a verdict. */
function suspect({ op, kind }: LayerResult): string {
  if (op === 'add') return 'add_codes.sv'
  if (op === 'max-pool' || op === 'upsample') return 'code_array.sv'
  switch (kind?.name) {
    case 'rounding':
    case 'offset':
    case 'saturated':
      return 'requantise.sv'
    case 'border':
    case 'shifted':
    case 'transposed':
      return 'tile_walker.sv'
    case 'lanes':
    case 'permuted':
      return 'mac_array.sv'
    case 'not-written':
    case 'stale':
      return 'tile_drain.sv'
    default:
      return 'conv_engine.sv'
  }
}

/** Renders the annotation of a run that did not come to a result. */
export const renderErrorAnnotation = (command: string, message: string): string =>
  `::error title=${escapeProperty(`assay ${command} did not finish`)}::${escapeData(message)}`

/** Renders the summary of a run that did not come to a result, as Markdown. */
export const renderErrorSummary = (command: string, message: string, most: number): string =>
  cut(
    [`## ❌ assay ${command} did not finish`, '', ...makeVisible(message).split('\n').map(escapeMarkdown)],
    most,
  )

export const escapeData = (text: string): string =>
  makeVisible(text).replaceAll('%', '%25').replaceAll('\n', '%0A')
export const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** Renders Markdown of at most `most` bytes: the verdict, what is red and why, and as many layers as fit. */
export function renderSummary(given: SimResult, most: number = MOST_SUMMARY_BYTES): string {
  const result = mapTexts(given, escapeMarkdown)
  const red = result.layers.filter(isRed)
  const { totals, run } = result
  const head = [
    `## ${result.verdict === 'exact' ? '✅' : '❌'} assay: ${result.model} W${result.weightBits}A${result.activationBits}, ${result.mode}`,
    '',
    closingLine(result),
    '',
    `${countLayers(totals.layers)}, ${formatSi(totals.macs)}MAC, ${formatCount(totals.cycles)} cycles; build ${formatSeconds(totals.buildSeconds)}, simulation ${formatSeconds(totals.simSeconds)}; ${run.verilator}, RTL <code>${run.rtlHash.slice(0, 12)}</code>${run.origin === undefined ? '' : `, ${describeOrigin(run.origin)}`}`,
    '',
  ]
  const { boxes } = result
  if (boxes !== null)
    head.push(`${isRed(boxes) ? '❌' : '✅'} **q\\_NMS**: ${describeBoxesResult(boxes)}`, '')
  if (result.replay !== null) head.push(describeReplay(result.replay), '')
  if (result.stimulus !== undefined) {
    const { red: layers, redBoxes } = result.stimulus
    const parts = [
      describeStimulus(result.stimulus),
      ...layers.flatMap(describeRedLayer),
      ...redBoxes.map(describeRedSet),
      describeNotExercised(result.stimulus) ?? '',
    ]
    head.push(...parts.filter((text) => text !== '').flatMap((text) => [text, '']))
  }
  if (given.reproduce !== undefined) head.push(...reproductionLines(given.reproduce))
  const reasons = table(
    ['layer', 'differ', 'looks like', 'first'],
    red.map((layer) => [
      `<code>${layer.name}</code>`,
      formatCount(layer.mismatches),
      layer.kind === null || statusOf(layer) !== 'differs'
        ? `**${STATUS_WORDS[statusOf(layer)]}**: ${describeRedLayer(layer).join('; ')}`
        : `**${FAULT_TITLES[layer.kind.name]}**: ${layer.kind.evidence}`,
      layer.first === null ? '' : describeComparison(layer),
    ]),
  )
  const all = table(
    ['layer', 'verdict', 'op', 'shape', 'MACs', 'cycles', 'differ'],
    result.layers.map((layer) => [
      `${isRed(layer) ? '❌' : '✅'} <code>${layer.name}</code>`,
      STATUS_WORDS[statusOf(layer)],
      layer.op,
      layer.shape.join('x'),
      formatSi(layer.macs),
      formatCount(layer.cycles),
      formatCount(layer.mismatches),
    ]),
  )
  const details = ['<details><summary>Every layer</summary>', '', ...all, '', '</details>', '']
  const lines = [...head, ...(red.length === 0 ? [] : [...reasons, '']), ...details]
  return cut(lines, most)
}

/** A line to copy, and what it cannot say. */
export const reproductionLines = ({ line, notes }: Reproduction): readonly string[] => [
  REPRODUCE,
  '',
  `<code>${escapeMarkdown(line)}</code>`,
  '',
  ...notes.flatMap((note) => [escapeMarkdown(note), '']),
]

export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${titles.join(' | ')} |`,
  `| ${titles.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
]

/** Makes a text one line that can neither end its cell nor begin markup: CommonMark takes no entity for a mark. */
export const escapeMarkdown = (text: string): string =>
  makeVisible(text.replace(/\s+/g, ' ').trim()).replace(
    /[\\|*_`[\]<&#~$]|^[>+=-]|(?<=^\d+)[.)]/g,
    (mark) => `&#${mark.charCodeAt(0)};`,
  )

export function cut(lines: readonly string[], most: number): string {
  const note = '\n… cut off: report.json has the rest\n'
  let bytes = Buffer.byteLength(note)
  const kept: string[] = []
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1
    if (bytes > most) return `${kept.join('\n')}\n${note}`
    kept.push(line)
  }
  return `${kept.join('\n')}\n`
}

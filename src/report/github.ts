/** This file renders what GitHub shows of a run: annotations on the RTL, and a summary of the job step. */
import { describeComparison } from '../diff/compare.ts'
import { FAULT_TITLES } from '../diff/fault-kinds.ts'
import { makeVisible, mapTexts } from '../input/printable.ts'
import { type Problem, placesIn, ruleOf } from '../result/problem.ts'
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
import { diagnose, type Fault, tellersOf, tellFaults } from './diagnosis.ts'
import { describeBoxesResult, describeRedLayer, describeRedSeeds } from './red-layer.ts'
import { describeOrigin, NEXT, REPRODUCE } from './reproduce.ts'
import { describeRunScheme } from './scheme.ts'
import { describeNotExercised, describeRedSet, describeStimulus, diagnoseSets } from './stimulus.ts'
import { formatCount, formatSeconds, formatSi } from './table.ts'
import { describeReplay } from './terminal.ts'

/** GitHub shows ten errors of a step and drops the rest. */
const MOST_ANNOTATIONS = 10

/** A step's summary must stay below 1 MiB; GitHub drops a larger one whole. */
export const MOST_SUMMARY_BYTES = 1024 * 1024 - 4096

/**
 * Renders workflow commands: `::error` for each fault, at the first of its layers, that of the most layers first, and
 * `::warning` for what Verilator warned of. A mismatch names no file, because nobody knows which line is wrong; a failed assertion and a
 * warning name their own.
 *
 * The title of a fault ends with the profile of arithmetic, if there is one.
 *
 * @param locate places a problem in the repository; the file of one elsewhere is null, as in the warnings of `result`.
 */
export function renderAnnotations(
  result: SimResult,
  locate: (problem: Problem) => Problem = nowhere,
): readonly string[] {
  const by = result.profile === undefined ? '' : ` (${result.profile})`
  const ofFault = ({ layers: [first, ...others], lines }: Fault): string => {
    const places = placesIn(first.error ?? '').map(locate)
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return annotate('error', `${titleOf(first, more)}${by}`, lines.join('\n'), places[0])
  }
  const { red = [], redBoxes = [] } = result.stimulus ?? {}
  const errors = [
    ...tellFaults(result.layers, result.mode).map(ofFault),
    ...(boxesAreRed(result.boxes)
      ? [
          annotate(
            'error',
            `q_NMS: ${STATUS_WORDS[statusOf(result.boxes!)]}${by}`,
            describeBoxesResult(result.boxes!),
          ),
        ]
      : []),
    ...tellFaults(red).map(ofFault),
    ...redBoxes.map((set) => annotate('error', `${set.name}: boxes differ${by}`, describeRedSet(set))),
  ]
  const warnings = (result.warnings ?? []).map((problem) =>
    annotate('warning', `Verilator: ${ruleOf(problem)}`, problem.message, problem),
  )
  return [
    ...limit(errors, (rest) => annotate('error', `${rest} more`, closingLine(result))),
    ...warnings.slice(0, MOST_ANNOTATIONS),
  ]
}

const nowhere = (problem: Problem): Problem => ({ ...problem, file: null })

/** The first of many, and how many more there are. */
export function limit(lines: readonly string[], last: (rest: number) => string): readonly string[] {
  if (lines.length <= MOST_ANNOTATIONS) return lines
  return [...lines.slice(0, MOST_ANNOTATIONS - 1), last(lines.length - MOST_ANNOTATIONS + 1)]
}

export function annotate(
  level: 'error' | 'warning',
  title: string,
  message: string,
  problem?: Problem,
): string {
  const { file = null, line = null, column = null } = problem ?? {}
  const place = file === null ? {} : { file, line, col: column }
  const properties = Object.entries({ ...place, title }).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${escapeProperty(String(value))}`],
  )
  return `::${level} ${properties.join(',')}::${escapeData(message)}`
}

const nameOfFault = ({ kind }: LayerResult): string =>
  kind === null ? 'stray, repeated or lost writes' : (kind.cause?.says ?? FAULT_TITLES[kind.name])

function titleOf(layer: LayerResult, more: string): string {
  const status = statusOf(layer)
  return `${layer.name}${more}: ${status === 'differs' ? nameOfFault(layer) : STATUS_WORDS[status]}`
}

/** Renders the annotations of a run that did not come to a result: one for each place that its error names. */
export function renderErrorAnnotations(command: string, problems: readonly Problem[]): readonly string[] {
  const title = `assay ${command} did not finish`
  const lines = problems.map((problem) => annotate('error', title, problem.message, problem))
  return limit(lines, (rest) => annotate('error', title, `${rest} more messages: the log has them.`))
}

/** Renders the summary of a run that did not come to a result, as Markdown. */
export const renderErrorSummary = (command: string, message: string, most: number): string =>
  cut(
    [`## ❌ assay ${command} did not finish`, '', ...makeVisible(message).split('\n').map(escapeMarkdown)],
    most,
  )

const escapeData = (text: string): string => makeVisible(text).replaceAll('%', '%25').replaceAll('\n', '%0A')
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** Renders Markdown of at most `most` bytes: the verdict, what is red and why, and as many layers as fit. */
export function renderSummary(given: SimResult, most: number = MOST_SUMMARY_BYTES): string {
  const result = mapTexts(given, escapeMarkdown)
  const red = result.layers.filter(isRed)
  const { run } = result
  const { summary, command } = diagnose(result)
  const head = [
    `## ${result.verdict === 'exact' ? '✅' : '❌'} assay: ${result.model} ${describeRunScheme(result)}, ${result.mode}`,
    '',
    closingLine(result),
    '',
    ...summary.flatMap((text) => [text, '']),
    `${describeWork(result)} <code>${run.rtlHash.slice(0, 12)}</code>${run.origin === undefined ? '' : `, ${describeOrigin(run.origin)}`}`,
    '',
  ]
  const { boxes } = result
  if (boxes !== null)
    head.push(
      `${isRed(boxes) ? '❌' : '✅'} **q\\_NMS**: ${[describeBoxesResult(boxes), ...describeRedSeeds({ ...boxes, name: 'q&#95;NMS' })].join('; ')}`,
      '',
    )
  if (result.replay !== null) head.push(describeReplay(result.replay), '')
  if (result.stimulus !== undefined) {
    const { red: layers, redBoxes } = result.stimulus
    const parts = [
      describeStimulus(result.stimulus),
      ...tellFaults(layers).flatMap(({ lines }) => lines),
      ...diagnoseSets(result.stimulus),
      ...redBoxes.map(describeRedSet),
      describeNotExercised(result.stimulus) ?? '',
    ]
    head.push(...parts.filter((text) => text !== '').flatMap((text) => [text, '']))
  }
  if (command !== null) head.push(NEXT, '', `<code>${command}</code>`, '')
  if (given.reproduce !== undefined) head.push(...reproductionLines(given.reproduce))
  const tellers = tellersOf(result.layers, result.mode)
  const reasons = table(
    ['layer', 'differ', 'looks like', 'first'],
    red.map((layer) => [
      `<code>${layer.name}</code>`,
      formatCount(layer.mismatches),
      layer.kind === null || statusOf(layer) !== 'differs'
        ? `**${STATUS_WORDS[statusOf(layer)]}**: ${describeRedLayer(layer).join('; ')}`
        : [
            `**${nameOfFault(layer)}**: ${tellers.get(layer)?.replace(/^.*$/, 'as <code>$&</code>') ?? layer.kind.evidence}`,
            ...describeRedSeeds(layer),
          ].join('; '),
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

const describeWork = ({ mode, totals, run }: SimResult): string =>
  mode === 'compared'
    ? `${countLayers(totals.layers)} of a dump, compared in ${formatSeconds(totals.simSeconds)}; dump`
    : `${countLayers(totals.layers)}, ${formatSi(totals.macs)}MAC, ${formatCount(totals.cycles)} cycles; build ${formatSeconds(totals.buildSeconds)}, simulation ${formatSeconds(totals.simSeconds)}; ${run.verilator}, RTL`

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

/** This file renders accuracy for the terminal: tables of at most 80 columns, and closing lines that say what was shown. */
import { mapTexts, printable } from '../input/printable.ts'
import { describeQuantisation, describeScheme } from '../quantise/scheme.ts'
import type {
  AccuracyDifference,
  AccuracyResult,
  ClassAccuracy,
  MatchedAccuracy,
  StageAccuracy,
} from '../result/accuracy.ts'
import { type Column, formatCount, formatSeconds, formatSi, renderTable, wrap } from './table.ts'
import type { Paint } from './terminal.ts'

/** A fraction in per cent, as mAP is usually written. */
const percent = (value: number | null, digits = 1): string =>
  value === null ? '-' : (100 * value).toFixed(digits)

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${(100 * Math.abs(value)).toFixed(2)}`

const interval = (difference: AccuracyDifference | null): string =>
  difference === null ? '' : `${signed(difference.low)}..${signed(difference.high)}`

const differenceColumns: readonly Column<StageAccuracy>[] = [
  {
    title: 'diff',
    align: 'right',
    value: ({ difference }) => (difference === null ? '' : signed(difference.difference)),
  },
  { title: '95 % interval', align: 'right', value: ({ difference }) => interval(difference) },
]

const STAGE_COLUMNS: readonly Column<StageAccuracy>[] = [
  { title: 'stage', align: 'left', value: ({ stage }) => stage },
  { title: 'mAP', align: 'right', value: ({ map }) => percent(map, 2) },
  { title: 'mAP50', align: 'right', value: ({ map50 }) => percent(map50) },
  { title: 'mAP75', align: 'right', value: ({ map75 }) => percent(map75) },
  { title: 'S', align: 'right', value: ({ mapSmall }) => percent(mapSmall) },
  { title: 'M', align: 'right', value: ({ mapMedium }) => percent(mapMedium) },
  { title: 'L', align: 'right', value: ({ mapLarge }) => percent(mapLarge) },
  { title: 'AR100', align: 'right', value: ({ ar100 }) => percent(ar100) },
  ...differenceColumns,
]

const MATCHED_COLUMNS: readonly Column<MatchedAccuracy>[] = [
  { title: 'stage', align: 'left', value: ({ stage }) => stage },
  { title: 'mAP', align: 'right', value: ({ map }) => percent(map, 2) },
  { title: 'mAP50', align: 'right', value: ({ map50 }) => percent(map50) },
  { title: 'prec', align: 'right', value: ({ precision }) => percent(precision) },
  { title: 'recall', align: 'right', value: ({ recall }) => percent(recall) },
  { title: 'F1', align: 'right', value: ({ f1 }) => percent(f1) },
  { title: 'boxes', align: 'right', value: ({ detections }) => formatCount(detections) },
  ...differenceColumns,
]

export function renderAccuracy(given: AccuracyResult, paint: Paint): string {
  const result = mapTexts(given, printable)
  const { protocol, images, objects } = result
  const lines = [
    ...result.findings.flatMap(({ count, message, examples }) =>
      indented(`! ${count} ${message} (${examples.slice(0, 2).join(', ')})`).map((line) =>
        paint('dim', line),
      ),
    ),
    ...(result.findings.length > 0 ? [''] : []),
    ...wrap(
      `${result.model} ${describeMeasured(result)} on ${formatCount(images)} images, ${formatCount(objects)} objects, input ${protocol.height}x${protocol.width}`,
    ),
    `confidence ${protocol.confidence}, IoU ${protocol.iou}, ${protocol.multiLabel ? 'multi-label' : 'best class'}, ${protocol.maxDetections} boxes; mAP is over IoU 0.50 to 0.95`,
    '',
    ...renderTable(STAGE_COLUMNS, result.stages),
    '',
    `At confidence ${protocol.matchedConfidence}, best class of an anchor:`,
    '',
    ...renderTable(MATCHED_COLUMNS, result.matched),
    `Intervals: symmetric paired bootstrap over images, ${result.bootstrap.replicates} resamples, seed ${result.bootstrap.seed}.`,
  ]
  const closing = [
    ...describePairs(result),
    ...describeRtl(result, paint),
    ...result.pictures.map((path) => `Picture: ${path}`),
    ...(result.detections ?? []).map((path) => `Saved: ${path}`),
  ]
  return [...lines, ...(closing.length > 0 ? [''] : []), ...closing].join('\n')
}

/** Wraps a sentence; its further lines are set in. */
const indented = (text: string): readonly string[] =>
  wrap(text, 78).map((line, index) => (index === 0 ? line : `  ${line}`))

/** What was quantised, and how; files of old versions say the bits alone. */
function describeMeasured({ run, weightBits, activationBits }: AccuracyResult): string {
  if (weightBits === null || activationBits === null) return 'float'
  return run == null ? describeScheme({ weightBits, activationBits }) : describeQuantisation(run.options)
}

function describePairs({
  pairs,
  overflows,
  images,
  protocol,
  mostCandidates,
}: AccuracyResult): readonly string[] {
  const lines = pairs.map((pair) => {
    const { name, first, second } = pair
    const what = name === 'folding' ? 'Folding the batch norms' : 'q_NMS itself'
    return `${what} (${second} less ${first}): ${signed(pair.difference)} mAP, ${interval(pair)}`
  })
  if (overflows === 0) return lines
  return [
    ...lines,
    `On ${overflows} of ${images} images q_NMS had more than ${protocol.capacity} candidates:`,
    `the lowest scores were dropped. ${adviseCapacity(mostCandidates)}`,
  ]
}

/** Of what `--capacity` may be (cli/commands/validate/options.ts). */
const MOST_CAPACITY = 65_535

/** @param most candidates of an image; undefined where an old version counted none */
function adviseCapacity(most: number | undefined): string {
  if (most === undefined) return 'A larger --capacity holds them.'
  if (most <= MOST_CAPACITY) return `--capacity ${most} holds all.`
  return `An image has ${most}: a higher --confidence has fewer.`
}

function describeRtl({ rtl }: AccuracyResult, paint: Paint): readonly string[] {
  if (rtl === null) return []
  const { images, exact, cycles, seconds } = rtl
  const effort = `${formatSi(cycles)} cycles in ${formatSeconds(seconds)} of simulation`
  if (exact === images)
    return [
      paint('green', `Proved: on all ${images} images the RTL gives the integer model's boxes, bit for bit.`),
      effort,
    ]
  return [
    ...rtl.differing.flatMap(({ image, what }) =>
      indented(`${image}: ${what}`).map((line) => paint('red', line)),
    ),
    paint('red', `Not proved: the RTL's boxes differ on ${images - exact} of ${images} images.`),
    effort,
  ]
}

/** Classes with objects, sorted by the loss from the first to the last stage, the largest first. */
export function renderClasses(result: AccuracyResult): string {
  const { stages } = result
  const loss = ({ ap }: ClassAccuracy): number => (ap.at(-1) ?? 0) - (ap[0] ?? 0)
  const rows = result.classes.filter(({ objects }) => objects > 0).toSorted((a, b) => loss(a) - loss(b))
  const columns: readonly Column<ClassAccuracy>[] = [
    { title: 'class', align: 'left', value: ({ name }) => name, maxWidth: 14 },
    { title: 'objects', align: 'right', value: ({ objects }) => formatCount(objects) },
    ...stages.map(
      ({ stage }, index): Column<ClassAccuracy> => ({
        title: stage,
        align: 'right',
        value: ({ ap }) => percent(ap[index] ?? null),
      }),
    ),
  ]
  return renderTable(columns, rows).join('\n')
}

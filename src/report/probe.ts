/** What `assay probe` found, as text of 80 columns. */
import { summariseStages } from '../arithmetic/describe-stages.ts'
import type { Candidate, Fit, Sample } from '../arithmetic/fit-profiles.ts'
import {
  describePorts,
  describeReading,
  type LayerProbe,
  type ProbeResult,
  readCode,
} from '../result/probe.ts'
import { formatCount, formatSeconds, wrap } from './table.ts'

/** Names that are listed; the rest is counted. */
const LISTED = 4

export function renderProbe(result: ProbeResult): string {
  const { top, settings, seconds, contradiction, layer } = result
  const { samples, exact, nearest } = result.ranking
  const given = `${top} was given ${formatCount(samples)} accumulators`
  const time = formatSeconds(seconds)
  const head =
    layer === undefined
      ? `${given} in ${settings === 1 ? 'one setting' : `${settings} settings of M, s and Z`} (${time}).`
      : `${given} of ${layer.name}, in ${formatCount(settings)} channels under ${layer.profile.name} (${layer.inputs.join(', ')}; ${time}).`
  const verdict =
    contradiction !== null && layer === undefined
      ? renderContradiction(contradiction)
      : exact.length > 0
        ? layer?.wrongReal
          ? renderWrongTable(exact[0]!, layer.wrongReal)
          : renderExact(exact, samples)
        : layer?.other
          ? renderOther(layer.other)
          : renderNearest(nearest, result)
  const taken = result.ports === null ? [] : hang(`Ports: ${describePorts(result.ports).join(', ')}.`)
  return [...wrap(head), ...taken, '', ...verdict].join('\n')
}

function renderExact(exact: readonly Fit[], samples: number): readonly string[] {
  const all = formatCount(samples)
  const [{ candidate }] = exact as [Fit]
  const others = exact.slice(1).map(({ candidate: { name } }) => name)
  const same = others.filter((name, index) => others.indexOf(name) === index && name !== candidate.name)
  const more = same.length > LISTED ? [`and ${same.length - LISTED} more`] : []
  return [
    ...wrap(`fits exactly: ${candidate.name} (${all} of ${all})`),
    ...renderStages(candidate),
    ...(same.length === 0
      ? []
      : [
          '',
          'These accumulators cannot tell it from:',
          ...[...same.slice(0, LISTED), ...more].flatMap((name) => hang(name)),
        ]),
    '',
    'These accumulators were chosen and drawn: they are no proof of all others.',
  ]
}

const renderWrongTable = (
  { candidate }: Fit,
  { wrong, of }: NonNullable<LayerProbe['wrongReal']>,
): readonly string[] => [
  ...wrap(
    `fits ${candidate.name} by the lowest bits of the table's index, but with the layer's own table ${formatCount(wrong)} of ${formatCount(of)} codes differ: another entry of the table is read, or its upper bits are lost.`,
  ),
  ...renderStages(candidate),
]

/** The stages, unless they are the name, and what the ports mean. */
const renderStages = ({ name, stages, reading }: Candidate): readonly string[] =>
  [
    ...(name === summariseStages(stages) ? [] : [summariseStages(stages)]),
    ...describeReading(reading),
  ].flatMap((text) => hang(text))

const hang = (text: string): readonly string[] =>
  wrap(text, 76).map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`))

const renderOther = ({ name, means }: NonNullable<LayerProbe['other']>): readonly string[] => [
  ...wrap(`fits exactly: ${name}`),
  ...hang(`Every code of the layer is exact under it: ${means}.`),
]

function renderNearest(
  nearest: readonly Fit[],
  { codeBits, ranking, layer, contradiction }: ProbeResult,
): readonly string[] {
  const all = formatCount(ranking.samples)
  return [
    'fits none of the profiles, and none of their variations. The nearest:',
    ...nearest.flatMap(({ candidate, agreed, first }) => [
      '',
      ...wrap(`${candidate.name} (${formatCount(agreed)} of ${all})`),
      ...renderStages(candidate),
      ...(first === null
        ? []
        : hang(
            `first difference: ${describeSample(first.sample)}: yours ${formatSigned(readCode(candidate, first.sample.code, codeBits))}, ${candidate.name.includes(' ') ? 'this' : candidate.name} ${formatSigned(readCode(candidate, first.expected, codeBits))}`,
          )),
    ]),
    '',
    ...(layer === undefined
      ? wrap(
          'Does the module take fewer values than its ports can hold? --shifts, --multipliers and --zero-points say which.',
        )
      : adviseLayer(layer, contradiction)),
  ]
}

/** What else may be wrong with a layer of which no arithmetic explains every code. */
const adviseLayer = (
  { name, isIndex }: LayerProbe,
  contradiction: ProbeResult['contradiction'],
): readonly string[] => [
  ...(isIndex ? wrap("Codes are the lowest bits of the table's index, as its table was replaced.") : []),
  ...(contradiction === null
    ? wrap('Is every accumulator that of the layer?')
    : wrap(
        `The module has other accumulators: it gave ${contradiction[0].code} for ${describeSample(contradiction[0])}, and ${contradiction[1].code} for the same at ${describePlace(contradiction[1])}.`,
      )),
  ...wrap(
    `assay sim --module with --layers ${name} compares every code, and names weights, padding and order.`,
  ),
]

const renderContradiction = ([one, two]: readonly [Sample, Sample]): readonly string[] =>
  wrap(
    `fits none: the module gives two codes for one accumulator, ${one.code} and later ${two.code} for ${describeSample(one)}. It keeps something of earlier accumulators, or its code is read in the wrong cycle.`,
  )

const MINUS = '−'
const formatSigned = (value: number | bigint): string =>
  `${value < 0 ? MINUS : ''}${String(value)
    .replace('-', '')
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')}`

/** `acc −1,536, M 3, s 4, Z 0`. */
function describeSample(sample: Sample): string {
  const { acc, by } = sample
  const parts = [
    `acc ${formatSigned(acc)}`,
    ...(by.multiplier === 0 ? [] : [`M ${formatSigned(by.multiplier)}`]),
    ...(by.scale === 0 ? [`s ${formatSigned(by.shift)}`] : [`scale ${by.scale}`]),
    ...(by.zeroPoint === 0 ? [] : [`Z ${formatSigned(by.zeroPoint)}`]),
    ...(sample.at === undefined ? [] : [describePlace(sample)]),
  ]
  return parts.join(', ')
}

/** `channel 3, y 5, x 7 of corners`; nothing where a requantiser alone was driven. */
const describePlace = ({ at }: Sample): string =>
  at === undefined ? '' : `channel ${at.channel}, y ${at.y}, x ${at.x} of ${at.input}`

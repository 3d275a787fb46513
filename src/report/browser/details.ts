/** This file fills the panel beside the network with the details of the chosen layer. */
import type { ErrorMap } from '../../diff/error-map.ts'
import { type Child, formatCount, make, makeFacts, makeTable } from './elements.ts'
import type { DetectData, LayerData } from './page-data.ts'
import { drawChannels, drawHeatMap, drawHistogram } from './plots.ts'

/** The most rows of a table of faults. */
const MOST_ROWS = 6

/** @param codes how many codes an activation has, unless its histogram says. */
export function describeLayer(layer: LayerData, codes: number): readonly Child[] {
  const { kind, error, map, histogram } = layer
  return [
    make('h3', {}, layer.name),
    make('p', {}, makeChip(layer.verdict), ` ${layer.op}`),
    ...(error === null ? [] : [make('p', { class: 'kind' }, error)]),
    ...(kind === null
      ? []
      : [make('p', { class: 'kind' }, make('strong', {}, kind.title), make('br'), kind.evidence)]),
    makeFacts(listFacts(layer)),
    ...(map === null ? [] : describeErrors(map, layer.shape[1] * layer.shape[2])),
    ...(histogram === null ? [] : drawHistogram(histogram, codes)),
  ]
}

export function describeBoxes(detect: DetectData): readonly Child[] {
  return [
    make('h3', {}, 'q_NMS'),
    make('p', {}, makeChip(detect.verdict), ' decode, scores, suppression'),
    makeFacts([
      ['boxes', `${detect.actual} received, ${detect.expected} expected`],
      ['compared', detect.text],
      ['candidates', formatCount(detect.candidates)],
      ['cycles', formatCount(detect.cycles)],
    ]),
  ]
}

const makeChip = (verdict: string): HTMLElement =>
  make('span', { class: `chip ${verdict.startsWith('✗') ? 'bad' : 'good'}` }, verdict)

function listFacts(layer: LayerData): readonly (readonly [string, string])[] {
  const facts: [string, string][] = [
    ['shape', layer.shape.join(' × ')],
    ['differ', `${formatCount(layer.mismatches)} of ${formatCount(layer.elements)}`],
  ]
  if (layer.first !== null) facts.push(['first', layer.first])
  if (layer.stray > 0) facts.push(['stray', `${formatCount(layer.stray)} words written outside the layer`])
  if (layer.repeated > 0)
    facts.push(['repeated', `${formatCount(layer.repeated)} words written more than once`])
  if (layer.cycles > 0) facts.push(['cycles', formatCount(layer.cycles)])
  if (layer.macs > 0) facts.push(['MACs', formatCount(layer.macs)])
  if (layer.used !== null) facts.push(['used', `${(100 * layer.used).toFixed(1)} % of the multipliers`])
  return facts
}

function describeErrors(map: ErrorMap, perChannel: number): readonly Child[] {
  const worst = map.channels
    .map((count, channel) => ({ channel, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
  const steps = map.steps.map(([step, count]) => [step > 0 ? `+${step}` : step, formatCount(count)])
  return [
    make('h4', {}, `Wrong elements by channel: ${worst.length} of ${map.channels.length}`),
    drawChannels(map, perChannel),
    make('h4', {}, 'Wrong elements by pixel'),
    ...drawHeatMap(map),
    makeTable(
      'Worst channels',
      ['channel', 'wrong', 'of'],
      worst
        .slice(0, MOST_ROWS)
        .map(({ channel, count }) => [channel, formatCount(count), formatCount(perChannel)]),
    ),
    make('p'),
    ...(steps.length === 0
      ? []
      : [makeTable('Received less expected', ['by', 'times'], steps.slice(0, MOST_ROWS))]),
  ]
}

/** This file renders the HTML report as one page that needs no server, no network and no other file. */

import { FAULT_TITLES } from '../../diff/classify.ts'
import { describeComparison } from '../../diff/compare.ts'
import type { AccuracyResult } from '../../result/accuracy.ts'
import { type BoxesResult, isRed, type LayerResult, type SimResult } from '../../result/result.ts'
import type { DetectData, LayerData, PageData } from '../browser/page-data.ts'
import type { SelftestResult } from '../selftest.ts'
import { describeBoxesResult, describeRedLayer } from '../terminal.ts'
import { renderAccuracy } from './accuracy.ts'
import { drawCycles, utilisation } from './charts.ts'
import { embedJson, escapeHtml } from './escape.ts'
import { BOXES, drawNetwork } from './graph.ts'
import { PAGE_SCRIPT } from './script.min.ts'
import {
  describeVerdict,
  renderHeader,
  renderLayers,
  renderRun,
  renderScore,
  type ScoreFile,
  section,
} from './sections.ts'
import { renderStimulus } from './stimulus.ts'
import { PAGE_STYLE } from './style.ts'

export interface PagePicture {
  readonly name: string
  readonly type: 'image/png' | 'image/jpeg' | 'image/svg+xml'
  readonly base64: string
}

/** What the page shows in addition to the result, if it exists. */
export interface PageExtras {
  readonly accuracy: AccuracyResult | null
  readonly coverage: ScoreFile | null
  readonly mutation: ScoreFile | null
  readonly selftest: SelftestResult | null
  readonly pictures: readonly PagePicture[]
  /** The plots of `assay validate --snr` and `--sweep`. */
  readonly plots: readonly PagePicture[]
}

export const NO_EXTRAS: PageExtras = {
  accuracy: null,
  coverage: null,
  mutation: null,
  selftest: null,
  pictures: [],
  plots: [],
}

export function renderPage(result: SimResult, extras: PageExtras = NO_EXTRAS): string {
  const { accuracy, coverage, mutation, selftest, pictures, plots } = extras
  const title = `${result.model} W${result.weightBits}A${result.activationBits}: ${result.verdict === 'exact' ? 'bit-exact' : 'not exact'}`
  const sections = [
    section(
      'network',
      'Network',
      '<p class="hint">Click a layer, or move with the arrow keys; <kbd>n</kbd> goes to the next red one.</p>',
      `<div class="split"><div class="graph scroll">${drawNetwork(result)}</div><div id="details" class="details" tabindex="-1" role="region" aria-label="The chosen layer" aria-live="polite"><p class="hint">No layer is chosen.</p></div></div>`,
    ),
    ...(pictures.length === 0 ? [] : [section('detections', 'Detections', ...pictures.map(renderPicture))]),
    section(
      'cycles',
      'Cycles',
      `<div class="scroll" tabindex="0" role="region" aria-label="Cycles by layer">${drawCycles(result)}</div>`,
    ),
    section('layers', 'Layers', renderLayers(result)),
    ...(result.stimulus === undefined
      ? []
      : [section('stimulus', 'What was exercised', renderStimulus(result.stimulus))]),
    ...(accuracy === null
      ? []
      : [section('accuracy', 'Accuracy', renderAccuracy(accuracy, result.modelHash))]),
    ...(plots.length === 0 ? [] : [section('analysis', 'Where accuracy goes', ...plots.map(renderPlot))]),
    ...(coverage === null
      ? []
      : [
          section(
            'coverage',
            'Coverage of the RTL',
            renderScore(coverage, 'Coverage by module', 'points reached'),
          ),
        ]),
    ...(mutation === null
      ? []
      : [
          section(
            'mutation',
            'Mutants',
            renderScore(mutation, 'Mutants by module', 'mutants of the RTL noticed'),
          ),
        ]),
    ...(selftest === null ? [] : [section('selftest', 'Self-test', renderSelftestScore(selftest))]),
    section('run', 'What was run', renderRun(result)),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#network">To the network</a>
${renderHeader(result)}
<main>
${sections.join('\n')}
</main>
<script type="application/json" id="data">${embedJson(pageData(result))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}

/** Collects the data of each layer that the script shows when the layer is chosen. */
function pageData(result: SimResult): PageData {
  return {
    layers: result.layers.map((layer) => layerData(layer, result)),
    detect: result.boxes === null ? null : detectData(result.boxes),
    codes: 2 ** result.activationBits,
  }
}

function layerData(layer: LayerResult, result: SimResult): LayerData {
  const { name, op, shape, elements, mismatches, stray, repeated, cycles, macs, kind } = layer
  return {
    ...{ name, op, shape, elements, mismatches, stray, repeated, cycles, macs },
    verdict: describeVerdict(layer),
    used: utilisation(layer, result),
    error: layer.error ?? (kind === null && isRed(layer) ? describeRedLayer(layer).join('; ') : null),
    first: layer.first === null ? null : describeComparison(layer),
    kind:
      kind === null
        ? null
        : { title: `Looks like ${FAULT_TITLES[kind.name]}`, evidence: capitalise(kind.evidence) },
    map: layer.errorMap,
    histogram: layer.histogram,
  }
}

function detectData(boxes: BoxesResult): DetectData {
  const { cycles, candidates, expected, actual } = boxes
  return {
    ...{ cycles, candidates, expected, actual },
    name: BOXES,
    verdict: describeVerdict(boxes),
    text: describeBoxesResult(boxes),
  }
}

const capitalise = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const renderPicture = ({ name, type, base64 }: PagePicture): string =>
  `<figure><img alt="Detections drawn on the image (${escapeHtml(name)})" src="data:${type};base64,${base64}"></figure>`

/** Shows a plot in its full width, because a plot of 70 layers has 70 names to read. */
const renderPlot = ({ name, type, base64 }: PagePicture): string =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(name)}"><img alt="${escapeHtml(name)}" src="data:${type};base64,${base64}"></div>`

function renderSelftestScore(selftest: SelftestResult): string {
  const caught = selftest.flips.filter((flip) => flip.caught).length
  const missed = selftest.flips.filter((flip) => !flip.caught)
  return [
    `<p><strong>${caught} of ${selftest.flips.length}</strong> flipped bits went red where they should (seed ${selftest.seed}).</p>`,
    ...missed.map(
      (flip) =>
        `<p class="bad">${escapeHtml(`${flip.kind} ${flip.what}: expected ${flip.expected}, found ${flip.found}`)}</p>`,
    ),
  ].join('')
}

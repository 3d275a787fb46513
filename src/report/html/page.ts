/** This file renders the HTML report as one page that needs no server, no network and no other file. */

import { describeComparison } from '../../diff/compare.ts'
import type { AccuracyResult } from '../../result/accuracy.ts'
import { type BoxesResult, isRed, type LayerResult, type SimResult } from '../../result/result.ts'
import type { DetectData, LayerData, PageData } from '../browser/page-data.ts'
import { html, type Markup } from '../markup.ts'
import {
  capitalise,
  describeBoxesResult,
  describeRedLayer,
  detailsOfKind,
  titleOfKind,
} from '../red-layer.ts'
import { describeRunScheme } from '../scheme.ts'
import type { SelftestResult } from '../selftest.ts'
import { renderAccuracy } from './accuracy.ts'
import { drawCycles, utilisation } from './charts.ts'
import { renderDiagnosis } from './diagnosis.ts'
import { renderDocument } from './document.ts'
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
  const { stimulus = null } = result
  const title = `${result.model} ${describeRunScheme(result)}: ${result.verdict === 'exact' ? 'bit-exact' : 'not exact'}`
  const sections = [
    section('diagnosis', 'What is wrong', renderDiagnosis(result)),
    section(
      'network',
      'Network',
      html`<p class="hint">Click a layer, or move with the arrow keys; <kbd>n</kbd> goes to the next red one.</p>
<div class="split"><div class="graph scroll">${drawNetwork(result)}</div><div id="details" class="details" tabindex="-1" role="region" aria-label="The chosen layer" aria-live="polite"><p class="hint">No layer is chosen.</p></div></div>`,
    ),
    section('detections', 'Detections', pictures.map(renderPicture)),
    section(
      'cycles',
      'Cycles',
      result.mode === 'compared'
        ? null
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Cycles by layer">${drawCycles(result)}</div>`,
    ),
    section('layers', 'Layers', renderLayers(result)),
    section('stimulus', 'What was exercised', stimulus && renderStimulus(stimulus)),
    section('accuracy', 'Accuracy', accuracy && renderAccuracy(accuracy, result)),
    section('analysis', 'Where accuracy goes', plots.map(renderPlot)),
    section(
      'coverage',
      'Coverage of the RTL',
      coverage && renderScore(coverage, 'Coverage by module', 'points reached'),
    ),
    section(
      'mutation',
      'Mutants',
      mutation && renderScore(mutation, 'Mutants by module', 'mutants of the RTL noticed'),
    ),
    section('selftest', 'Self-test', selftest && renderSelftestScore(selftest)),
    section('run', 'What was run', renderRun(result)),
  ]
  return renderDocument({
    ...{ title, header: renderHeader(result), sections, style: PAGE_STYLE, script: PAGE_SCRIPT },
    first:
      result.verdict === 'exact'
        ? { id: 'network', name: 'To the network' }
        : { id: 'diagnosis', name: 'To what is wrong' },
    data: pageData(result),
  })
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
    kind: kind === null ? null : { title: capitalise(titleOfKind(kind)), evidence: detailsOfKind(kind) },
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

const renderPicture = ({ name, type, base64 }: PagePicture): Markup =>
  html`<figure><img alt="Detections drawn on the image (${name})" src="data:${type};base64,${base64}"></figure>`

/** Shows a plot in its full width, because a plot of 70 layers has 70 names to read. */
const renderPlot = ({ name, type, base64 }: PagePicture): Markup =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><img alt="${name}" src="data:${type};base64,${base64}"></div>`

function renderSelftestScore(selftest: SelftestResult): Markup {
  const caught = selftest.flips.filter((flip) => flip.caught).length
  const missed = selftest.flips.filter((flip) => !flip.caught)
  return html`<p><strong>${caught} of ${selftest.flips.length}</strong> flipped bits went red where they should (seed ${selftest.seed}).</p>${missed.map(
    (flip) =>
      html`<p class="bad">${flip.kind} ${flip.what}: expected ${flip.expected}, found ${flip.found}</p>`,
  )}`
}

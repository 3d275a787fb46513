/** This file draws a chart of cycles and used multipliers, with one column per layer. */
import { isRed, type LayerResult, type SimResult } from '../../result/result.ts'
import { html, type Markup } from '../markup.ts'
import { formatCount, formatSi } from '../table.ts'

/** Share of the array's multiplications that the layer needed, 0 to 1; null for a layer without any. */
export function utilisation(layer: LayerResult, { run }: SimResult): number | null {
  const { inputLanes, outputLanes, pixels } = run.engine
  if (layer.macs === 0 || layer.cycles === 0) return null
  return layer.macs / (layer.cycles * inputLanes * outputLanes * pixels)
}

const STEP = 13
const BAR = 9
const LEFT = 52
const TALL = 120
const SHORT = 70
/** Room for the names of the layers, upright. */
const NAMES = 96

export function drawCycles(result: SimResult): Markup {
  const { layers } = result
  const most = Math.max(1, ...layers.map(({ cycles }) => cycles))
  // The two headings have their room, however few the layers are.
  const width = Math.max(350, LEFT + layers.length * STEP + 8)
  const height = 20 + TALL + 34 + SHORT + NAMES
  const second = 20 + TALL + 34
  const bars = layers.map((layer, index) => {
    const x = LEFT + index * STEP
    const tall = (layer.cycles / most) * TALL
    const used = utilisation(layer, result)
    const percent =
      used === null ? 'no multiplications' : `${(100 * used).toFixed(0)} % of the multipliers used`
    const text = `${layer.name}: ${formatCount(layer.cycles)} cycles, ${percent}`
    const low = used === null ? '' : bar(x, second + SHORT, used * SHORT, 'use')
    return html`<g class="column${isRed(layer) ? ' red' : ''}" data-layer="${layer.name}"><title>${text}</title><rect class="hit" x="${x - 2}" y="16" width="${STEP}" height="${height - 18}"/>${bar(x, 20 + TALL, tall, 'cycles')}${low}${nameBelow(x + BAR - 1, second + SHORT + 8, layer.name)}</g>\n`
  })
  return html`<svg class="chart" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Cycles and use of the multipliers by layer; the table of layers has the numbers">
${bars}<text class="axis" x="${LEFT}" y="12">cycles per layer</text>
${[0, 0.5, 1].map((part) => gridLine(width, 20 + TALL - part * TALL, formatSi(part * most)))}<text class="axis" x="${LEFT}" y="${second - 10}">multipliers used, MACs / (cycles · PI · PO · PX)</text>
${[0, 0.5, 1].map((part) => gridLine(width, second + SHORT - part * SHORT, `${100 * part} %`))}</svg>`
}

/** Read from below; the end that tells layers apart stays. */
const nameBelow = (x: number, y: number, name: string): Markup => {
  const short = name.replace(/^model\./, '')
  return html`<text x="${x}" y="${y}" transform="rotate(-90 ${x} ${y})">${short.length <= 16 ? short : `…${short.slice(-15)}`}</text>`
}

const bar = (x: number, bottom: number, height: number, kind: string): Markup =>
  html`<rect class="${kind}" x="${x}" y="${(bottom - height).toFixed(1)}" width="${BAR}" height="${Math.max(0.5, height).toFixed(1)}"/>`

const gridLine = (width: number, y: number, text: string): Markup =>
  html`<line class="grid" x1="${LEFT - 4}" x2="${width - 4}" y1="${y}" y2="${y}"/><text class="tick" x="${LEFT - 8}" y="${y + 4}">${text}</text>\n`

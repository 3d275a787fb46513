/** This file draws an activation's histogram with the chosen cut as SVG. It has no script or style sheet, so it also works alone. */
import { html } from './markup.ts'

export interface HistogramPlot {
  readonly title: string
  /** Left edge of the first bar and width of each. */
  readonly origin: number
  readonly width: number
  /** Share of the values in each bar, 0 to 1. */
  readonly shares: readonly number[]
  /** The chosen range. */
  readonly low: number
  readonly high: number
}

const SIZE = { width: 480, height: 150, left: 8, right: 8, top: 22, bottom: 20 }
/** Shares below this have no height. The scale is logarithmic, so that the tails that a cut removes can be seen. */
const LEAST = 1e-6

/** Draws bars inside the range in blue, clipped ones in orange, and the cuts as dashed lines with their values. */
export function drawHistogram(plot: HistogramPlot): string {
  const { origin, width, shares, low, high } = plot
  const end = origin + width * Math.max(1, shares.length)
  const from = Math.min(origin, low)
  const to = Math.max(end, high)
  const inner = SIZE.width - SIZE.left - SIZE.right
  const tall = SIZE.height - SIZE.top - SIZE.bottom
  const x = (value: number): number => SIZE.left + ((value - from) / (to - from || 1)) * inner
  const top = Math.log10(Math.max(LEAST * 10, ...shares) / LEAST)
  const y = (share: number): number => (share <= LEAST ? 0 : (Math.log10(share / LEAST) / top) * tall)
  const base = SIZE.top + tall
  const barWidth = Math.max(0.5, (width / (to - from || 1)) * inner)
  const bars = shares.flatMap((share, i) => {
    const height = y(share)
    if (height <= 0) return []
    const left = origin + i * width
    const centre = left + width / 2
    const colour = centre < low || centre > high ? '#d9822b' : '#3b6ea8'
    return [
      html`<rect x="${fix(x(left))}" y="${fix(base - height)}" width="${fix(barWidth)}" height="${fix(height)}" fill="${colour}"/>\n`,
    ]
  })
  const cuts = [low, high].map((value, i) => {
    const at = fix(x(value))
    const anchor = i === 0 ? 'start' : 'end'
    return html`<line x1="${at}" y1="${SIZE.top - 4}" x2="${at}" y2="${base}" stroke="#a32020" stroke-dasharray="3 2"/><text x="${at}" y="${SIZE.height - 6}" text-anchor="${anchor}" fill="#a32020">${label(value)}</text>\n`
  })
  return String(html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="11" role="img">
<title>${plot.title}: ${label(low)} to ${label(high)}</title>
<text x="${SIZE.left}" y="13">${plot.title}</text>
${bars}<line x1="${SIZE.left}" y1="${base}" x2="${SIZE.width - SIZE.right}" y2="${base}" stroke="#888"/>
${cuts}</svg>
`)
}

const fix = (value: number): string => value.toFixed(1)
const label = (value: number): string => String(Number(value.toPrecision(3)))

/** This file draws line and bar plots as SVG text without script or font, so that they can be printed. */
import { type Content, html, type Markup } from './markup.ts'

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

interface Sheet {
  readonly title: string
  /** It is a file of its own and brings its colours. Within a page the page's style sheet says them. */
  readonly isFile?: boolean
}

export interface LinePlot extends Sheet {
  readonly xLabel: string
  /** What is named at the x axis, from left to right: the first and the last stand at its ends. */
  readonly xNames?: readonly (readonly [x: number, name: string])[]
  /** Width and height in the units of the text, whose size is 12. */
  readonly size?: readonly [width: number, height: number]
  readonly yLabel: string
  readonly series: readonly Series[]
  /** Text at each point of the first series. */
  readonly labels?: readonly string[]
  /** false: lines only, for curves of many points. */
  readonly dots?: boolean
}

export interface BarPlot extends Sheet {
  readonly yLabel: string
  /** One group per name, one bar per series. */
  readonly names: readonly string[]
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
}

const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b'] as const
const colour = (index: number): string => COLOURS[index % COLOURS.length]!

const left = 64
const right = 16
const top = 36

const n = (value: number): string => String(Math.round(value * 100) / 100)

interface TextStyle {
  readonly size?: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly turn?: number
}

function text(
  x: number,
  y: number,
  content: string,
  { size = 12, anchor = 'start', turn = 0 }: TextStyle = {},
): Markup {
  const turned = turn === 0 ? '' : html` transform="rotate(${turn} ${n(x)} ${n(y)})"`
  return html`<text x="${n(x)}" y="${n(y)}" font-size="${size}" text-anchor="${anchor}"${turned}>${content}</text>\n`
}

const wrap = (width: number, height: number, { title, isFile = false }: Sheet, parts: Content): Markup =>
  html`<svg xmlns="http://www.w3.org/2000/svg" class="plotted" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" fill="currentColor" role="img">
<title>${title}</title>
${isFile ? SCHEMES : ''}<rect class="paper" width="${width}" height="${height}" fill="none"/>
${text(left, 20, title, { size: 14 })}${parts}</svg>
`

/** What a reader who prefers dark gets of a file, as of a page. */
const SCHEMES = html`<style>.plotted{color:#1d2125}.paper{fill:#fff}@media(prefers-color-scheme:dark){.plotted{color:#e6e8ea}.paper{fill:#1d2125}}</style>`

/** Chooses at most seven ticks that cover the range, in steps of 1, 2 or 5 times a power of ten. */
export function chooseTicks(low: number, high: number): readonly number[] {
  const span = high > low ? high - low : Math.max(Math.abs(low), 1)
  const power = 10 ** Math.floor(Math.log10(span / 6))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 6)!
  const first = Math.floor(low / step)
  const last = Math.ceil((low + span) / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

interface Axis {
  readonly ticks: readonly number[]
  readonly place: (value: number) => number
}

function makeAxis(values: readonly number[], from: number, to: number): Axis {
  const finite = values.filter((value) => Number.isFinite(value))
  const ticks = chooseTicks(Math.min(...finite, Infinity), Math.max(...finite, -Infinity))
  const [low, high] = [ticks[0]!, ticks.at(-1)!]
  return { ticks, place: (value) => from + ((value - low) / (high - low)) * (to - from) }
}

function drawY({ ticks, place }: Axis, label: string, width: number, bottom: number): readonly Markup[] {
  return [
    ...ticks.flatMap((tick) => [
      html`<line x1="${left}" y1="${n(place(tick))}" x2="${width - right}" y2="${n(place(tick))}" stroke="currentColor" stroke-opacity=".18"/>\n`,
      text(left - 6, place(tick) + 4, String(tick), { anchor: 'end' }),
    ]),
    text(16, (top + bottom) / 2, label, { anchor: 'middle', turn: -90 }),
  ]
}

/** Room for a name of the legend, the longest of all. */
const roomOf = (names: readonly string[]): number =>
  Math.min(100, 28 + 7 * Math.max(...names.map(({ length }) => length)))

/** Draws the legend beside the title, or below it if there are too many names. */
function drawLegend(names: readonly string[], width: number): readonly Markup[] {
  if (names.length < 2) return []
  const room = roomOf(names)
  const y = room * names.length > width / 2 ? 24 : 10
  return names.flatMap((name, index) => {
    const x = width - right - room * (names.length - index)
    return [
      html`<rect x="${n(x)}" y="${y}" width="10" height="10" fill="${colour(index)}"/>\n`,
      text(x + 14, y + 9, name, { size: 11 }),
    ]
  })
}

/** An axis from its first name to its last. */
function drawNames(names: readonly (readonly [number, string])[], width: number, bottom: number) {
  const [low, high] = [names[0]![0], names.at(-1)![0]]
  const place: Axis['place'] = (value) => left + ((value - low) / (high - low)) * (width - right - left)
  const texts = names.map(([x, name], index) => {
    const anchor = index === 0 ? 'start' : index === names.length - 1 ? 'end' : 'middle'
    return [
      html`<line x1="${n(place(x))}" y1="${bottom}" x2="${n(place(x))}" y2="${bottom + 5}" stroke="currentColor" stroke-opacity=".18"/>\n`,
      text(place(x), bottom + 18, name, { anchor }),
    ]
  })
  return { place, texts }
}

function drawNumbers(values: readonly number[], width: number, bottom: number) {
  const { ticks, place } = makeAxis(values, left, width - right)
  const texts = ticks.map((tick) => [text(place(tick), bottom + 18, String(tick), { anchor: 'middle' })])
  return { place, texts }
}

interface Label {
  readonly label: string
  readonly x: number
  readonly y: number
}

/** Lines above and below a point at which its label may stand, the best first. */
const PLACES = [-8, 18, -21, 31, -34, 44]

/** Each label at the first place beside its point where no other one is; within the plot, whatever its point. */
function placeLabels(labels: readonly Label[], width: number): readonly Markup[] {
  const placed: { readonly x: number; readonly y: number; readonly half: number }[] = []
  return labels.map(({ label, ...point }) => {
    const half = 3.5 * label.length
    const x = Math.min(Math.max(point.x, left + half), width - right - half)
    const isFree = (y: number): boolean =>
      placed.every((other) => Math.abs(other.x - x) > other.half + half + 3 || Math.abs(other.y - y) > 12)
    const y = point.y + (PLACES.find((place) => isFree(point.y + place)) ?? PLACES[0]!)
    placed.push({ x, y, half })
    return text(x, y, label, { anchor: 'middle', size: 11 })
  })
}

/** Draws lines through the points in order of x. It leaves out points that are not finite. */
export function plotLines(plot: LinePlot): Markup {
  const [width, height] = plot.size ?? [640, 400]
  const bottom = height - 48
  const series = plot.series.map(({ name, points }) => ({
    name,
    points: points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)).toSorted(([a], [b]) => a - b),
  }))
  const all = series.flatMap(({ points }) => points)
  if (all.length === 0) throw new RangeError(`Expected points to plot in "${plot.title}"`)
  const x =
    plot.xNames === undefined
      ? drawNumbers(
          all.map(([value]) => value),
          width,
          bottom,
        )
      : drawNames(plot.xNames, width, bottom)
  const y = makeAxis(
    all.map(([, value]) => value),
    bottom,
    top,
  )
  const lines = series.flatMap(({ points }, index) => [
    html`<polyline fill="none" stroke="${colour(index)}" stroke-width="2" points="${points.map(([a, b]) => `${n(x.place(a))},${n(y.place(b))}`).join(' ')}"/>\n`,
    ...(plot.dots === false ? [] : points).map(
      ([a, b]) => html`<circle cx="${n(x.place(a))}" cy="${n(y.place(b))}" r="3" fill="${colour(index)}"/>\n`,
    ),
  ])
  const labels = placeLabels(
    (plot.labels ?? []).flatMap((label, index) => {
      const [a, b] = plot.series[0]?.points[index] ?? [Number.NaN, Number.NaN]
      return Number.isFinite(b) ? [{ label, x: x.place(a), y: y.place(b) }] : []
    }),
    width,
  )
  return wrap(width, height, plot, [
    ...drawY(y, plot.yLabel, width, bottom),
    ...x.texts.flat(),
    text((left + width - right) / 2, height - 8, plot.xLabel, { anchor: 'middle' }),
    ...lines,
    ...labels,
    ...drawLegend(
      series.map(({ name }) => name),
      width,
    ),
  ])
}

/** Draws bars from zero. A value that is not finite has none. */
export function plotBars(plot: BarPlot): Markup {
  const group = 14
  const width = Math.max(640, left + right + group * plot.names.length)
  const height = 460
  const bottom = height - 130
  const y = makeAxis([0, ...plot.series.flatMap(({ values }) => values)], bottom, top)
  const place = (width - left - right) / Math.max(1, plot.names.length)
  const bar = (0.8 * place) / plot.series.length
  const bars = plot.series.flatMap(({ values }, index) =>
    values.flatMap((value, at) => {
      if (!Number.isFinite(value)) return []
      const [from, to] = [y.place(Math.max(0, value)), y.place(Math.min(0, value))]
      const x = left + at * place + 0.1 * place + index * bar
      return html`<rect x="${n(x)}" y="${n(from)}" width="${n(bar)}" height="${n(to - from)}" fill="${colour(index)}"><title>${plot.names[at]!}: ${n(value)}</title></rect>\n`
    }),
  )
  const names = plot.names.map((name, at) =>
    text(left + (at + 0.6) * place, bottom + 10, name, { size: 9, anchor: 'end', turn: -70 }),
  )
  return wrap(width, height, plot, [
    ...drawY(y, plot.yLabel, width, bottom),
    ...bars,
    ...names,
    ...drawLegend(
      plot.series.map(({ name }) => name),
      width,
    ),
  ])
}

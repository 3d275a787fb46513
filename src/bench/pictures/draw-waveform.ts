/** Draws some cycles of some signals as an SVG picture, as a waveform viewer does. */
import { html, type Markup, raw } from '../../report/markup.ts'

export interface WaveRow {
  readonly label: string
  /** A wire is drawn high and low, a bus as values. */
  readonly kind: 'wire' | 'bus'
  /** One a half cycle, from the rising edge on: `0`, `1` and `x` of a wire, any text of a bus. */
  readonly samples: readonly string[]
}

export interface WavePicture {
  readonly title: string
  /** The number of the first cycle. */
  readonly firstCycle: number
  /** The cycle that is marked. */
  readonly markedCycle: number
  /** The row whose value is wrong in the marked cycle. */
  readonly wrongRow: number
  readonly rows: readonly WaveRow[]
}

const LEFT = 196
const TOP = 34
const HALF_CYCLE = 24
const ROW = 26
const HIGH = 16
/** Half the width of the slope between two values of a bus. */
const SLOPE = 3

const STYLE =
  'text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6e8ea}' +
  '.title{font-size:13px;font-weight:600;fill:#ff8f85}.label{text-anchor:end}.value,.cycle{text-anchor:middle}' +
  '.cycle{font-size:11px;fill:#a3acb5}.grid{stroke:#363d44}.mark{fill:#24324a}.wire,.bus{fill:none;stroke:#6fd394;stroke-width:1.5}' +
  '.unknown{stroke:#ff8f85}.wrong{fill:#401a17;stroke:#ff8f85;stroke-width:2}.bad{fill:#ff8f85;font-weight:700}'

export function drawWaveform({ title, firstCycle, markedCycle, wrongRow, rows }: WavePicture): string {
  const halves = rows[0]?.samples.length ?? 0
  const width = LEFT + halves * HALF_CYCLE + 10
  const bottom = TOP + rows.length * ROW
  const height = bottom + 26
  const cycles = Array.from({ length: halves / 2 }, (_, index) => index)
  const xOf = (cycle: number): number => LEFT + 2 * cycle * HALF_CYCLE
  return String(html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title><style>${raw(STYLE)}</style>
<rect width="${width}" height="${height}" rx="8" fill="#15181b"/>
<rect class="mark" x="${xOf(markedCycle - firstCycle)}" y="${TOP - 4}" width="${2 * HALF_CYCLE}" height="${bottom - TOP + 6}"/>
<text class="title" x="14" y="21">${title}</text>
${cycles.map(
  (cycle) =>
    html`<path class="grid" d="M${xOf(cycle)} ${TOP - 4}V${bottom + 2}"/><text class="cycle" x="${xOf(cycle) + HALF_CYCLE}" y="${bottom + 17}">${firstCycle + cycle}</text>\n`,
)}<text class="label cycle" style="text-anchor:end" x="${LEFT - 12}" y="${bottom + 17}">cycle</text>
${rows.map(({ label, kind, samples }, index) => {
  const top = TOP + index * ROW + (ROW - HIGH) / 2
  const wrong = index === wrongRow ? 2 * (markedCycle - firstCycle) : null
  const drawn = kind === 'wire' ? drawWire(samples, top) : drawBus(samples, top, wrong)
  return html`<text class="label" x="${LEFT - 12}" y="${top + 12}">${label}</text>${drawn}\n`
})}</svg>
`)
}

function drawWire(samples: readonly string[], top: number): Markup {
  const unknown = samples.some((bit) => bit !== '0' && bit !== '1')
  const yOf = (bit: string): number => (bit === '1' ? top : bit === '0' ? top + HIGH : top + HIGH / 2)
  const path = samples.map(
    (bit, index) => `${index === 0 ? `M${LEFT} ${yOf(bit)}` : `V${yOf(bit)}`}h${HALF_CYCLE}`,
  )
  return html`<path class="wire${unknown ? ' unknown' : ''}" d="${path.join('')}"/>`
}

/** @param wrong the half cycle whose value is wrong. */
function drawBus(samples: readonly string[], top: number, wrong: number | null): readonly Markup[] {
  const parts: Markup[] = []
  for (let from = 0; from < samples.length; ) {
    let to = from + 1
    while (to < samples.length && samples[to] === samples[from]) to++
    const isWrong = wrong !== null && from <= wrong && wrong < to
    const [left, right] = [LEFT + from * HALF_CYCLE, LEFT + to * HALF_CYCLE]
    const middle = top + HIGH / 2
    parts.push(
      html`<path class="${isWrong ? 'wrong' : 'bus'}" d="M${left} ${middle}l${SLOPE} ${-HIGH / 2}H${right - SLOPE}L${right} ${middle}l${-SLOPE} ${HIGH / 2}H${left + SLOPE}z"/>`,
      html`<text class="value${isWrong ? ' bad' : ''}" x="${(left + right) / 2}" y="${top + 12}">${samples[from]!}</text>`,
    )
    from = to
  }
  return parts
}

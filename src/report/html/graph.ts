/** This file draws the network: one box per layer, green or red, with a sign for readers who cannot tell the two apart. */

import type { NetworkNode } from '../../result/record.ts'
import {
  type BoxesResult,
  isRed,
  type LayerResult,
  type SimResult,
  STATUS_WORDS,
  statusOf,
} from '../../result/result.ts'
import { html, type Markup } from '../markup.ts'
import { type GraphNode, layOut, type PlacedEdge, type PlacedNode } from './layout.ts'

/** The name under which boxes are shown; no module has a space in its name. */
export const BOXES = 'q NMS'

/** Slices of slices in a row. */
const MOST_SLICES = 16

const SIZES = { nodeWidth: 104, nodeHeight: 26, rankStep: 44, gap: 12 }

/** How a layer is drawn, and its status in words. */
interface LayerState {
  readonly style: 'exact' | 'red' | 'none'
  readonly words: string
}

const SIGNS: Readonly<Record<LayerState['style'], string>> = { exact: '✓', red: '✗', none: '' }
const NOT_COMPARED: LayerState = { style: 'none', words: 'not compared' }

const stateOf = (part: LayerResult | BoxesResult): LayerState => ({
  style: isRed(part) ? 'red' : 'exact',
  words: STATUS_WORDS[statusOf(part)],
})

export function drawNetwork(result: SimResult): Markup {
  const states = new Map(result.layers.map((layer) => [layer.name, stateOf(layer)]))
  if (result.boxes !== null) states.set(BOXES, stateOf(result.boxes))
  const nodes = withoutSlices(result)
  const ops = new Map(nodes.map(({ name, op }) => [name, op]))
  const layout = layOut(nodes, SIZES)
  if (layout === null) return html`<p class="hint">The network is too large to be drawn.</p>`
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)]
  const first = result.layers.find(isRed)?.name ?? result.layers[0]?.name
  return html`<svg class="network" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="The network, from the image at the top to the boxes at the bottom">
${layout.edges.map(drawEdge)}${layout.nodes.map((node) =>
  drawNode(node, ops.get(node.name)!, states.get(node.name) ?? NOT_COMPARED, node.name === first),
)}</svg>`
}

type DrawnNode = GraphNode & { readonly op: string }

/** Removes slices, which are views. A layer that reads one is drawn as reading the tensor that it is cut from. */
function withoutSlices({ network, boxes }: SimResult): readonly DrawnNode[] {
  const byName = new Map(network.map((node) => [node.name, node]))
  // A damaged report may have slices of nothing or in a circle. What they end in is not drawn, and so no edge leads to it.
  const origin = (name: string): string => {
    let node = byName.get(name)
    for (let steps = 0; node?.op === 'slice' && steps < MOST_SLICES; steps++)
      node = byName.get(node.inputs[0] ?? '')
    return node?.name ?? ''
  }
  const drawn: DrawnNode[] = network
    .filter(({ op }) => op !== 'slice')
    .map(({ name, op, inputs }: NetworkNode) => ({ name, op, inputs: inputs.map(origin) }))
  if (boxes === null) return drawn
  const read = new Set(drawn.flatMap(({ inputs }) => inputs))
  const ends = drawn.map(({ name }) => name).filter((name) => !read.has(name))
  return [...drawn, { name: BOXES, op: 'detect', inputs: ends }]
}

function drawEdge({ points }: PlacedEdge): Markup {
  const half = SIZES.nodeHeight / 2
  const bend = (SIZES.rankStep - SIZES.nodeHeight) * 0.9
  let path = ''
  for (const [index, [x, y]] of points.entries()) {
    const last = index === points.length - 1
    if (index === 0) {
      path += `M${round(x)} ${round(y + half)}`
      continue
    }
    const [fromX, fromY] = points[index - 1]!
    const begin = fromY + half
    const end = y - half
    path += `C${round(fromX)} ${round(begin + bend)} ${round(x)} ${round(end - bend)} ${round(x)} ${round(end)}`
    if (!last) path += `V${round(y + half)}`
  }
  return html`<path class="edge" d="${path}"/>\n`
}

const round = (value: number): number => Math.round(value * 10) / 10

function drawNode(
  { name, x, y, rank }: PlacedNode,
  op: string,
  { style, words }: LayerState,
  first: boolean,
): Markup {
  const small = style === 'none'
  const width = small ? 76 : SIZES.nodeWidth
  const height = small ? 18 : SIZES.nodeHeight
  const label = shorten(name, op)
  const sign = SIGNS[style] === '' ? '' : html` <tspan class="sign">${SIGNS[style]}</tspan>`
  const content = html`<title>${name} (${op}): ${words}</title><rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${width}" height="${height}" rx="${small ? 9 : 5}"/><text x="${round(x)}" y="${round(y + 4)}">${label}${sign}</text>`
  if (small) return html`<g class="node none">${content}</g>\n`
  return html`<g class="node ${style} ${op}" role="button" tabindex="${first ? 0 : -1}" aria-label="${name}, ${op}, ${words}" aria-pressed="false" data-layer="${name}" data-rank="${rank}">${content}</g>\n`
}

/** Shortens a name for its box: `model.22.cv3.0.2` is `22.cv3.0.2`, and a concat is only `concat`. */
function shorten(name: string, op: string): string {
  if (op === 'concat') return 'concat'
  if (op === 'detect') return 'q_NMS'
  const short = name.replace(/^model\./, '')
  return short.length <= 12 ? short : `${short.slice(0, 5)}…${short.slice(-6)}`
}

/**
 * The page's script shows the layer that the reader chooses. It uses the plain DOM. Without it the page still has the verdict, the
 * picture of the network, tables and charts. `npm run build:page` bundles it into ../html/script.min.ts.
 */
import { listenForCopies } from './copy.ts'
import { describeBoxes, describeLayer } from './details.ts'
import { findNeighbour, reveal } from './network.ts'
import type { PageData } from './page-data.ts'

const data: PageData = JSON.parse(document.getElementById('data')!.textContent!)
const layers = new Map(data.layers.map((layer) => [layer.name, layer]))
const details = document.getElementById('details')!
const nodes = [...document.querySelectorAll<SVGGElement>('.node[data-layer]')]

/** What made the choice. It decides where the focus goes and what scrolls. */
type Origin = 'start' | 'keys' | 'click' | 'elsewhere'

/** @returns whether there is a layer of that name. */
function select(name: string, from: Origin): boolean {
  const layer = layers.get(name)
  if (layer !== undefined) details.replaceChildren(...describeLayer(layer, data.codes))
  else if (data.detect?.name === name) details.replaceChildren(...describeBoxes(data.detect))
  else return false
  details.scrollTop = 0
  markChosen(name)
  history.replaceState(null, '', `#layer=${encodeURIComponent(name)}`)
  if (from === 'elsewhere') {
    details.scrollIntoView({ block: 'nearest' })
    details.focus({ preventScroll: true })
  }
  if (from === 'click' && matchMedia('(max-width:820px)').matches) details.scrollIntoView({ block: 'start' })
  return true
}

/** Marks the chosen layer in the picture of the network, the chart and the table. */
function markChosen(name: string): void {
  for (const node of nodes) {
    const own = node.dataset.layer === name
    node.setAttribute('aria-pressed', String(own))
    node.setAttribute('tabindex', own ? '0' : '-1')
    if (own) reveal(node)
  }
  for (const marked of document.querySelectorAll('.chosen')) marked.classList.remove('chosen')
  for (const column of document.querySelectorAll<SVGElement>('.column'))
    if (column.dataset.layer === name) column.classList.add('chosen')
  for (const button of document.querySelectorAll<HTMLElement>('#layers [data-select]'))
    if (button.dataset.select === name) button.closest('tr')!.classList.add('chosen')
}

function goTo(node: SVGGElement, from: Origin): void {
  node.focus({ preventScroll: true })
  select(node.dataset.layer!, from)
}

const hasModifier = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey

function pressKey(node: SVGGElement, event: KeyboardEvent): void {
  if (hasModifier(event)) return
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault()
    select(node.dataset.layer!, 'elsewhere')
    return
  }
  const other = findNeighbour(nodes, node, event.key)
  if (other === null) return
  event.preventDefault()
  goTo(other, 'keys')
}

for (const node of nodes) {
  node.addEventListener('click', () => goTo(node, 'click'))
  node.addEventListener('keydown', (event) => pressKey(node, event))
}

document.addEventListener('click', (event) => {
  const target = (event.target as Element).closest<HTMLElement | SVGElement>('[data-select],.column')
  const name = target?.dataset.select ?? target?.dataset.layer
  if (name !== undefined) select(name, 'elsewhere')
})

listenForCopies()

/** `n`: the next red layer. */
document.addEventListener('keydown', (event) => {
  if (event.key !== 'n' || hasModifier(event)) return
  const red = nodes.filter((node) => node.classList.contains('red'))
  const chosen = red.findIndex((node) => node.getAttribute('aria-pressed') === 'true')
  const next = red[(chosen + 1) % red.length]
  if (next !== undefined) goTo(next, 'keys')
})

// Unlike decodeURIComponent, it takes any address.
const wanted = new URLSearchParams(location.hash.slice(1)).get('layer')
const first =
  data.layers.find(
    ({ mismatches, stray, repeated, error }) => mismatches > 0 || stray > 0 || repeated > 0 || error !== null,
  ) ?? data.layers[0]
if (wanted === null || !select(wanted, 'start')) if (first !== undefined) select(first.name, 'start')

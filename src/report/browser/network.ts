/** This file moves the choice in the picture of the network by keys. */

/** Scrolls the picture's own frame, never the page. */
export function reveal(node: SVGGElement): void {
  const frame = document.querySelector('.graph')!
  const [box, outer] = [node.getBoundingClientRect(), frame.getBoundingClientRect()]
  if (box.top < outer.top + 30) frame.scrollTop -= outer.top + frame.clientHeight / 3 - box.top
  else if (box.bottom > outer.bottom - 30)
    frame.scrollTop += box.bottom - outer.top - (2 * frame.clientHeight) / 3
  if (box.left < outer.left || box.right > outer.right)
    frame.scrollLeft += (box.left + box.right) / 2 - (outer.left + outer.right) / 2
}

/** Finds the layer to which a key leads; null if it leads nowhere. */
export function findNeighbour(
  nodes: readonly SVGGElement[],
  node: SVGGElement,
  key: string,
): SVGGElement | null {
  switch (key) {
    case 'Home':
      return nodes[0] ?? null
    case 'End':
      return nodes.at(-1) ?? null
    case 'ArrowUp':
      return findAcrossRanks(nodes, node, -1)
    case 'ArrowDown':
      return findAcrossRanks(nodes, node, 1)
    case 'ArrowLeft':
      return findInRank(nodes, node, -1)
    case 'ArrowRight':
      return findInRank(nodes, node, 1)
    default:
      return null
  }
}

const rankOf = (node: SVGGElement): number => Number(node.dataset.rank)

function centreOf(node: SVGGElement): number {
  const { x, width } = node.querySelector('rect')!.getBBox()
  return x + width / 2
}

/** Finds the nearest layer of the nearest rank in that direction. */
function findAcrossRanks(nodes: readonly SVGGElement[], node: SVGGElement, way: 1 | -1): SVGGElement | null {
  const [x, rank] = [centreOf(node), rankOf(node)]
  let best: SVGGElement | null = null
  let least = Infinity
  for (const other of nodes) {
    const ranks = way * (rankOf(other) - rank)
    if (ranks <= 0) continue
    const cost = ranks * 10_000 + Math.abs(centreOf(other) - x)
    if (cost < least) {
      least = cost
      best = other
    }
  }
  return best
}

/** Finds the neighbour in the rank; at its end, the neighbour in the list. */
function findInRank(nodes: readonly SVGGElement[], node: SVGGElement, way: 1 | -1): SVGGElement | null {
  const rank = nodes
    .filter((other) => rankOf(other) === rankOf(node))
    .sort((a, b) => centreOf(a) - centreOf(b))
  return rank[rank.indexOf(node) + way] ?? nodes[nodes.indexOf(node) + way] ?? null
}

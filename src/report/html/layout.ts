/**
 * This file lays out a directed graph in ranks from top to bottom. Ranks follow the longest path, barycentres reduce crossings, and long
 * edges run through their own bends (K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical system
 * structures, IEEE Trans. SMC 11, 1981).
 */

export interface GraphNode {
  readonly name: string
  readonly inputs: readonly string[]
}

export interface PlacedNode {
  readonly name: string
  /** Centre. */
  readonly x: number
  readonly y: number
  readonly rank: number
}

export interface PlacedEdge {
  readonly from: string
  readonly to: string
  /** The points from the source's centre through every bend to the target's centre. */
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
}

export interface LayoutSizes {
  readonly nodeWidth: number
  readonly nodeHeight: number
  /** Distance from rank to rank. */
  readonly rankStep: number
  readonly gap: number
}

/** A node, or a bend of an edge that passes through a rank. */
interface Cell {
  readonly name: string | null
  readonly width: number
  readonly rank: number
  readonly up: Cell[]
  readonly down: Cell[]
  x: number
}

/** A network with more nodes and bends is not drawn, because placing them takes the square of their number. */
export const MOST_CELLS = 4000

/**
 * @param nodes in topological order. A damaged report may name inputs that do not exist, that come later, or that are the node itself:
 * they are ignored, so that every edge leads downwards.
 * @returns null for more than `MOST_CELLS`.
 */
export function layOut(nodes: readonly GraphNode[], sizes: LayoutSizes): Layout | null {
  const ranks: Cell[][] = []
  const cells = new Map<string, Cell>()
  const routes: { from: string; to: string; cells: Cell[] }[] = []
  let count = 0
  const add = (rank: number, name: string | null): Cell => {
    const width = name === null ? sizes.gap : sizes.nodeWidth
    const cell: Cell = { name, width, rank, up: [], down: [], x: 0 }
    ranks[rank] ??= []
    ranks[rank].push(cell)
    count++
    return cell
  }
  for (const { name, inputs } of nodes) {
    const sources = [...new Set(inputs)].flatMap((input) => cells.get(input) ?? [])
    const rank = sources.reduce((most, source) => Math.max(most, source.rank + 1), 0)
    const cell = add(rank, name)
    for (const source of sources) {
      const route = [source]
      for (let between = source.rank + 1; between < rank && count <= MOST_CELLS; between++)
        route.push(add(between, null))
      route.push(cell)
      for (const [index, above] of route.slice(0, -1).entries()) {
        above.down.push(route[index + 1]!)
        route[index + 1]!.up.push(above)
      }
      routes.push({ from: source.name!, to: name, cells: route })
    }
    if (count > MOST_CELLS) return null
    cells.set(name, cell)
  }
  orderRanks(ranks)
  placeRanks(ranks, sizes.gap)
  return finish(ranks, routes, sizes)
}

const SWEEPS = 12

function orderRanks(ranks: readonly Cell[][]): void {
  const place = new Map<Cell, number>()
  const number = (rank: readonly Cell[]): void =>
    rank.forEach((cell, index) => {
      place.set(cell, (index + 0.5) / rank.length)
    })
  for (const rank of ranks) number(rank)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    for (const rank of down ? ranks : ranks.toReversed()) {
      const centre = new Map(
        rank.map((cell) => [
          cell,
          mean(
            (down ? cell.up : cell.down).map((near) => place.get(near)!),
            place.get(cell)!,
          ),
        ]),
      )
      rank.sort((a, b) => centre.get(a)! - centre.get(b)!)
      number(rank)
    }
  }
}

function placeRanks(ranks: readonly Cell[][], gap: number): void {
  for (const rank of ranks) {
    let x = 0
    for (const cell of rank) {
      cell.x = x + cell.width / 2
      x += cell.width + gap
    }
    for (const cell of rank) cell.x -= (x - gap) / 2
  }
  for (let sweep = 0; sweep < 4 * SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    for (const rank of down ? ranks : ranks.toReversed()) {
      const wish = rank.map(wishOf)
      spread(rank, wish, gap)
    }
  }
}

/** Computes where a cell should stand: the mean of its neighbours. A bend counts other bends twice, so that long edges are straight. */
function wishOf(cell: Cell): number {
  const near = [...cell.up, ...cell.down]
  const bends = cell.name === null ? near.filter(({ name }) => name === null) : []
  return mean(
    [...near, ...bends].map(({ x }) => x),
    cell.x,
  )
}

/** Puts a rank's cells as near to their wishes as their order and widths allow. */
function spread(rank: readonly Cell[], wish: readonly number[], gap: number): void {
  // Cells that would overlap join into groups, and a group stands at the mean of its members' wishes.
  const groups: { cells: { cell: Cell; offset: number }[]; sum: number; x: number; width: number }[] = []
  for (const [index, cell] of rank.entries()) {
    let group = {
      cells: [{ cell, offset: cell.width / 2 }],
      sum: wish[index]! - cell.width / 2,
      x: 0,
      width: cell.width,
    }
    group.x = group.sum
    for (
      let last = groups.at(-1);
      last !== undefined && last.x + last.width + gap > group.x;
      last = groups.at(-1)
    ) {
      groups.pop()
      const shift = last.width + gap
      const joined = [...last.cells, ...group.cells.map((own) => ({ ...own, offset: own.offset + shift }))]
      const sum = last.sum + group.sum - shift * group.cells.length
      group = { cells: joined, sum, x: sum / joined.length, width: shift + group.width }
    }
    groups.push(group)
  }
  for (const group of groups) for (const { cell, offset } of group.cells) cell.x = group.x + offset
}

function finish(
  ranks: readonly Cell[][],
  routes: readonly { from: string; to: string; cells: readonly Cell[] }[],
  { nodeHeight, rankStep, gap }: LayoutSizes,
): Layout {
  const all = ranks.flat()
  // With 0, a network without nodes has a size, too.
  const left = Math.min(0, ...all.map((cell) => cell.x - cell.width / 2)) - gap
  const right = Math.max(0, ...all.map((cell) => cell.x + cell.width / 2)) + gap
  const at = (cell: Cell): readonly [number, number] => [
    cell.x - left,
    gap + nodeHeight / 2 + cell.rank * rankStep,
  ]
  return {
    width: right - left,
    height: 2 * gap + nodeHeight + (ranks.length - 1) * rankStep,
    nodes: all.flatMap((cell) => {
      if (cell.name === null) return []
      const [x, y] = at(cell)
      return [{ name: cell.name, x, y, rank: cell.rank }]
    }),
    edges: routes.map(({ from, to, cells }) => ({ from, to, points: cells.map(at) })),
  }
}

const mean = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((sum, value) => sum + value, 0) / values.length

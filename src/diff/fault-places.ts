/** Faults that are known by where the wrong elements lie, not by their values. */
import { count, type Difference, type FaultContext, type Pattern, wrongChannels } from './fault-evidence.ts'
import { ENOUGH_BITS, log2Choose } from './hypotheses/chance.ts'

type PlaceFault = 'one-channel' | 'lanes' | 'border'

/** The narrowest place that holds every wrong element and would not by chance, or null. */
export function findPlace(difference: Difference, context: FaultContext): Pattern<PlaceFault> | null {
  return (
    findOneChannel(difference) ??
    (reachesPadding(context) ? findBorder(difference) : null) ??
    findLanes(difference, context)
  )
}

function findOneChannel({ wrong, shape }: Difference): Pattern<PlaceFault> | null {
  const plane = shape[1] * shape[2]
  const channel = Math.floor(wrong[0]! / plane)
  if (Math.floor(wrong.at(-1)! / plane) !== channel) return null
  if ((wrong.length - 1) * Math.log2(shape[0]) < ENOUGH_BITS) return null
  return {
    name: 'one-channel',
    evidence: `all ${count(wrong.length)} wrong elements are in channel ${channel} of ${shape[0]}: its weights, bias, multiplier or shift`,
  }
}

/** Whether the layer reads padding, as far as it is known. */
function reachesPadding({ layer }: FaultContext): boolean {
  const node = layer?.node
  if (node === undefined) return true
  return node.op === 'conv' ? node.padding > 0 : node.op === 'max-pool'
}

const SIDES = ['top', 'bottom', 'left', 'right'] as const

/** Rows and columns that only padding reaches: the outer one, or the outer two or three of a large kernel. */
function findBorder({ wrong, shape }: Difference): Pattern<PlaceFault> | null {
  const [, height, width] = shape
  for (const band of [1, 2, 3]) {
    if (height <= 2 * band || width <= 2 * band) return null
    const used = new Set<(typeof SIDES)[number]>()
    let inside = false
    // A corner belongs to two sides: it is given to one only where no other element tells.
    const corners: (readonly (typeof SIDES)[number][])[] = []
    for (const index of wrong) {
      const x = index % width
      const y = Math.floor(index / width) % height
      const sides = SIDES.filter(
        (_, side) => [y < band, y >= height - band, x < band, x >= width - band][side],
      )
      if (sides.length === 0) {
        inside = true
        break
      }
      if (sides.length === 1) used.add(sides[0]!)
      else corners.push(sides)
    }
    if (inside) continue
    for (const sides of corners) if (!sides.some((side) => used.has(side))) used.add(sides[0]!)
    const rows = band * (Number(used.has('top')) + Number(used.has('bottom')))
    const columns = band * (Number(used.has('left')) + Number(used.has('right')))
    const area = rows * width + columns * height - rows * columns
    if (wrong.length * Math.log2((height * width) / area) - 4 < ENOUGH_BITS) return null
    const where = SIDES.filter((side) => used.has(side)).join(', ')
    const depth = band === 1 ? 'the outermost row or column' : `the outer ${band} rows or columns`
    return {
      name: 'border',
      evidence: `all ${count(wrong.length)} wrong elements are in ${depth} (${where}): the padding, its code or its extent`,
    }
  }
  return null
}

interface Axis {
  readonly name: string
  readonly length: number
  readonly at: (index: number) => number
}

/** Every n-th channel, column, row or element. */
function findLanes(
  { wrong, shape, expected }: Difference,
  context: FaultContext,
): Pattern<PlaceFault> | null {
  const [channels, height, width] = shape
  const plane = height * width
  const isOneColumn = wrong.every((index) => index % width === wrong[0]! % width)
  const axes: readonly Axis[] = [
    { name: 'channels', length: channels, at: (index) => Math.floor(index / plane) },
    { name: 'columns', length: width, at: (index) => index % width },
    { name: 'rows', length: height, at: (index) => Math.floor(index / width) % height },
    { name: 'elements', length: expected.length, at: (index) => index },
  ]
  const { inputLanes = 16, outputLanes = 16, pixels = 4, layer } = context
  const own = [inputLanes, outputLanes, pixels, 2 * pixels]
  const tried = [...new Set([2, 3, 4, 5, 6, 7, 8, 16, 32, 64, ...own])]
  // Of hardware that is known, a group is a part of what it computes or stores at once.
  const sizes = layer === undefined ? tried : tried.filter((n) => own.some((width) => width % n === 0))
  let best: { bits: number; ratio: number; pattern: Pattern<PlaceFault> } | null = null
  for (const axis of axes)
    for (const n of sizes.sort((a, b) => a - b)) {
      if (axis.length < 2 * n) continue
      // One column is every n-th element, too, wherever n and the width have a common divisor.
      if (axis.name === 'elements' && isOneColumn) continue
      const residues = residuesOf(wrong, axis, n)
      if (residues === null) continue
      const ratio = n / residues.size
      const bits = wrong.length * Math.log2(ratio) - log2Choose(n, residues.size) - 6
      if (bits < ENOUGH_BITS || (best !== null && ratio <= best.ratio)) continue
      best = {
        bits,
        ratio,
        pattern: describeLanes(
          axis.name,
          n,
          [...residues].sort((a, b) => a - b),
          wrong.length,
        ),
      }
    }
  return best?.pattern ?? null
}

/** The lanes of n that wrong elements are in; null if they are more than half, or of too few groups to tell. */
function residuesOf(wrong: Int32Array, axis: Axis, n: number): ReadonlySet<number> | null {
  const residues = new Set<number>()
  const groups = new Set<number>()
  for (const index of wrong) {
    const at = axis.at(index)
    residues.add(at % n)
    if (residues.size > n / 2) return null
    groups.add(Math.floor(at / n))
  }
  return groups.size < Math.min(3, Math.floor(axis.length / n)) ? null : residues
}

function describeLanes(
  axis: string,
  n: number,
  residues: readonly number[],
  wrong: number,
): Pattern<PlaceFault> {
  const lanes = residues.length === 1 ? `lane ${residues[0]}` : `lanes ${residues.slice(0, 8).join(', ')}`
  return {
    name: 'lanes',
    evidence: `all ${count(wrong)} wrong elements are in ${lanes} of every ${n} ${axis}: a lane of the array, of a memory word or of a bank`,
  }
}

/** The smallest box that holds every wrong element, in words; for a fault that has no name. */
export function describeExtent(difference: Difference): string {
  const { wrong, shape } = difference
  const [channels, height, width] = shape
  const low = [channels, height, width]
  const high = [0, 0, 0]
  const widen = (axis: number, at: number): void => {
    if (at < low[axis]!) low[axis] = at
    if (at > high[axis]!) high[axis] = at
  }
  for (const index of wrong) {
    const x = index % width
    const row = (index - x) / width
    widen(0, Math.floor(row / height))
    widen(1, row % height)
    widen(2, x)
  }
  const span = (axis: number, one: string, many: string): string =>
    low[axis] === high[axis] ? `${one} ${low[axis]}` : `${many} ${low[axis]} to ${high[axis]}`
  const listed = wrongChannels(difference)
  const few = listed.length > 1 && listed.length <= 3 && high[0]! - low[0]! >= listed.length
  const where = few
    ? `channels ${listed.slice(0, -1).join(', ')} and ${listed.at(-1)}`
    : span(0, 'channel', 'channels')
  return `${where}, ${span(1, 'row', 'rows')}, ${span(2, 'column', 'columns')}`
}

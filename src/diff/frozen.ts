/** What changed between two frozen sets, layer by layer. */
import type { Shape } from '../graph/types.ts'

/** One tensor of a frozen set. */
export interface FrozenLayer {
  readonly name: string
  readonly op: string
  readonly shape: Shape
  readonly scale: number
  readonly zeroPoint: number
  readonly bits: number
  /** Order-sensitive digest of the codes. */
  readonly digest: string
  /** File of all codes, below the set's folder; null if only the digest is kept. */
  readonly file: string | null
}

export interface LayerChange {
  readonly name: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** `shape 16x80x80 -> 16x40x40` and the like, the most telling first. */
  readonly what: readonly string[]
}

/** Codes that differ between two sets; null if one of them has the digest only. */
export type CountDifferences = (name: string) => { readonly differ: number; readonly largest: number } | null

const shapeText = (layer: FrozenLayer): string => layer.shape.join('x')
const formatScale = (scale: number): string => scale.toPrecision(6)

/** In the order of the newer set; removed layers come last. Unchanged layers are left out. */
export function diffFrozen(
  older: readonly FrozenLayer[],
  newer: readonly FrozenLayer[],
  count: CountDifferences,
): readonly LayerChange[] {
  const before = new Map(older.map((layer) => [layer.name, layer]))
  const names = new Set(newer.map(({ name }) => name))
  const changes = newer.flatMap((layer): LayerChange[] => {
    const old = before.get(layer.name)
    if (old === undefined)
      return [{ name: layer.name, kind: 'added', what: [`${layer.op} ${shapeText(layer)}`] }]
    const what = describeChange(old, layer, count)
    return what.length === 0 ? [] : [{ name: layer.name, kind: 'changed', what }]
  })
  const removed = older
    .filter(({ name }) => !names.has(name))
    .map(
      (layer): LayerChange => ({
        name: layer.name,
        kind: 'removed',
        what: [`${layer.op} ${shapeText(layer)}`],
      }),
    )
  return [...changes, ...removed]
}

function describeChange(old: FrozenLayer, layer: FrozenLayer, count: CountDifferences): readonly string[] {
  const what: string[] = []
  const compare = (label: string, from: string | number, to: string | number): void => {
    if (from !== to) what.push(`${label} ${from} -> ${to}`)
  }
  compare('op', old.op, layer.op)
  compare('shape', shapeText(old), shapeText(layer))
  compare('bits', old.bits, layer.bits)
  if (old.scale !== layer.scale) what.push(`scale ${formatScale(old.scale)} -> ${formatScale(layer.scale)}`)
  compare('zero point', old.zeroPoint, layer.zeroPoint)
  if (old.digest === layer.digest) return what
  const elements = layer.shape.reduce((product, side) => product * side, 1)
  const differences = shapeText(old) === shapeText(layer) ? count(layer.name) : null
  what.push(
    differences === null
      ? 'codes differ'
      : `${differences.differ} of ${elements} codes differ, by ${differences.largest} at most`,
  )
  return what
}

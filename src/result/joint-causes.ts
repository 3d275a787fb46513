/** Which cause red layers share: one layer by itself may be explained by several, or be too little to tell. */
import type { Cause, FaultKind } from '../diff/fault-kinds.ts'
import { bitsFor } from '../diff/hypotheses/chance.ts'
import type { LayerResult } from './result.ts'

/** Whether it explains every element that was written. */
export const isComplete = ({ explained, elements }: Cause): boolean => explained === elements

interface Explained {
  readonly layer: LayerResult
  readonly cause: Cause
  /** What each complete cause says here, the simplest first. */
  readonly says: ReadonlyMap<string, string>
}

/**
 * The cause of each layer that is explained completely. Of the causes that fit a layer it is the one that fits most layers: table
 * index + 1 is zero point + 1 wherever nothing saturates, and one of them explains the layers where something does. `others` are those
 * that fit just as many of its layers.
 */
export function jointCauses(layers: readonly LayerResult[]): ReadonlyMap<LayerResult, Cause> {
  const joint = new Map<LayerResult, Cause>()
  let left = layers.flatMap(explainedOf)
  while (left.length > 0) {
    const counts = new Map<string, number>()
    for (const { says } of left) for (const id of says.keys()) counts.set(id, (counts.get(id) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const [best] = [...counts].find(([, times]) => times === most)!
    const own = left.filter(({ says }) => says.has(best))
    const alike = [...own[0]!.says.keys()].filter(
      (id) => id !== best && own.every(({ says }) => says.has(id)),
    )
    for (const { layer, cause, says } of own) {
      const { others: _, ...plain } = cause
      const others = alike.map((id) => ({ id, says: says.get(id)! }))
      joint.set(layer, {
        ...{ ...plain, id: best, says: says.get(best)! },
        ...(others.length === 0 ? {} : { others }),
      })
    }
    left = left.filter(({ says }) => !says.has(best))
  }
  return joint
}

/**
 * The causes, the simplest first, that explain each of these completely. None where one of them has no complete cause: what explains
 * some of them alone is another fault that looks the same there.
 */
export function sharedCauses(
  kinds: readonly (FaultKind | null | undefined)[],
): readonly Pick<Cause, 'id' | 'says'>[] {
  const all = kinds.map((kind) =>
    kind?.cause === undefined || !isComplete(kind.cause) ? [] : [kind.cause, ...(kind.cause.others ?? [])],
  )
  const [first = [], ...others] = all
  return first.filter(({ id }) => others.every((own) => own.some((cause) => cause.id === id)))
}

/** A layer that is told by this cause. */
export const withCause = (layer: LayerResult, cause: Cause | undefined): LayerResult =>
  cause === undefined ? layer : { ...layer, kind: { ...layer.kind!, cause } }

function explainedOf(layer: LayerResult): readonly Explained[] {
  const cause = layer.kind?.cause
  if (layer.error !== null || cause === undefined || !isComplete(cause)) return []
  const all = [cause, ...(cause.others ?? [])]
  return [{ layer, cause, says: new Map(all.map(({ id, says }) => [id, says])) }]
}

/** More hypotheses than a layer is tested against. */
const MOST_HYPOTHESES = 4096

type Possible = NonNullable<FaultKind['possible']>
type PossibleCause = Possible['causes'][number]

/**
 * The layers, with a cause where only several together tell it: one wrong element of each says little, the same cause of all of them
 * much. A layer that is explained completely by a cause says enough for all that the cause gives exactly.
 */
export function settleCauses(layers: readonly LayerResult[]): readonly LayerResult[] {
  const joint = [...jointCauses(layers).values()]
  const known = new Set(joint.flatMap(({ id, others = [] }) => [id, ...others.map((other) => other.id)]))
  const settled = new Map<LayerResult, FaultKind>()
  let left = layers.filter(({ error, kind }) => error === null && kind?.possible !== undefined)
  while (left.length > 0) {
    const [best, own] = mostShared(left, known)
    const bits = own.reduce((sum, { kind }) => sum + kind!.possible!.bits, 0)
    if (known.has(best) || bits >= bitsFor(MOST_HYPOTHESES))
      for (const layer of own) settled.set(layer, settle(layer, best, own))
    left = left.filter((layer) => !own.includes(layer))
  }
  return layers.map((layer) => {
    const kind = settled.get(layer)
    return kind === undefined ? layer : { ...layer, kind }
  })
}

const possibleOf = ({ kind }: LayerResult): readonly PossibleCause[] => kind!.possible!.causes

/** Of the possible causes one that explains another layer completely, else that of most layers; and these. */
function mostShared(
  layers: readonly LayerResult[],
  known: ReadonlySet<string>,
): readonly [id: string, own: readonly LayerResult[]] {
  const shared = new Map<string, LayerResult[]>()
  for (const layer of layers)
    for (const { id } of possibleOf(layer)) shared.set(id, [...(shared.get(id) ?? []), layer])
  const weigh = ([id, own]: readonly [string, readonly LayerResult[]]): number =>
    own.length + (known.has(id) ? layers.length : 0)
  return [...shared].reduce((best, one) => (weigh(one) > weigh(best) ? one : best))
}

function settle(layer: LayerResult, best: string, own: readonly LayerResult[]): FaultKind {
  const { elements } = layer
  const inAll = possibleOf(layer).filter(({ id }) =>
    own.every((other) => possibleOf(other).some((one) => one.id === id)),
  )
  const { name, says } = inAll.find(({ id }) => id === best)!
  const others = inAll.filter(({ id }) => id !== best).map(({ id, says }) => ({ id, says }))
  const shared = own.length === 1 ? '' : `, as in all of ${own.length} results together`
  const evidence = `all ${elements} elements are explained completely by: ${says}${shared}`
  const cause = { id: best, says, explained: elements, elements, ...(others.length > 0 ? { others } : {}) }
  return { name, evidence, cause }
}

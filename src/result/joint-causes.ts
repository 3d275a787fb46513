/** Which cause red layers share: one layer by itself may be explained by several. */
import type { Cause } from '../diff/fault-kinds.ts'
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

function explainedOf(layer: LayerResult): readonly Explained[] {
  const cause = layer.kind?.cause
  if (layer.error !== null || cause === undefined || !isComplete(cause)) return []
  const all = [cause, ...(cause.others ?? [])]
  return [{ layer, cause, says: new Map(all.map(({ id, says }) => [id, says])) }]
}

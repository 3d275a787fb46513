/** What was inferred of a dump, in sentences. */
import { formatCount } from '../../report/table.ts'
import type { LayerResult } from '../../result/result.ts'

/** Tensors that are named. */
const MOST_NAMED = 3

/** A sentence for each layout that was inferred, with how well it fits and the runner-up of its first tensor. */
export function describeInferred(layers: readonly LayerResult[]): readonly string[] {
  const groups = new Map<string, LayerResult[]>()
  for (const layer of layers)
    if (layer.dump?.inferred === true)
      groups.set(layer.dump.layout, [...(groups.get(layer.dump.layout) ?? []), layer])
  return [...groups].map(([layout, own]) => {
    const named = own.slice(0, MOST_NAMED).map(({ name }) => name)
    const more = own.length - named.length
    // The least sure of them.
    const worst = own.reduce((least, layer) => (marginOf(layer) < marginOf(least) ? layer : least))
    const { tried = 0, second = '', secondShare = 0 } = worst.dump!
    const fits = `${formatCount(worst.elements - worst.mismatches)} of ${formatCount(worst.elements)}`
    const runnerUp =
      marginOf(worst) === 0
        ? `so does ${second}, which the codes do not tell apart`
        : `the runner-up, ${second}, fits ${(100 * secondShare).toFixed(1)} %`
    return `Inferred, not stated: ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`} ${own.length === 1 ? 'fits' : 'fit'} best as ${layout}. Of ${formatCount(tried)} layouts tried on ${worst.name} it fits ${fits} elements; ${runnerUp}.`
  })
}

const marginOf = ({ elements, mismatches, dump }: LayerResult): number =>
  (elements - mismatches) / elements - (dump?.secondShare ?? 0)

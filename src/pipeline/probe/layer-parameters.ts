/** Parameters of a convolution in the place of its own, under which a module shows how it rounds. */
import { allocateCodes } from '../../golden/codes.ts'
import type { Codes, IntegerConv } from '../../golden/types.ts'
import type { OperatorConfig } from '../../operator/operator-config.ts'
import type { SentTensor } from '../../operator/types.ts'

/** What stands behind the stages: a table of Assay's that shows the index, one that is inside the module, or none. */
export type Table = 'index' | 'own' | null

/**
 * Of a normalised M of a trained network no sum of the layer is a tie. So every other channel of a module that is sent M has a power of
 * two instead; and a module that is sent its table has one in which neighbours differ.
 */
export function revealRounding(
  node: IntegerConv,
  { memories = [], load = [], inputs }: Pick<OperatorConfig, 'memories' | 'load' | 'inputs'>,
): { readonly node: IntegerConv; readonly table: Table } {
  const sent = new Set<SentTensor>([...memories, ...load, ...inputs].map(({ tensor }) => tensor))
  const sends = (tensor: SentTensor): boolean => sent.has(tensor) || sent.has('parameters')
  const { multiplier, factor, table } = node
  const own = {
    ...node,
    multiplier: sends('multiplier') ? multiplier.map(everyOther) : multiplier,
    ...(factor === undefined ? {} : { factor: sends('factor') ? factor.map(everyOther) : factor }),
  }
  if (table === null) return { node: own, table: null }
  return sent.has('table')
    ? { node: { ...own, table: indexTable(node) }, table: 'index' }
    : { node: own, table: 'own' }
}

const everyOther = (value: number, channel: number): number =>
  channel % 2 === 1 || value === 0 ? value : 2 ** Math.floor(Math.log2(value))

/** The lowest bits of its index. */
function indexTable({ requantBits, quant }: IntegerConv): Codes {
  const table = allocateCodes(2 ** requantBits, quant.bits)
  for (let index = 0; index < table.length; index++) table[index] = index % 2 ** quant.bits
  return table
}

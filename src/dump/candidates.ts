/** The layouts in which a dump of so many bytes, words or numbers may hold a tensor. */
import { ORDERS, type OutputOrder, outputOrder } from '../operator/layout.ts'
import { sizeOf, unitsOf } from './elements.ts'
import type { DumpContent, DumpLayout, DumpTensor, StatedLayout, WordsContent } from './types.ts'

/** A layout, and where elements lie in it. */
export interface Candidate {
  readonly layout: DumpLayout
  readonly order: OutputOrder
}

/** Channels of a block, and lanes of a word, that are tried. */
const BLOCKS = [2, 4, 8, 16, 32, 64]
const WIDTHS = [8, 16, 32]
/** Bytes of a header that nobody has stated. */
const MOST_HEADER = 4096

type Packing = Omit<DumpLayout, 'order' | 'offset'>

/**
 * Each layout that fits the size of the dump and what is stated of it, the plainest first. Equal ones come once. A header that nobody has
 * stated is thought of where nothing else fits the size.
 */
export function listCandidates(
  content: DumpContent,
  tensor: DumpTensor,
  stated: StatedLayout,
  where: string,
): readonly Candidate[] {
  const size = sizeOf(content)
  const packings = listPackings(content, tensor, stated)
  const orders = listOrders(tensor, stated, where)
  const fitting = (most: number): readonly Candidate[] => {
    const seen = new Set<string>()
    return packings.flatMap((packing, index) =>
      orders.flatMap((order): Candidate[] => {
        const left = size - unitsOf(content, packing, order.places)
        // Behind a stated beginning other tensors may follow.
        const offset = stated.offset ?? left
        if (left < 0 || left < offset || (stated.offset === undefined && left > most)) return []
        const key = `${order.key};${index};${offset}`
        if (seen.has(key)) return []
        seen.add(key)
        return [{ layout: { order: order.order, ...packing, offset }, order }]
      }),
    )
  }
  const plain = fitting(0)
  return plain.length === 0 && content.kind === 'bytes' ? fitting(MOST_HEADER) : plain
}

function listOrders({ sizes }: DumpTensor, { order }: StatedLayout, where: string): readonly OutputOrder[] {
  if (order !== undefined) return [outputOrder(order, sizes, where)]
  const { outputChannels } = sizes
  const blocked = BLOCKS.flatMap((by) => [
    ...[`o/${by} y x o%${by}`, `y o/${by} x o%${by}`, `o/${by} x y o%${by}`],
    // The channels of a pixel, filled up.
    ...(outputChannels % by === 0 ? [] : [`y x o/${by} o%${by}`]),
  ])
  return [...ORDERS, ...blocked].map((one) => outputOrder(one, sizes, where))
}

/** How elements may be packed. Signs are the codes' own unless stated: read the other way, no more of them could be equal. */
function listPackings(
  content: DumpContent,
  { quant, offset }: DumpTensor,
  stated: StatedLayout,
): readonly Packing[] {
  const { signed = offset > 0 } = stated
  const plain = { signed, lanes: 1, reversed: false, endian: 'little' } as const
  if (content.kind === 'values') {
    const liesIn = (low: number, codes: number): boolean =>
      content.values.every((value) => Number.isNaN(value) || (value >= low && value < low + codes))
    // As they are written; where some are no codes, perhaps their bits, written with the other sign.
    const others = [...new Set([quant.bits, 8, 16])].filter((bits) =>
      liesIn(signed ? 0 : -(2 ** (bits - 1)), 2 ** bits),
    )
    const tried = liesIn(-offset, 2 ** quant.bits) ? [] : others
    return fitting(stated.bits, [0, ...tried]).map((bits) => ({ ...plain, bits }))
  }
  if (content.kind === 'words') return listWords(content, quant.bits, plain, stated)
  const narrow = quant.bits < 8 && 8 % quant.bits === 0 ? [quant.bits] : []
  const widths = fitting(stated.bits, [...WIDTHS.filter((bits) => bits >= quant.bits), ...narrow])
  const all = widths.flatMap((bits) => {
    const least = Math.ceil(8 / bits)
    return fitting(stated.lanes, [least, ...BLOCKS.filter((lanes) => lanes > least)]).flatMap((lanes) =>
      fitting(stated.reversed, [false, true]).flatMap((reversed) =>
        fitting(stated.endian, ['little', 'big'] as const).map((endian) => ({
          ...{ signed, bits, lanes, reversed, endian },
          ...ignoreRest(stated, 8 * Math.ceil((bits * lanes) / 8)),
        })),
      ),
    )
  })
  return distinct(all)
}

/** A word is one element, or as many as fit it. */
function listWords(
  { width }: WordsContent,
  least: number,
  plain: Omit<Packing, 'bits'>,
  stated: StatedLayout,
): readonly Packing[] {
  // A sign may not reach into the rest of the word.
  const alone = plain.signed ? [width, least] : [width]
  const many = [...WIDTHS, least].filter((bits) => bits >= least && 2 * bits <= width)
  const whole = (lanes: number): number => Math.floor(width / lanes)
  const pairs = [
    ...alone.map((bits) => ({ bits, lanes: 1 })),
    ...many.map((bits) => ({ bits, lanes: whole(bits) })),
    ...(stated.lanes === undefined ? [] : [{ bits: whole(stated.lanes), lanes: stated.lanes }]),
    ...(stated.bits === undefined
      ? []
      : [1, whole(stated.bits)].map((lanes) => ({ bits: stated.bits!, lanes }))),
  ]
  const all = pairs
    .map(({ bits, lanes }) => ({ bits: stated.bits ?? bits, lanes: stated.lanes ?? lanes }))
    .filter(({ bits, lanes }) => bits >= 1 && lanes >= 1 && bits * lanes <= width)
  const own = [...new Map(all.map((pair) => [`${pair.bits} ${pair.lanes}`, pair])).values()]
  return own.flatMap((pair) =>
    fitting(stated.reversed, pair.lanes === 1 ? [false] : [false, true]).map((reversed) => ({
      ...plain,
      ...pair,
      reversed,
      ...ignoreRest(stated, width),
    })),
  )
}

/** Bits above the lanes do not count only where somebody has said how many there are of both. */
const ignoreRest = ({ bits = 0, lanes = 0 }: StatedLayout, width: number): Pick<Packing, 'ignored'> =>
  bits * lanes > 0 && bits * lanes < width ? { ignored: true } : {}

/** Those that read other elements than all before them. */
function distinct(packings: readonly Packing[]): readonly Packing[] {
  const seen = new Set<string>()
  return packings.filter((packing) => seen.size < seen.add(keyOf(packing)).size)
}

/** What bytes of a file without structure are read as. Words turned round that hold turned lanes are no words at all. */
function keyOf({ bits, lanes, reversed, endian }: Packing): string {
  const isBig = endian === 'big' && bits * lanes > 8
  if (bits < 8) return [bits, reversed || isBig ? lanes : 0, reversed, isBig].join(' ')
  const isTurned = lanes > 1 && reversed !== isBig
  return [bits, isTurned ? lanes : 1, bits > 8 && isBig].join(' ')
}

const fitting = <Value>(stated: Value | undefined, tried: readonly Value[]): readonly Value[] =>
  stated === undefined ? tried : [stated]

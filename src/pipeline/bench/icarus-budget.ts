/** This file limits what Icarus simulates, because it runs thousands of times slower than Verilator. */
import { InputError } from '../../input/input-error.ts'
import { formatSi } from '../../report/table.ts'

export type Simulator = 'verilator' | 'icarus'

/** Icarus takes one or two minutes for so many. */
export const ICARUS_MACS = 4_000_000

/** @throws InputError if Icarus would take too long for the layers. */
export function checkIcarusBudget(layers: readonly { readonly name: string; readonly macs: number }[]): void {
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0)
  if (macs <= ICARUS_MACS) return
  const small = [...layers].filter((layer) => layer.macs > 0).sort((a, b) => a.macs - b.macs)
  throw new InputError(
    `Icarus takes a minute for about 2 MMAC; these ${layers.length} layers have ${formatSi(macs)}MAC, the limit is ${formatSi(ICARUS_MACS)}MAC.`,
    '--simulator icarus',
    `Choose small ones, such as --layers ${small
      .slice(0, 3)
      .map(({ name }) => name)
      .join(',')}.`,
  )
}

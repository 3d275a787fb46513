/** Which layers a fault of the engine must turn red. */
import type { ConvInstruction, Instruction } from '../../rom/program.ts'

export const conv =
  (also: (own: ConvInstruction) => boolean | null = () => true) =>
  (instruction: Instruction): boolean | null =>
    instruction.op === 'conv' && also(instruction)

export const CONV = { where: 'conv', reds: conv() }
export const WITH_TABLE = { where: 'conv with a table', reds: conv(({ hasTable }) => hasTable) }
export const ROUNDED = {
  where: 'conv and add',
  reds: ({ op }: Instruction) => op === 'conv' || op === 'add',
}
export const WRITTEN = { where: 'all layers', reds: () => true }

/** An instruction of the detector's program as text. */
import type { Instruction, Operand } from './program.ts'

const operand = ({ base, plane, pitch }: Operand): string => `@${base}+${plane}c+${pitch}y`
const size = (blocks: number, height: number, width: number): string => `${blocks}x${height}x${width}`

/**
 * An instruction as lines of at most 80 columns: what it does, what it reads and writes (`blocks x height x width`,
 * `@base + rows per block + rows per line`), and where its constants are.
 */
export function disassemble(instruction: Instruction): readonly string[] {
  if (instruction.op === 'detect') {
    const { minCode, iouThreshold, classes, regMax, multiLabel, maxDetections, levels } = instruction
    return [
      `min=${minCode} T=${iouThreshold} classes=${classes} bins=${regMax} max=${maxDetections}${multiLabel ? ' multi-label' : ''}`,
      ...levels.map(
        ({ height, width, log2Stride, boxBase, classBase, plane, pitch }) =>
          `${height}x${width} stride ${2 ** log2Stride} box@${boxBase} class@${classBase} +${plane}c+${pitch}y`,
      ),
    ]
  }
  const from = `${size(instruction.inputBlocks, instruction.inputHeight, instruction.inputWidth)} ${operand(instruction.input)}`
  const to = `${size(instruction.outputBlocks, instruction.outputHeight, instruction.outputWidth)} ${operand(instruction.output)}`
  const walk = `${from} -> ${to}`
  switch (instruction.op) {
    case 'conv': {
      const { kernel, stride, padding, padCode, zeroPoint, weightBase, paramBase, tableBase } = instruction
      const table = instruction.hasTable ? `table@${tableBase}` : 'no table'
      return [
        `k${kernel} s${stride} p${padding}=${padCode} z=${zeroPoint} n=${instruction.requantBits} w@${weightBase} b@${paramBase} ${table}`,
        walk,
      ]
    }
    case 'add': {
      const { second, multipliers, shift, stages, inputZeroPoints, outputZeroPoint, requantBits } =
        instruction
      const [a, b] = inputZeroPoints
      const scaled =
        stages === undefined
          ? `(a-${a})*${multipliers[0]} + (b-${b})*${multipliers[1]}`
          : `(a-${a})*${stages.multipliers[0]} >> ${stages.shifts[0]} + (b-${b})*${stages.multipliers[1]} >> ${stages.shifts[1]}, *${stages.multipliers[2]}`
      return [`${scaled} >> ${shift} z=${outputZeroPoint} n=${requantBits}`, walk, `b: ${operand(second)}`]
    }
    case 'max-pool':
      return [`k${instruction.kernel} s${instruction.stride} p${instruction.padding}`, walk]
    case 'upsample':
      return [instruction.factor === 1 ? 'copy' : 'x2', walk]
  }
}

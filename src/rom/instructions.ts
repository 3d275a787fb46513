/** From nodes of the integer graph to instructions. */

import { paddingCode } from '../golden/code-range.ts'
import type { IntegerAdd, IntegerGraph, IntegerNode, NmsOptions } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { carriedZero } from './graph-arithmetic.ts'
import type { Laid } from './lay-roms.ts'
import type { EngineParameters } from './parameters.ts'
import { unitShift } from './params.ts'
import type { Placement } from './placement.ts'
import type { AddInstruction, DetectInstruction, Instruction, Operand } from './program.ts'

export const operandOf = ({ base, plane, pitch }: Placement): Operand => ({ base, plane, pitch })

/** Operands and sizes of an instruction that reads one tensor and writes another. */
export function makeWalk(input: Placement, output: Placement) {
  return {
    input: operandOf(input),
    inputWidth: input.width,
    inputHeight: input.height,
    inputBlocks: input.blocks,
    output: operandOf(output),
    outputWidth: output.width,
    outputHeight: output.height,
    outputBlocks: output.blocks,
  }
}

/** The instruction of a node. */
export function makeInstruction(
  node: IntegerNode,
  placements: ReadonlyMap<string, Placement>,
  nodes: ReadonlyMap<string, IntegerNode>,
  laid: Laid,
): Instruction {
  const output = placements.get(node.name)!
  const { profile } = laid.arithmetic
  switch (node.op) {
    case 'conv': {
      const input = placements.get(node.inputs[0])!
      const { lanes, weightBase, paramBase, tableBase } = laid.convs.get(node.name)!
      return {
        op: 'conv',
        ...makeWalk(input, output),
        kernel: lanes.kernel,
        stride: input.spaceToDepth ? 1 : node.stride,
        padding: node.padding,
        padCode: paddingCode(profile, nodes.get(node.inputs[0])!.quant),
        zeroPoint: carriedZero(profile, profile.requantise, {
          zeroPoint: node.requantZeroPoint,
          bits: node.requantBits,
        }),
        weightBase,
        paramBase,
        tableBase,
        hasTable: node.table !== null,
        requantBits: node.requantBits,
      }
    }
    case 'add': {
      const [a, b] = node.inputs
      return {
        op: 'add',
        ...makeWalk(placements.get(a)!, output),
        second: operandOf(placements.get(b)!),
        multipliers: node.multipliers,
        ...addShifts(node, laid),
        inputZeroPoints: [nodes.get(a)!.quant.zeroPoint, nodes.get(b)!.quant.zeroPoint],
        outputZeroPoint: carriedZero(
          profile,
          profile.add.form === 'stages' ? profile.add.sum : [],
          node.quant,
        ),
        requantBits: node.quant.bits,
      }
    }
    case 'max-pool':
      return {
        op: 'max-pool',
        ...makeWalk(placements.get(node.inputs[0])!, output),
        kernel: node.kernel,
        stride: 1,
        padding: node.kernel >> 1,
      }
    case 'upsample':
      return { op: 'upsample', factor: 2, ...makeWalk(placements.get(node.inputs[0])!, output) }
    case 'input':
    case 'slice':
    case 'concat':
      throw new Error(`${node.op} has no instruction`)
  }
}

/** s of the sum, and what `assay` has no more of. */
function addShifts(node: IntegerAdd, { arithmetic }: Laid): Pick<AddInstruction, 'shift' | 'stages'> {
  const { words, units } = arithmetic
  if (words.add === 0) return { shift: node.shift }
  const { Staged, LeftShift, MultiplierBits, SumScales } = units.add
  const unit = { LeftShift, MostShift: units.add.MostShift }
  const [a, b] = MultiplierBits > 0 ? node.multipliers : [0, 0]
  const [left, right] = Staged === 1 ? node.stages!.shifts : [0, 0]
  return {
    shift: Staged === 1 && SumScales === 0 ? 0 : unitShift({ ...unit, LeftShift: 0 }, node.shift),
    stages: {
      multipliers: [a, b, SumScales === 1 && MultiplierBits > 0 ? node.stages!.multiplier : 0],
      shifts: [unitShift(unit, left), unitShift(unit, right)],
    },
  }
}

export function makeDetectInstruction(
  graph: IntegerGraph,
  placements: ReadonlyMap<string, Placement>,
  nms: NmsOptions,
  engine: EngineParameters,
): DetectInstruction {
  if (nms.capacity !== engine.capacity)
    throw new InputError(
      `q_NMS has capacity ${nms.capacity}, the engine ${engine.capacity}`,
      'engine parameters',
    )
  return {
    op: 'detect',
    minCode: nms.minCode,
    iouThreshold: nms.iouThreshold,
    classes: graph.detect.classes.length,
    regMax: graph.detect.regMax,
    multiLabel: nms.multiLabel,
    maxDetections: nms.maxDetections,
    levels: graph.detect.levels.map((level) => {
      const box = placements.get(level.box)!
      const cls = placements.get(level.cls)!
      const { plane, pitch, width, height } = box
      return {
        boxBase: box.base,
        classBase: cls.base,
        plane,
        pitch,
        width,
        height,
        log2Stride: Math.log2(level.stride),
      }
    }),
  }
}

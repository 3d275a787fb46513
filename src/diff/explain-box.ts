/** A-8 and A-9 for one box that q_NMS kept: from its logit codes to its corners, class and score. */
import { boxOffset, codeOffset, profileOf } from '../golden/code-range.ts'
import { bestClass } from '../golden/head-rules.ts'
import type { Codes, IntegerBox, IntegerGraph, IntegerHead, QuantParams } from '../golden/types.ts'
import type { Cell, Explanation, ResultStep } from './explain-types.ts'

const SIDES = ['left', 'top', 'right', 'bottom'] as const

/** @throws RangeError if the graph has no integer head, or the anchor is beyond its last one. */
export function explainBox(
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  box: IntegerBox,
): Explanation {
  const { head, detect } = graph
  if (head === null) throw new RangeError('the graph has no integer head')
  const { level, shape, y, x } = findAnchor(graph, box.anchor)
  const [, height, width] = shape
  const quantOf = (name: string) => graph.nodes.find((node) => node.name === name)!.quant
  const logitsOf = (name: string, first: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => tensors.get(name)![((first + i) * height + y) * width + x]!)
  const offset = boxOffset(graph)
  const sides = SIDES.map((name, side) => {
    const codes = logitsOf(level.box, side * detect.regMax, detect.regMax)
    const quant = quantOf(level.box)
    const above = codeOffset(profileOf(graph), quant.bits)
    const sums = sumBins(name, codes, head.expTable, quant, above)
    return { rows: sums.rows, result: placeSide(side, sums, level.stride, side % 2 === 0 ? x : y) }
  })
  const classCodes = logitsOf(level.cls, 0, detect.classes.length)
  const best = bestClass(classCodes)
  const code = classCodes[box.classIndex]!
  const score = head.sigmoidTable[code]!
  return {
    layer: detect.name,
    op: 'detect',
    clauses: 'A-8, A-9',
    at: { channel: box.classIndex, y, x },
    columns: ['side', 'bin', 'code', 'index', 'exp', 'bin_exp', 'den', 'num', 'real_code'],
    rows: sides.flatMap(({ rows }) => rows),
    result: [
      ...sides.flatMap(({ result }) => result),
      {
        name: 'class',
        formula: `${box.classIndex === best ? 'largest logit of all classes' : `offered; the largest is ${best}`}: ${detect.classes[box.classIndex]}`,
        value: box.classIndex,
        real: null,
      },
      {
        name: 'logit',
        formula: `${level.cls}[${box.classIndex},${y},${x}]`,
        value: code - offset,
        real: realOf(code, quantOf(level.cls)),
      },
      { name: 'score', formula: `sigmoid table[${code - offset}]`, value: score, real: score / 65536 },
    ],
    output: { code: code - offset, real: score / 65536 },
  }
}

interface SideSums {
  readonly rows: readonly Cell[][]
  readonly den: number
  readonly num: number
}

/** A-8: the weights of one side's bins, and their sums. */
function sumBins(
  name: string,
  codes: readonly number[],
  expTable: IntegerHead['expTable'],
  quant: QuantParams,
  offset: number,
): SideSums {
  const largest = Math.max(...codes)
  let [den, num] = [0, 0]
  const rows = codes.map((code, bin): Cell[] => {
    const e = expTable[largest - code]!
    den += e
    num += bin * e
    return [name, bin, code - offset, largest - code, e, bin * e, den, num, realOf(code, quant)]
  })
  return { rows, den, num }
}

/** A-8: the distance of one side from the cell's centre, and the corner that it gives. */
function placeSide(
  side: number,
  { den, num }: SideSums,
  stride: number,
  cell: number,
): readonly ResultStep[] {
  const half = Math.floor(den / 2)
  const distance = Math.floor((num * stride * 16 + half) / den)
  const centre = (2 * cell + 1) * stride * 8
  const corner = side < 2 ? centre - distance : centre + distance
  return [
    {
      name: SIDES[side]!,
      formula: `floor((${num} * ${stride} * 16 + ${half}) / ${den})`,
      value: distance,
      real: distance / 16,
    },
    {
      name: ['x0', 'y0', 'x1', 'y1'][side]!,
      formula: `${centre} ${side < 2 ? '-' : '+'} ${distance}`,
      value: corner,
      real: corner / 16,
    },
  ]
}

const realOf = (code: number, { scale, zeroPoint }: QuantParams): number => scale * (code - zeroPoint)

function findAnchor(graph: IntegerGraph, anchor: number) {
  let first = 0
  for (const level of graph.detect.levels) {
    const { shape } = graph.nodes.find((node) => node.name === level.box)!
    const cells = shape[1] * shape[2]
    if (anchor < first + cells) {
      const cell = anchor - first
      return { level, shape, y: Math.floor(cell / shape[2]), x: cell % shape[2] }
    }
    first += cells
  }
  throw new RangeError(`anchor ${anchor} is beyond the last one, ${first - 1}`)
}

/** A-8 and A-9 for one box that q_NMS kept: from its logit codes to its corners, class and score. */
import { bestClass } from '../golden/head-spec.ts'
import type { Codes, IntegerBox, IntegerGraph } from '../golden/types.ts'
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
  const boxQuant = quantOf(level.box)
  const logit = (name: string, channel: number): number =>
    tensors.get(name)![(channel * height + y) * width + x]!
  const rows: Cell[][] = []
  const result: ResultStep[] = []
  SIDES.forEach((name, side) => {
    const codes = Array.from({ length: detect.regMax }, (_, bin) =>
      logit(level.box, side * detect.regMax + bin),
    )
    const largest = Math.max(...codes)
    let [den, num] = [0, 0]
    codes.forEach((code, bin) => {
      const e = head.expTable[largest - code]!
      den += e
      num += bin * e
      const real = boxQuant.scale * (code - boxQuant.zeroPoint)
      rows.push([name, bin, code, largest - code, e, bin * e, den, num, real])
    })
    const scaled = num * level.stride * 16
    const distance = Math.floor((scaled + Math.floor(den / 2)) / den)
    const centre = (2 * (side % 2 === 0 ? x : y) + 1) * level.stride * 8
    const corner = side < 2 ? centre - distance : centre + distance
    result.push(
      {
        name,
        formula: `floor((${num} * ${level.stride} * 16 + ${Math.floor(den / 2)}) / ${den})`,
        value: distance,
        real: distance / 16,
      },
      {
        name: ['x0', 'y0', 'x1', 'y1'][side]!,
        formula: `${centre} ${side < 2 ? '-' : '+'} ${distance}`,
        value: corner,
        real: corner / 16,
      },
    )
  })
  const classCodes = Array.from({ length: detect.classes.length }, (_, c) => logit(level.cls, c))
  const best = bestClass(classCodes)
  const code = classCodes[box.classIndex]!
  const score = head.sigmoidTable[code]!
  const classQuant = quantOf(level.cls)
  result.push(
    {
      name: 'class',
      formula: `${box.classIndex === best ? 'largest logit of all classes' : `offered; the largest is ${best}`}: ${detect.classes[box.classIndex]}`,
      value: box.classIndex,
      real: null,
    },
    {
      name: 'logit',
      formula: `${level.cls}[${box.classIndex},${y},${x}]`,
      value: code,
      real: classQuant.scale * (code - classQuant.zeroPoint),
    },
    { name: 'score', formula: `sigmoid table[${code}]`, value: score, real: score / 65536 },
  )
  return {
    layer: detect.name,
    op: 'detect',
    clauses: 'A-8, A-9',
    at: { channel: box.classIndex, y, x },
    columns: ['side', 'bin', 'code', 'index', 'exp', 'bin_exp', 'den', 'num', 'real_code'],
    rows,
    result,
    output: { code, real: score / 65536 },
  }
}

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

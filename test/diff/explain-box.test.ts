/** One box worked out by hand from its logit codes: two bins a side, two levels, tables of small numbers. */
import { describe, expect, test } from 'vitest'
import { explainBox } from '../../src/diff/explain-box.ts'
import type { Codes, IntegerBox, IntegerGraph } from '../../src/golden/types.ts'

const quant = { scale: 0.5, zeroPoint: 2, bits: 4 }
const input = (name: string, shape: readonly [number, number, number], own = {}) => ({
  ...{ op: 'input' as const, name, shape },
  quant: { ...quant, ...own },
})
/** Level 0 has 2x3 cells, level 1 has 1x2; 8 box channels, 3 classes. */
const graph: IntegerGraph = {
  nodes: [
    input('box0', [8, 2, 3]),
    input('cls0', [3, 2, 3], { scale: 0.25, zeroPoint: 5 }),
    input('box1', [8, 1, 2]),
    input('cls1', [3, 1, 2], { scale: 0.25, zeroPoint: 5 }),
  ],
  detect: {
    name: 'head',
    levels: [
      { stride: 8, box: 'box0', cls: 'cls0' },
      { stride: 16, box: 'box1', cls: 'cls1' },
    ],
    regMax: 2,
    classes: ['cat', 'dog', 'cow'],
  },
  head: {
    expTable: Uint16Array.of(100, 50, 25, 10, 5, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    sigmoidTable: Uint16Array.from({ length: 16 }, (_, code) => code * 4096),
  },
  aliases: new Map(),
  ...{ weightBits: 8, activationBits: 4 },
}
/** Only the cell asked for has the codes: bins of the left, top, right and bottom, then classes. */
const place = (channels: number, cells: number, cell: number, codes: readonly number[]): Codes => {
  const tensor = new Uint8Array(channels * cells).fill(15)
  codes.forEach((code, channel) => {
    tensor[channel * cells + cell] = code
  })
  return tensor
}
const BINS = [4, 5, 6, 6, 7, 4, 3, 9]
const tensorsAt = (level: number, cell: number, classes: readonly number[]) => {
  const cells = level === 0 ? 6 : 2
  return new Map([
    ...[0, 1].flatMap((other) => [
      [`box${other}`, new Uint8Array(48)] as const,
      [`cls${other}`, new Uint8Array(18)] as const,
    ]),
    [`box${level}`, place(8, cells, cell, BINS)],
    [`cls${level}`, place(3, cells, cell, classes)],
  ])
}
const box = (anchor: number, classIndex: number): IntegerBox => ({
  ...{ x0: 0, y0: 0, x1: 0, y1: 0, code: 0, score: 0 },
  ...{ anchor, classIndex },
})

describe('a box of the first level', () => {
  // Anchor 5 is the last of 2x3 cells: y 1, x 2; its centre is (2 * 2 + 1) * 64 = 320 and (2 * 1 + 1) * 64 = 192 sixteenths.
  const explain = () => explainBox(graph, tensorsAt(0, 5, [9, 3, 8]), box(5, 0))

  test('bin by bin: how far below the largest, its weight, the sums, and what the code stands for', () => {
    const { columns, rows } = explain()
    expect(columns).toEqual(['side', 'bin', 'code', 'index', 'exp', 'bin_exp', 'den', 'num', 'real_code'])
    expect(rows).toEqual([
      ['left', 0, 4, 1, 50, 0, 50, 0, 1],
      ['left', 1, 5, 0, 100, 100, 150, 100, 1.5],
      ['top', 0, 6, 0, 100, 0, 100, 0, 2],
      ['top', 1, 6, 0, 100, 100, 200, 100, 2],
      ['right', 0, 7, 0, 100, 0, 100, 0, 2.5],
      ['right', 1, 4, 3, 10, 10, 110, 10, 1],
      ['bottom', 0, 3, 6, 1, 0, 1, 0, 0.5],
      ['bottom', 1, 9, 0, 100, 100, 101, 100, 3.5],
    ])
  })

  test('corners, class and score', () => {
    // 12800 / 150 = 85.3; 12800 / 200 = 64; 1280 / 110 = 11.6; 12800 / 101 = 126.7; all rounded half up.
    const { layer, op, clauses, at, output, result } = explain()
    expect(result).toEqual([
      { name: 'left', formula: 'floor((100 * 8 * 16 + 75) / 150)', value: 85, real: 85 / 16 },
      { name: 'x0', formula: '320 - 85', value: 235, real: 235 / 16 },
      { name: 'top', formula: 'floor((100 * 8 * 16 + 100) / 200)', value: 64, real: 4 },
      { name: 'y0', formula: '192 - 64', value: 128, real: 8 },
      { name: 'right', formula: 'floor((10 * 8 * 16 + 55) / 110)', value: 12, real: 0.75 },
      { name: 'x1', formula: '320 + 12', value: 332, real: 20.75 },
      { name: 'bottom', formula: 'floor((100 * 8 * 16 + 50) / 101)', value: 127, real: 127 / 16 },
      { name: 'y1', formula: '192 + 127', value: 319, real: 319 / 16 },
      { name: 'class', formula: 'largest logit of all classes: cat', value: 0, real: null },
      { name: 'logit', formula: 'cls0[0,1,2]', value: 9, real: 1 },
      { name: 'score', formula: 'sigmoid table[9]', value: 36864, real: 0.5625 },
    ])
    expect({ layer, op, clauses, at, output }).toEqual({
      ...{ layer: 'head', op: 'detect', clauses: 'A-8, A-9' },
      at: { channel: 0, y: 1, x: 2 },
      output: { code: 9, real: 0.5625 },
    })
  })

  test('of a class that is not the best: the best is named', () => {
    const second = explainBox(graph, tensorsAt(0, 5, [9, 3, 8]), box(5, 2))
    expect(second.result.slice(8)).toEqual([
      { name: 'class', formula: 'offered; the largest is 0: cow', value: 2, real: null },
      { name: 'logit', formula: 'cls0[2,1,2]', value: 8, real: 0.75 },
      { name: 'score', formula: 'sigmoid table[8]', value: 32768, real: 0.5 },
    ])
  })
})

describe('which cell an anchor is', () => {
  test.each([
    { anchor: 0, level: 0, cell: 0, x0: 64 - 85, y0: 64 - 64 },
    { anchor: 4, level: 0, cell: 4, x0: 192 - 85, y0: 192 - 64 },
    // Stride 16: (2 * 0 + 1) * 128 less twice the distance.
    { anchor: 6, level: 1, cell: 0, x0: 128 - 171, y0: 128 - 128 },
    { anchor: 7, level: 1, cell: 1, x0: 384 - 171, y0: 128 - 128 },
  ])('$anchor', ({ anchor, level, cell, x0, y0 }) => {
    const { result } = explainBox(graph, tensorsAt(level, cell, [0, 0, 1]), box(anchor, 2))
    expect([result[1], result[3]]).toMatchObject([
      { name: 'x0', value: x0 },
      { name: 'y0', value: y0 },
    ])
  })

  test('one beyond the last, and a graph without a head, are refused', () => {
    const tensors = tensorsAt(0, 0, [1, 0, 0])
    expect(() => explainBox(graph, tensors, box(8, 0))).toThrow('anchor 8 is beyond the last one, 7')
    expect(() => explainBox({ ...graph, head: null }, tensors, box(0, 0))).toThrow('no integer head')
  })
})

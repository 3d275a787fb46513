import { describe, expect, test } from 'vitest'
import { detectGeometry } from '../../src/golden/head-geometry.ts'
import { codeThreshold, iouToThreshold, makeHeadTables } from '../../src/golden/head-tables.ts'

const box = { scale: 0.0625, zeroPoint: 128, bits: 8 }
const classes = { scale: 0.05, zeroPoint: 240, bits: 8 }
const head = makeHeadTables(box, classes)

describe('makeHeadTables', () => {
  test('E begins at 65535, falls, and is within half a unit of the exponential (A-8)', () => {
    expect(head.expTable).toHaveLength(256)
    expect(head.expTable[0]).toBe(65535)
    head.expTable.forEach((e, d) => {
      // e^(-d/16) by repeated multiplication: another way than the table's own exponential.
      const exact = 65535 / Math.E ** (d / 16)
      expect(Math.abs(e - exact)).toBeLessThanOrEqual(0.5 + 1e-6)
      if (d > 0) expect(e).toBeLessThanOrEqual(head.expTable[d - 1]!)
    })
  })

  test('scores rise, are 1/2 at the zero point and stay below 1 (A-9)', () => {
    expect(head.sigmoidTable[240]).toBe(32768)
    head.sigmoidTable.forEach((score, code) => {
      const logit = 0.05 * (code - 240)
      expect(Math.abs(score - 65536 * (0.5 + 0.5 * Math.tanh(logit / 2)))).toBeLessThanOrEqual(0.5 + 1e-6)
      if (code > 0) expect(score).toBeGreaterThanOrEqual(head.sigmoidTable[code - 1]!)
    })
    const steep = makeHeadTables(box, { scale: 1, zeroPoint: 100, bits: 8 })
    expect(steep.sigmoidTable[255]).toBe(65535)
    expect(steep.sigmoidTable[0]).toBe(0)
  })

  test('takes the widths of its tensors', () => {
    const narrow = makeHeadTables({ ...box, bits: 4 }, { ...classes, zeroPoint: 8, bits: 5 })
    expect([narrow.expTable.length, narrow.sigmoidTable.length]).toEqual([16, 32])
  })

  test('refuses a scale that is no scale', () => {
    expect(() => makeHeadTables({ ...box, scale: 0 }, classes)).toThrow(
      'positive scale for the box logits, got 0',
    )
  })
})

describe('codeThreshold', () => {
  test.each([0, 0.001, 0.01, 0.25, 0.49, 0.5, 0.6])('is the smallest code above %d', (confidence) => {
    const code = codeThreshold(head, confidence)
    expect(head.sigmoidTable[code]! / 65536).toBeGreaterThan(confidence)
    if (code > 0) expect(head.sigmoidTable[code - 1]! / 65536).toBeLessThanOrEqual(confidence)
  })

  test('is 2^A where no score is above', () => {
    expect(codeThreshold(head, 1)).toBe(256)
  })

  test('refuses percentages', () => {
    expect(() => codeThreshold(head, 25)).toThrow('Expected a confidence from 0 to 1, got 25.')
  })
})

test('iouToThreshold rounds to 1024ths', () => {
  expect([0, 0.45, 0.7, 1].map(iouToThreshold)).toEqual([0, 461, 717, 1024])
})

test('detectGeometry reads the grids from the shapes', () => {
  const quant = { scale: 1, zeroPoint: 0, bits: 8 }
  const input = (name: string, shape: [number, number, number]) =>
    ({ op: 'input', name, shape, quant }) as const
  const detect = {
    name: 'model.22',
    levels: [{ stride: 8, box: 'b', cls: 'c' }],
    regMax: 16,
    classes: ['cat', 'dog'],
  }
  expect(detectGeometry({ nodes: [input('b', [64, 5, 7]), input('c', [2, 5, 7])], detect })).toEqual({
    regMax: 16,
    classes: 2,
    levels: [{ stride: 8, height: 5, width: 7 }],
  })
  expect(() => detectGeometry({ nodes: [input('b', [64, 5, 7])], detect })).toThrow(
    'reads c, which is no tensor',
  )
  expect(() => detectGeometry({ nodes: [input('b', [32, 5, 7])], detect })).toThrow(
    'Expected 64 channels in b',
  )
})

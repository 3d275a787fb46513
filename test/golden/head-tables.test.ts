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
      expect(e).toBeLessThanOrEqual(head.expTable[Math.max(0, d - 1)]!)
    })
  })

  test('scores rise, are 1/2 at the zero point and stay below 1 (A-9)', () => {
    expect(head.sigmoidTable[240]).toBe(32768)
    head.sigmoidTable.forEach((score, code) => {
      const logit = 0.05 * (code - 240)
      expect(Math.abs(score - 65536 * (0.5 + 0.5 * Math.tanh(logit / 2)))).toBeLessThanOrEqual(0.5 + 1e-6)
      expect(score).toBeGreaterThanOrEqual(head.sigmoidTable[Math.max(0, code - 1)]!)
    })
    const steep = makeHeadTables(box, { scale: 1, zeroPoint: 100, bits: 8 })
    expect(steep.sigmoidTable[255]).toBe(65535)
    expect(steep.sigmoidTable[0]).toBe(0)
  })

  test('takes the widths of its tensors', () => {
    const narrow = makeHeadTables({ ...box, bits: 4 }, { ...classes, zeroPoint: 8, bits: 5 })
    expect([narrow.expTable.length, narrow.sigmoidTable.length]).toEqual([16, 32])
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which is no scale', (scale) => {
    const says = (what: string) =>
      new RangeError(
        `Expected a positive scale for the ${what} logits, got ${scale}; calibrate the model again.`,
      )
    expect(() => makeHeadTables({ ...box, scale }, classes)).toThrow(says('box'))
    expect(() => makeHeadTables(box, { ...classes, scale })).toThrow(says('class'))
  })

  test('takes 1 to 16 bits', () => {
    for (const bits of [0, 17, 1.5]) {
      const says = (what: string) =>
        new RangeError(`Expected 1 to 16 bits for the ${what} logits, got ${bits}.`)
      expect(() => makeHeadTables({ ...box, bits }, classes)).toThrow(says('box'))
      expect(() => makeHeadTables(box, { ...classes, bits })).toThrow(says('class'))
    }
    const { expTable, sigmoidTable } = makeHeadTables(
      { ...box, bits: 16 },
      { ...classes, zeroPoint: 0, bits: 1 },
    )
    expect([expTable.length, sigmoidTable.length]).toEqual([65536, 2])
  })

  test('worked by hand: exponentials of -ln 2 a step, a logit of ln 3 a step', () => {
    const steep = makeHeadTables(
      { scale: Math.LN2, zeroPoint: 1, bits: 2 },
      { scale: Math.log(3), zeroPoint: 1, bits: 2 },
    )
    // 65535 / 2 = 32767.5, / 4 = 16383.75, / 8 = 8191.875
    expect([...steep.expTable.subarray(2), steep.expTable[0]]).toEqual([16384, 8192, 65535])
    // 1/4, 1/2, 3/4, 9/10: 58982.4
    expect([...steep.sigmoidTable]).toEqual([16384, 32768, 49152, 58982])
  })
})

describe('codeThreshold', () => {
  test.each([0, 0.001, 0.01, 0.25, 0.49, 0.5, 0.6])('is the smallest code above %d', (confidence) => {
    const code = codeThreshold(head, confidence)
    expect(head.sigmoidTable[code]! / 65536).toBeGreaterThan(confidence)
    // Below the lowest code there is no score.
    expect((head.sigmoidTable[code - 1] ?? 0) / 65536).toBeLessThanOrEqual(confidence)
  })

  test('is 2^A where no score is above', () => {
    expect(codeThreshold(head, 1)).toBe(256)
  })

  test('is 0 where every score is above', () => {
    expect(codeThreshold({ ...head, sigmoidTable: Uint16Array.of(3, 4) }, 0)).toBe(0)
    // 2 / 65536 is exactly it: above is what follows.
    expect(codeThreshold({ ...head, sigmoidTable: Uint16Array.of(1, 2, 3) }, 2 / 65536)).toBe(2)
  })

  test.each([25, 1.001, -0.001, Number.NaN])('refuses a confidence of %d', (confidence) => {
    expect(() => codeThreshold(head, confidence)).toThrow(
      new RangeError(`Expected a confidence from 0 to 1, got ${confidence}.`),
    )
  })
})

test('iouToThreshold rounds to 1024ths', () => {
  expect([0, 0.45, 0.7, 1].map(iouToThreshold)).toEqual([0, 461, 717, 1024])
})

test.each([45, 1.001, -0.001, Number.NaN])('iouToThreshold refuses %d', (iou) => {
  expect(() => iouToThreshold(iou)).toThrow(
    new RangeError(`Expected an IoU threshold from 0 to 1, got ${iou}.`),
  )
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
    'reads c, which is not a tensor',
  )
  expect(() => detectGeometry({ nodes: [input('b', [32, 5, 7])], detect })).toThrow(
    'Expected 64 channels in b',
  )
  for (const shape of [
    [2, 5, 8],
    [2, 6, 7],
    [2, 6, 8],
  ] as const)
    expect(() => detectGeometry({ nodes: [input('b', [64, 5, 7]), input('c', [...shape])], detect })).toThrow(
      `Expected one grid for b and c, got 5,7 and ${shape[1]},${shape[2]}.`,
    )
})

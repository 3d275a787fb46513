/** What the RTL takes, at both ends of every range (docs/detector.md, "Parameters"). */
import { expect, test } from 'vitest'
import {
  banks,
  checkEngine,
  checkInputSize,
  DEFAULT_ENGINE,
  type EngineParameters,
} from '../../src/rom/parameters.ts'

test.each<Partial<EngineParameters>>([
  {},
  { inputLanes: 1, outputLanes: 1 },
  { inputLanes: 32, outputLanes: 32 },
  { inputLanes: 8, outputLanes: 24 },
  { pixels: 1 },
  { pixels: 2 },
  { pixels: 8 },
  { pixels: 16 },
  { weightBits: 2 },
  { activationBits: 4, tableBits: 4 },
  { tableBits: 12 },
])('%o is taken', (part) => {
  expect(() => checkEngine({ ...DEFAULT_ENGINE, ...part })).not.toThrow()
})

test.each<{ part: Partial<EngineParameters>; message: string }>([
  { part: { inputLanes: 0 }, message: 'PI must be 1 to 32, got 0' },
  { part: { inputLanes: 33, outputLanes: 33 }, message: 'PI must be 1 to 32, got 33' },
  { part: { inputLanes: 1.5, outputLanes: 3 }, message: 'PI must be 1 to 32, got 1.5' },
  { part: { outputLanes: 0 }, message: 'PO must be a multiple of PI (16), got 0' },
  { part: { outputLanes: -16 }, message: 'PO must be a multiple of PI (16), got -16' },
  { part: { outputLanes: 8 }, message: 'PO must be a multiple of PI (16), got 8' },
  { part: { outputLanes: 24 }, message: 'PO must be a multiple of PI (16), got 24' },
  { part: { outputLanes: Number.NaN }, message: 'PO must be a multiple of PI (16), got NaN' },
  { part: { pixels: 0 }, message: 'PX must be 1, 2, 4, 8 or 16, got 0' },
  { part: { pixels: 0.5 }, message: 'PX must be 1, 2, 4, 8 or 16, got 0.5' },
  { part: { pixels: 3 }, message: 'PX must be 1, 2, 4, 8 or 16, got 3' },
  { part: { pixels: 32 }, message: 'PX must be 1, 2, 4, 8 or 16, got 32' },
  { part: { weightBits: 1 }, message: 'the RTL takes weights of 2 to 8 bits, got 1' },
  { part: { weightBits: 9 }, message: 'the RTL takes weights of 2 to 8 bits, got 9' },
  { part: { activationBits: 3 }, message: 'the RTL takes activations of 4 to 8 bits, got 3' },
  { part: { activationBits: 9, tableBits: 9 }, message: 'the RTL takes activations of 4 to 8 bits, got 9' },
  { part: { capacity: 0 }, message: 'Capacity must be 1 to 65535, got 0' },
  { part: { capacity: 65_536 }, message: 'Capacity must be 1 to 65535, got 65536' },
  { part: { maxDetections: 0 }, message: 'MaxDetections must be 1 to 65535, got 0' },
  { part: { tableBits: 7 }, message: "the activation table's index must have 8 to 12 bits, got 7" },
  { part: { tableBits: 13 }, message: "the activation table's index must have 8 to 12 bits, got 13" },
])('$part is refused: $message', ({ part, message }) => {
  expect(() => checkEngine({ ...DEFAULT_ENGINE, ...part })).toThrow(message)
})

test('an input of 1568 pixels a side is taken, of more refused, whichever side it is', () => {
  expect(() => checkInputSize(1568, 1568)).not.toThrow()
  expect(() => checkInputSize(1569, 32)).toThrow('the input is 1569x32 (height x width)')
  expect(() => checkInputSize(32, 1569)).toThrow('the input is 32x1569 (height x width)')
})

test('the defaults are those of docs/detector.md', () => {
  expect(DEFAULT_ENGINE).toEqual({
    ...{ inputLanes: 16, outputLanes: 16, pixels: 4, weightBits: 8, activationBits: 8, tableBits: 8 },
    ...{ capacity: 1024, maxDetections: 300 },
  })
})

test('the feature memory has two banks a pixel', () => {
  expect(banks({ ...DEFAULT_ENGINE, pixels: 8 })).toBe(16)
})

import { describe, expect, test } from 'vitest'
import { checkLayerName, checkLayerNames, chooseLayers, parseLayers } from '../../../src/cli/model/layers.ts'

const names = [
  'model.0',
  'model.1',
  'model.2.cv1',
  'model.2.cv2',
  'model.9.m@1',
  'model.22.cv2.0.0',
  'model.22.cv2.0.2',
]

test('a name that is not there is answered with the option that gave it, and with layers', () => {
  const all = ['images', ...names]
  expect(() => checkLayerNames(all, parseLayers('nope'))).toThrow(
    '--layers: no layer nope to simulate. The first is model.0,',
  )
  expect(() => checkLayerName(all, 'nope')).toThrow(
    '--layer: no layer nope. The first is model.0, the last model.22.cv2.0.2.',
  )
  expect(() => checkLayerName(all, 'model.22')).not.toThrow()
})

describe('--layers', () => {
  test.each([
    { selection: undefined, chosen: [0, 1, 2, 3, 4, 5, 6] },
    { selection: 'model.1', chosen: [1] },
    { selection: 'model.2', chosen: [2, 3] },
    { selection: 'model.9.m', chosen: [4] },
    { selection: 'model.0..model.2', chosen: [0, 1, 2, 3] },
    { selection: 'model.2.cv2..model.22', chosen: [3, 4, 5, 6] },
    { selection: 'model.22.cv2.0.2, model.0', chosen: [0, 6] },
  ])('$selection', ({ selection, chosen }) => {
    expect(chooseLayers(names, selection === undefined ? undefined : parseLayers(selection))).toEqual(chosen)
  })

  test.each([
    { selection: 'model.7', message: /no layer model\.7/ },
    { selection: 'cv2', message: /There is model\.2\.cv2/ },
    { selection: 'model.2..', message: /expected a layer or a range/ },
    { selection: '', message: /expected a layer or a range/ },
    { selection: 'model.2..model.0', message: /model\.0 comes before model\.2/ },
  ])('refused: "$selection"', ({ selection, message }) => {
    expect(() => chooseLayers(names, parseLayers(selection))).toThrow(message)
  })
})

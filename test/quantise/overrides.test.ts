import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { loadModel } from '../../src/pipeline/model/prepare.ts'
import { parseOverrides, resolveOverrides } from '../../src/quantise/overrides.ts'
import { DEFAULT_MODEL } from '../pipeline/shared-data.ts'

const { graph } = await loadModel(DEFAULT_MODEL, {}, silent)
const resolve = (json: unknown) => resolveOverrides(graph, parseOverrides(json, 'o.json'), 'o.json')

describe('overrides', () => {
  test('weight bits and observers find their layers, by name or alias', () => {
    const { layerWeightBits, observers } = resolve({
      'model.0': { weightBits: 8, observer: 'max' },
      'model.2': { weightBits: 6 },
    })
    expect([...layerWeightBits]).toEqual([
      ['model.0', 8],
      ['model.2.cv2', 6],
    ])
    expect([...observers]).toEqual([
      ['model.0.conv', 'max'],
      ['model.0', 'max'],
    ])
  })

  test('the order of a file does not matter', () => {
    const a = parseOverrides({ 'model.0': { weightBits: 4 }, 'model.1': { weightBits: 5 } }, '')
    const b = parseOverrides({ 'model.1': { weightBits: 5 }, 'model.0': { weightBits: 4 } }, '')
    expect(JSON.stringify(a)).toBe(JSON.stringify(b))
  })

  test.each([
    { because: 'no such layer', json: { 'model.77': {} }, says: 'the model has no layer model.77' },
    {
      because: 'a typing error',
      json: { 'model.2.cv9': {} },
      says: 'Near it: model.2.cv1',
    },
    { because: 'the image has no layer', json: { images: { observer: 'max' } }, says: 'no layer images' },
    {
      because: 'an add has no weights',
      json: { 'model.2.m.0': { weightBits: 4 } },
      says: 'model.2.m.0 has no weights',
    },
    { because: 'bits out of range', json: { 'model.0': { weightBits: 9 } }, says: 'expected 2 to 8' },
    { because: 'half a bit', json: { 'model.0': { weightBits: 4.5 } }, says: 'expected 2 to 8' },
    {
      because: 'unknown observer',
      json: { 'model.0': { observer: 'median' } },
      says: 'expected one of max, percentile, mse, entropy, got median',
    },
    { because: 'unknown setting', json: { 'model.0': { bits: 4 } }, says: 'unknown setting bits' },
    { because: 'a list', json: ['model.0'], says: 'expected an object of layers' },
    {
      because: 'two observers for one scale',
      json: { 'model.2.cv1': { observer: 'max' }, 'model.2.m.0': { observer: 'mse' } },
      says: 'model.2.cv1 and model.2.m.0 share one scale',
    },
  ])('$because', ({ json, says }) => {
    expect(() => resolve(json)).toThrow(InputError)
    expect(() => resolve(json)).toThrow(says)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { loadModel } from '../../src/pipeline/model/prepare.ts'
import { parseOverrides } from '../../src/quantise/overrides.ts'
import { resolveOverrides } from '../../src/quantise/resolve-overrides.ts'
import { DEFAULT_MODEL } from '../pipeline/shared-data.ts'
import { holdAgainst, refusalOf } from '../schemas/hold-against.ts'

const { graph } = await loadModel(DEFAULT_MODEL, {}, silent)
const resolve = (json: unknown) => resolveOverrides(graph, parseOverrides(json, 'o.json'), 'o.json', {})

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

  test('activation bits go to the scale group, those of both ends to the image and the logits', () => {
    const own = { images: { activationBits: 6 }, 'model.2.m.0': { activationBits: 5 } }
    const parsed = parseOverrides(own, 'o.json')
    expect([...resolveOverrides(graph, parsed, 'o.json', { endBits: 8 }).groupBits].sort()).toEqual([
      ['images', 6],
      ['model.2.cv1', 5],
      ['model.22.cv2.0.2', 8],
      ['model.22.cv3.0.2', 8],
    ])
    expect([...resolve(own).groupBits].sort()).toEqual([
      ['images', 6],
      ['model.2.cv1', 5],
    ])
  })

  test('the path of the schema may stand beside the layers', () => {
    const $schema = './node_modules/assay/docs/overrides.schema.json'
    expect(parseOverrides({ $schema, 'model.1': { weightBits: 5 } }, '')).toEqual({
      'model.1': { weightBits: 5 },
    })
  })

  test('the published schema and the check agree', () => {
    const holds = holdAgainst('overrides')
    const setting = fc.oneof(fc.constantFrom(2, 8, 9, 16, 'max', 'mse', 'median', null), fc.jsonValue())
    const key = fc.constantFrom('weightBits', 'activationBits', 'observer', 'bits')
    const layer = fc.oneof(fc.dictionary(key, setting), fc.jsonValue())
    const file = fc.dictionary(fc.constantFrom('$schema', 'model.0', 'model.1'), fc.oneof(layer, fc.string()))
    fc.assert(
      fc.property(file, (json) => {
        const refusal = refusalOf(() => parseOverrides(json, 'o.json'))
        expect(refusal).toMatch(holds(json).length === 0 ? /^$/ : /^InputError: o\.json: /)
      }),
    )
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
      says: 'Did you mean model.2.cv1?',
    },
    {
      because: 'a layer far from all of its block',
      json: { 'model.2.something': {} },
      says: /no layer model\.2\.something\. Near it: model\.2\.cv1, /,
    },
    {
      because: 'the image has a fixed scale',
      json: { images: { observer: 'max' } },
      says: 'the scale of images is fixed, 1 / (2^A - 1) (A-1): it has no observer.',
    },
    {
      because: 'the image has no weights',
      json: { images: { weightBits: 8 } },
      says: 'images has no weights: it is of kind input.',
    },
    {
      because: 'activation bits that the arithmetic does not have',
      json: { 'model.0': { activationBits: 3 } },
      says: 'o.json: model.0.activationBits: expected 4 to 8, or 16 in the reference model, got 3',
    },
    {
      because: 'a concat passes codes on',
      json: { 'model.2.concat': { activationBits: 8 } },
      says: 'model.2.concat (concat) passes the codes of model.2.cv1 on, with its scale and its bits (A-7). Give the activationBits to model.2.cv1.',
    },
    {
      because: 'two activation bits for one scale',
      json: { 'model.2.cv1': { activationBits: 8 }, 'model.2.m.0': { activationBits: 6 } },
      says: 'model.2.cv1 and model.2.m.0 share one scale (A-7), but have the activationBits 8 and 6. Give both the same activationBits.',
    },
    {
      because: 'class logits of two levels with other bits',
      json: { 'model.22.cv3.0.2': { activationBits: 8 }, 'model.22.cv3.2.2': { activationBits: 7 } },
      says: 'model.22.cv3.0.2 and model.22.cv3.2.2 share one scale (A-7)',
    },
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
      says: 'o.json: model.0.observer: expected max or percentile or mse or entropy, got "median"',
    },
    {
      because: 'unknown setting',
      json: { 'model.0': { weightBit: 4 } },
      says: 'o.json: model.0: there is no setting weightBit. Known are weightBits, activationBits, observer. Did you mean weightBits?',
    },
    { because: 'bits as text', json: { 'model.0': { weightBits: '8' } }, says: 'got "8"' },
    {
      because: 'a layer that is null',
      json: { 'model.0': null },
      says: 'o.json: model.0: expected an object',
    },
    { because: 'a schema that is no path', json: { $schema: 1 }, says: 'o.json: $schema: expected a text' },
    { because: 'a list', json: ['model.0'], says: 'o.json: expected an object, got a list of 1' },
    {
      because: "a name of JavaScript's own",
      json: JSON.parse('{"__proto__": null}') as unknown,
      says: 'o.json: expected an object without __proto__',
    },
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

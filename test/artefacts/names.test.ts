import { describe, expect, test } from 'vitest'
import { createRename, parseNames } from '../../src/artefacts/names.ts'

const KNOWN = new Set([
  'model.0',
  'model.0.conv.weight',
  'model.0.bn.weight',
  'model.2.cv1',
  'model.2.m.0.cv1',
  'model.2.m.0',
  'model.9.m@1',
  'model.10',
])
const renameWith = (names: object) =>
  createRename(parseNames(JSON.stringify(names), 'names.json'), KNOWN, 'names.json')

describe('a mapping file', () => {
  test.each([
    { because: 'a layer', from: 'model.0', to: 'stem' },
    { because: "a layer's tensors", from: 'model.0.conv.weight', to: 'stem.conv.weight' },
    { because: 'a module', from: 'model.2.cv1', to: 'c2f_1.cv1' },
    { because: 'the longest key wins', from: 'model.2.m.0.cv1', to: 'bottleneck.cv1' },
    { because: 'an application of a shared module', from: 'model.9.m@1', to: 'sppf.m@1' },
    { because: 'model.1 is no part of model.10', from: 'model.10', to: 'model.10' },
  ])('renames $because', ({ from, to }) => {
    const rename = renameWith({
      'model.0': 'stem',
      'model.2': 'c2f_1',
      'model.2.m.0': 'bottleneck',
      'model.9': 'sppf',
    })
    expect(rename(from)).toBe(to)
  })

  test('renames a single tensor', () => {
    const rename = renameWith({ 'model.0.conv.weight': 'w0' })
    expect(rename('model.0.conv.weight')).toBe('w0')
    expect(rename('model.0.bn.weight')).toBe('model.0.bn.weight')
  })

  test.each([
    {
      because: 'two keys with one name',
      names: { 'model.0': 'a', 'model.2': 'a' },
      says: /model\.0 and model\.2 are both mapped to a/,
    },
    {
      because: 'a name that another layer has',
      names: { 'model.0': 'model.10' },
      says: /are both mapped to model\.10/,
    },
    {
      because: 'names that meet inside a module',
      names: { 'model.2.cv1': 'x.cv1', 'model.2.m.0': 'x' },
      says: /model\.2\.cv1 and model\.2\.m\.0\.cv1 are both mapped to x\.cv1/,
    },
    {
      because: 'a layer that is not there',
      names: { 'model.2.cv9': 'a' },
      says: /no "model\.2\.cv9".*In model\.2 there is model\.2\.cv1/,
    },
    { because: 'a module that is not there', names: { backbone: 'a' }, says: /no "backbone"/ },
    { because: 'half a name', names: { 'model.1': 'a' }, says: /no "model\.1"/ },
    {
      because: 'a path',
      names: { 'model.0': '../../etc/passwd' },
      says: /model\.0: expected 1 to 100 letters, .*, got "\.\.\/\.\./,
    },
    { because: 'a hidden file', names: { 'model.0': '.a' }, says: /no dot in the first place/ },
    {
      because: 'an empty name',
      names: { 'model.0': '' },
      says: /model\.0: expected 1 to 100 letters, .*, got ""/,
    },
    { because: 'a number', names: { 'model.0': 7 }, says: /model\.0: expected 1 to 100 letters, .*, got 7/ },
    { because: 'a very long name', names: { 'model.0': 'a'.repeat(300) }, says: /1 to 100 letters/ },
    { because: 'a list', names: ['model.0'], says: /expected an object/ },
  ])('is refused for $because', ({ names, says }) => {
    expect(() => renameWith(names)).toThrow(says)
    expect(() => renameWith(names)).toThrow(/^names\.json: /)
  })

  test('is refused where it has a key twice: the last would win unseen', () => {
    const text = '{\n  "model.0": "stem",\n  "model.10": "a \\"model.0\\": {",\n  "model\\u002e0": "entry"\n}'
    expect(() => parseNames(text, 'names.json')).toThrow(
      'names.json: "model.0" is given twice, in lines 2 and 4.',
    )
  })

  test('is refused where it is no JSON', () => {
    expect(() => parseNames('{model.0: stem}', 'names.json')).toThrow(/names\.json: is not JSON/)
  })
})

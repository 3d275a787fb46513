/** docs/assay.schema.json and the reader of options files, held against each other. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkValue } from '../../src/cli/options/check-value.ts'
import { camelCase } from '../../src/cli/options/declaration.ts'
import { LOADED } from '../cli/load-commands.ts'
import { holdAgainst, refusalOf } from './hold-against.ts'

/** The options of every command that takes an options file, as a file may give them. */
const options = LOADED.filter(({ declarations }) => 'config' in declarations).flatMap(({ declarations }) =>
  Object.entries(declarations).filter(([name, { hidden }]) => name !== 'config' && hidden !== true),
)
const holds = holdAgainst('assay')

test('an options file may give every option by every spelling, and its default', () => {
  for (const [name, { default: value, alias = name }] of options)
    for (const spelling of value === undefined ? [] : [name, camelCase(name), alias])
      expect([spelling, holds({ [spelling]: value })]).toEqual([spelling, []])
  const overrides = { 'model.0': { weightBits: 8 } }
  expect(holds({ $schema: 'x', model: 'a.pt', size: 640, overrides, pictures: false })).toEqual([])
  expect(holds({ 'wight-bits': 4 })).toEqual([expect.stringContaining('wight-bits')])
  expect(holds({ overrides: { 'model.0': { weightBits: 9 } } })).not.toEqual([])
})

test('what the schema of options accepts, some command accepts', () => {
  // What a parser of text says is not part of the schema.
  const parsed = new Set(options.flatMap(([name, { parse }]) => (parse === undefined ? [] : [name])))
  const plain = options.filter(([name]) => !parsed.has(name) && name !== 'overrides')
  const accepts = (name: string, value: unknown): boolean =>
    plain.some(
      ([other, declaration]) =>
        other === name && refusalOf(() => checkValue(name, declaration, value)) === '',
    )
  const name = fc.constantFrom(...plain.map(([name]) => name))
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.integer({ min: -1, max: 2 }),
    fc.constantFrom('all', 'mse'),
  )
  fc.assert(
    fc.property(name, value, (name, value) => {
      fc.pre(holds({ [name]: value }).length === 0)
      expect([name, value, accepts(name, value)]).toEqual([name, value, true])
    }),
  )
})

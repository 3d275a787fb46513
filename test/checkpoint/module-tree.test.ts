import { describe, expect, test } from 'vitest'
import { listState, readModuleTree } from '../../src/checkpoint/module-tree.ts'
import type { PickleObject, PickleValue } from '../../src/checkpoint/pickle-value.ts'
import type { Tensor } from '../../src/checkpoint/tensor.ts'

const tensor = (first: number): Tensor => ({
  kind: 'tensor',
  dtype: 'uint8',
  shape: [1],
  stride: [1],
  offset: 0,
  storage: Uint8Array.of(first),
})
type Items = readonly (readonly [PickleValue, PickleValue])[]
const made = (className: string, state: Items): PickleObject => ({
  kind: 'object',
  className,
  args: [],
  state: new Map(state),
})
const part = (key: string, items: Items): readonly [PickleValue, PickleValue] => [key, new Map(items)]

test('a module has its attributes, children, parameters and buffers', () => {
  const child = made('Child', [
    part('_parameters', [
      ['weight', tensor(3)],
      ['bias', null],
    ]),
  ])
  const inner = made('Inner', [part('_modules', [['0', child]])])
  const root = readModuleTree(
    made('Root', [
      ['training', false],
      ['_hooks', 1],
      [7, 'no name'],
      part('_modules', [
        ['a', inner],
        ['gone', null],
      ]),
      part('_buffers', [['mean', tensor(2)]]),
      part('_parameters', [['weight', tensor(1)]]),
    ]),
    'x.pt',
  )
  expect([root.path, root.className]).toEqual(['', 'Root'])
  expect(root.attributes).toEqual(new Map([['training', false]]))
  expect([...root.children.keys()]).toEqual(['a'])
  const leaf = root.children.get('a')!.children.get('0')!
  expect([leaf.path, leaf.className, leaf.children.size]).toEqual(['a.0', 'Child', 0])
  expect(leaf.parameters.get('bias')).toBeNull()
  // A module's parameters, its buffers, then its children's; without what it does without.
  expect([...listState(root)]).toEqual([
    ['weight', tensor(1)],
    ['mean', tensor(2)],
    ['a.0.weight', tensor(3)],
  ])
})

test('the hooks of a module have names', () => {
  const prune = made('torch.nn.utils.prune.L1Unstructured', [])
  const method: PickleObject = { ...made('getattr', []), args: [made('Meter', []), 'measure'] }
  const root = made('Root', [
    part('_forward_hooks', [
      [4, { kind: 'global', path: 'extras.scale' }],
      [5, method],
    ]),
    part('_forward_pre_hooks', [[0, prune]]),
    part('_backward_hooks', [[0, prune]]),
  ])
  expect(readModuleTree(root, 'x.pt').hooks).toEqual([prune.className, 'extras.scale', 'Meter.measure'])
  expect(readModuleTree(made('Root', []), 'x.pt').hooks).toEqual([])
})

describe('readModuleTree refuses', () => {
  const around = (state: Items) => made('Root', [part('_modules', [['a', made('A', state)]])])
  test.each<[string, PickleValue, string]>([
    ['no module', 5, 'x.pt: expected a torch module, got 5.'],
    [
      'a module without a state',
      { ...made('A', []), state: null },
      'x.pt: expected a torch module, got a A.',
    ],
    [
      'a child that is none',
      made('R', [part('_modules', [['a', 5]])]),
      'x.pt:a: expected a torch module, got 5.',
    ],
    [
      'children in a list',
      around([['_modules', []]]),
      'x.pt:a: expected _modules to be a dict, got a sequence of 0.',
    ],
    ['hooks in a list', around([['_forward_hooks', []]]), 'x.pt:a: expected _forward_hooks to be a dict'],
    ['parameters in a list', around([['_parameters', []]]), 'x.pt:a: expected _parameters to be a dict'],
    [
      'a number for a name',
      around([part('_modules', [[0, null]])]),
      'x.pt:a: expected a name in _modules, got 0.',
    ],
    [
      'a number for a tensor',
      around([part('_buffers', [['b', 5]])]),
      'x.pt:a: expected b to be a tensor, got 5.',
    ],
    ['a name that is a way', around([part('_parameters', [['../b', tensor(1)]])]), 'x.pt:a: '],
    ['a child named as a way', made('R', [part('_modules', [['..', made('A', [])]])]), 'x.pt: '],
  ])('%s', (_, root, message) => {
    expect(() => readModuleTree(root, 'x.pt')).toThrow(message)
  })

  test('a tree that is deeper than 32, but none of 32', () => {
    const chain = (depth: number): PickleObject =>
      made('M', depth === 0 ? [] : [part('_modules', [['a', chain(depth - 1)]])])
    const deepest = `${'a.'.repeat(31)}a`
    let module = readModuleTree(chain(32), 'x.pt')
    while (module.children.size > 0) module = module.children.get('a')!
    expect(module.path).toBe(deepest)
    expect(() => readModuleTree(chain(33), 'x.pt')).toThrow(
      `x.pt:${deepest}.a: the modules nest deeper than 32`,
    )
  })

  test('a way of more than 200 bytes, though each name of it is short', () => {
    const chain = (names: readonly string[]): PickleObject =>
      made('M', names.length === 0 ? [] : [part('_modules', [[names[0]!, chain(names.slice(1))]])])
    const [long, rest] = ['a'.repeat(100), 'b'.repeat(99)]
    expect(readModuleTree(chain([long, rest]), 'x.pt').children.get(long)!.children.size).toBe(1)
    expect(() => readModuleTree(chain([long, `${rest}c`]), 'x.pt')).toThrow('has more than 200 bytes')
  })

  test('more than 20000 modules, but not so many', () => {
    const wide = (count: number) =>
      made('M', [
        part(
          '_modules',
          Array.from({ length: count }, (_, i) => [String(i), made('A', [])] as const),
        ),
      ])
    expect(readModuleTree(wide(19_999), 'x.pt').children.size).toBe(19_999)
    expect(() => readModuleTree(wide(20_000), 'x.pt')).toThrow('or number more than 20000')
  })
})

import { describe, expect, test } from 'vitest'
import { alignClasses } from '../../src/validate/align-classes.ts'
import type { Dataset } from '../../src/validate/dataset.ts'
import { buildDataset } from './build.ts'

function buildNamed(...classes: string[]): Dataset {
  const objects = classes.map((_, classIndex) => ({ imageId: 1, classIndex, box: [0, 0, 9, 9] as const }))
  return { ...buildDataset({ images: 1, classes: classes.length, objects }), classes }
}

function align(classes: readonly string[], model: readonly string[]) {
  const {
    classes: aligned,
    categoryIds,
    annotations,
    findings,
  } = alignClasses(buildNamed(...classes), model, 'x')
  return {
    aligned,
    categoryIds,
    targets: annotations.map(({ classIndex }) => classIndex),
    findings: findings.map(({ kind, examples }) => `${kind}: ${examples.join(', ')}`),
  }
}

describe('alignClasses', () => {
  test('names decide, not numbers', () => {
    expect(align(['cat', 'dog'], ['dog', 'cat'])).toEqual({
      aligned: ['dog', 'cat'],
      categoryIds: [2, 1],
      targets: [1, 0],
      findings: [],
    })
  })

  test('case, spaces, dashes and underscores make no difference', () => {
    expect(align(['Potted_Plant', 'TV'], ['tv', 'potted plant']).targets).toEqual([1, 0])
  })

  test('as many classes with other names go by order, and are reported', () => {
    const { targets, findings } = align(['tv', 'couch'], ['tv', 'sofa'])
    expect(targets).toEqual([0, 1])
    expect(findings).toEqual(['class-matched-by-order: couch = sofa'])
  })

  test('a name in another place forbids the order', () => {
    const { aligned, targets, findings } = align(['cat', 'fish'], ['dog', 'cat'])
    expect(aligned).toEqual(['dog', 'cat', 'fish'])
    expect(targets).toEqual([1, 2])
    expect(findings).toEqual(['class-not-in-model: fish', 'class-not-in-dataset: dog'])
  })

  test('a data set of fewer classes', () => {
    const { categoryIds, targets, findings } = align(['c'], ['a', 'b', 'c'])
    expect(targets).toEqual([2])
    expect(categoryIds).toEqual([-1, -2, 1])
    expect(findings).toEqual(['class-not-in-dataset: a, b'])
  })

  test('spaces around a name and runs of separators make no difference', () => {
    expect(align([' a-_ b', 'C'], ['c ', 'A b'])).toEqual({
      aligned: ['c ', 'A b'],
      categoryIds: [2, 1],
      targets: [1, 0],
      findings: [],
    })
  })

  test('two words are not one', () => {
    expect(align(['cat', 'hotdog'], ['hot dog', 'cat', 'x'])).toMatchObject({
      targets: [1, 3],
      findings: ['class-not-in-model: hotdog', 'class-not-in-dataset: hot dog, x'],
    })
  })

  test('a category may have the id 0', () => {
    const dataset = { ...buildNamed('a', 'b'), categoryIds: [0, 1] }
    expect(alignClasses(dataset, ['b', 'a', 'c'], 'z')).toMatchObject({
      categoryIds: [1, 0, -3],
      findings: [{ kind: 'class-not-in-dataset', count: 1, examples: ['c'] }],
    })
  })

  test('as many classes, none of them known: all go by order', () => {
    expect(align(['x', 'y'], ['a', 'b'])).toEqual({
      aligned: ['a', 'b'],
      categoryIds: [1, 2],
      targets: [0, 1],
      findings: ['class-matched-by-order: x = a, y = b'],
    })
  })

  test('classes that the model does not know follow in their order; earlier findings stay', () => {
    const earlier = { kind: 'missing-area', count: 2, examples: ['annotation 1'], message: 'm' } as const
    const dataset = { ...buildNamed('x', 'b', 'y'), findings: [earlier], categoryIds: [10, 20, 30] }
    const aligned = alignClasses(dataset, ['a', 'b'], 'z')
    expect(aligned).toEqual({
      ...dataset,
      classes: ['a', 'b', 'x', 'y'],
      categoryIds: [-1, 20, 10, 30],
      annotations: [2, 1, 3].map((classIndex, i) => ({ ...dataset.annotations[i], classIndex })),
      findings: [
        { ...earlier, message: expect.any(String) },
        { kind: 'class-not-in-model', count: 2, examples: ['x', 'y'], message: expect.any(String) },
        { kind: 'class-not-in-dataset', count: 1, examples: ['a'], message: expect.any(String) },
      ],
    })
  })

  test('four names are listed, of more the first three', () => {
    expect(() => align(['p', 'q', 'r', 's'], ['a', 'b', 'c', 'd', 'e'])).toThrow(
      'x: has 4 classes (p, q, r, s), the model 5 (a, b, c …), and no name in common. Validate on the data set that the model was trained for, or rename the classes.',
    )
  })

  test('another number of classes and no name in common is refused', () => {
    expect(() => align(['x'], ['a', 'b'])).toThrow(/x: has 1 classes \(x\), the model 2 \(a, b\)/)
  })
})

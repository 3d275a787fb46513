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

  test('another number of classes and no name in common is refused', () => {
    expect(() => align(['x'], ['a', 'b'])).toThrow(/x: has 1 classes \(x\), the model 2 \(a, b\)/)
  })
})

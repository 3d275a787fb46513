import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import type { DatasetImage, GroundTruth, PixelBox } from '../../src/validate/dataset.ts'
import { createFindingLog, type FindingKind } from '../../src/validate/findings.ts'
import { dropRepeated, finishDataset, leaveOut } from '../../src/validate/finish.ts'

const picture = (id: number, width = 100, height = 50): DatasetImage => {
  const fileName = `${id}.jpg`
  return { id, fileName, path: fileName, width, height }
}

const object = (imageId: number, box: PixelBox = [0, 0, 9, 9]): GroundTruth => {
  return { imageId, classIndex: 0, box, area: 81, crowd: false, ignore: false }
}

function finish(images: readonly DatasetImage[], annotations: readonly GroundTruth[], classes = ['cat']) {
  return finishDataset({ classes, categoryIds: [1], images, annotations }, createFindingLog(), 'x.json')
}

/** kind, count, examples of each finding. */
const list = (findings: ReturnType<typeof finish>['findings']) =>
  findings.map(({ kind, count, examples }) => [kind, count, ...examples])

describe('finishDataset', () => {
  test('sorts images by their ids and keeps annotations as they come', () => {
    const [first, second] = [object(9), object(2)]
    const dataset = finish([picture(9), picture(2), picture(5)], [first, second, object(5)])
    expect(dataset.images.map(({ id }) => id)).toEqual([2, 5, 9])
    expect(dataset.annotations).toEqual([first, second, object(5)])
    expect(dataset).toMatchObject({ classes: ['cat'], categoryIds: [1], findings: [] })
  })

  test('leaves out annotations without an image, and names images without annotations', () => {
    const { annotations, findings } = finish([picture(1), picture(2), picture(3)], [object(1), object(8)])
    expect(annotations).toEqual([object(1)])
    expect(list(findings)).toEqual([
      ['annotation-without-image', 1, 'image 8'],
      ['image-without-annotations', 2, '2.jpg', '3.jpg'],
    ])
  })

  test.each([
    [[], ['cat'], 'x.json: has no images, so there is nothing to measure. Check the split and the paths.'],
    [[picture(1)], [], 'x.json: has no classes. List them under their names.'],
  ])('without images or classes is refused', (images, classes, message) => {
    expect(() => finish(images, [], classes)).toThrow(message)
    expect(() => finish(images, [], classes)).toThrow(InputError)
  })

  test.each<[PixelBox, FindingKind[]]>([
    [[0, 0, 100, 50], []],
    // A pixel is tolerated on each side.
    [[-1, 0, 9, 9], []],
    [[-1.01, 0, 9, 9], ['box-outside-image']],
    [[0, -1, 9, 9], []],
    [[0, -1.01, 9, 9], ['box-outside-image']],
    [[90, 0, 11, 9], []],
    [[90, 0, 11.01, 9], ['box-outside-image']],
    [[0, 40, 9, 11], []],
    [[0, 40, 9, 11.01], ['box-outside-image']],
    [[5, 5, 0, 9], ['empty-box']],
    [[5, 5, 9, 0], ['empty-box']],
    [[5, 5, -1, 9], ['box-of-negative-size']],
    [[5, 5, 9, -1], ['box-of-negative-size']],
    [[5, 5, -1, 0], ['box-of-negative-size']],
    [[5, 5, 0.01, 0.01], []],
    [
      [200, 5, 0, 9],
      ['empty-box', 'box-outside-image'],
    ],
  ])('a box %j on 100x50: %j', (box, kinds) => {
    const { annotations, findings } = finish([picture(1)], [object(1, box)])
    expect(annotations).toEqual([object(1, box)])
    expect(findings.map(({ kind }) => kind)).toEqual(kinds)
  })

  test.each([
    [0, 50],
    [100, 0],
  ])('no box is outside of %d by %d, whose size is not known', (width, height) => {
    expect(finish([picture(1, width, height)], [object(1, [0, 0, 900, 900])]).findings).toEqual([])
  })

  test('a box is named with its image and their sizes', () => {
    expect(list(finish([picture(1)], [object(1, [95, 5, 20, 0])]).findings)).toEqual([
      ['empty-box', 1, '1.jpg [95, 5, 20, 0]'],
      ['box-outside-image', 1, '1.jpg [95, 5, 20, 0] on 100x50'],
    ])
  })
})

test('leaveOut takes images and their annotations, and adds to what was found before', () => {
  const before = finish([picture(1), picture(2), picture(3)], [object(1), object(2), object(8)])
  const after = leaveOut(before, new Set([1, 3, 77]), 'picture-not-found')
  expect(after.images).toEqual([picture(2)])
  expect(after.annotations).toEqual([object(2)])
  expect(list(after.findings)).toEqual([
    ['annotation-without-image', 1, 'image 8'],
    ['image-without-annotations', 1, '3.jpg'],
    ['picture-not-found', 2, '1.jpg', '3.jpg'],
  ])
  expect(leaveOut(after, new Set([2]), 'picture-not-found').findings.at(-1)).toMatchObject({
    count: 3,
    examples: ['1.jpg', '3.jpg', '2.jpg'],
  })
  expect(before.findings).toHaveLength(2)
})

test('dropRepeated keeps the first of what is the same in every respect', () => {
  const log = createFindingLog()
  const one = object(1)
  const others = [
    object(2),
    { ...one, classIndex: 1 },
    object(1, [0, 0, 9, 8]),
    { ...one, crowd: true },
    { ...one, ignore: true },
  ]
  const again = { ...one, area: 80 }
  const kept = dropRepeated([one, ...others, again, one], ({ area }) => `area ${area}`, log)
  expect(kept).toEqual([one, ...others])
  expect(kept[0]).toBe(one)
  expect(list(log.list())).toEqual([['duplicate-annotation', 2, 'area 80', 'area 81']])
})

describe('a log of findings', () => {
  test('counts all and keeps five examples, in the order that kinds came', () => {
    const log = createFindingLog()
    log.add('empty-box', 'a')
    for (let i = 0; i < 7; i++) log.add('missing-area', `b${i}`)
    log.add('empty-box', 'c')
    expect(list(log.list())).toEqual([
      ['empty-box', 2, 'a', 'c'],
      ['missing-area', 7, 'b0', 'b1', 'b2', 'b3', 'b4'],
    ])
    expect(log.list().map(({ message }) => message)).toEqual([
      'boxes have no width or no height; they count as objects that nothing can find',
      'annotations have no area; width times height of the box was taken',
    ])
  })

  test('goes on from an earlier list and leaves that as it is', () => {
    const log = createFindingLog()
    log.add('empty-box', 'a')
    const earlier = log.list()
    const next = createFindingLog(earlier)
    next.add('empty-box', 'b')
    expect(list(next.list())).toEqual([['empty-box', 2, 'a', 'b']])
    expect(list(earlier)).toEqual([['empty-box', 1, 'a']])
  })
})

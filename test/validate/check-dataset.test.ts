import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { checkDataset } from '../../src/validate/check-dataset.ts'
import type { Dataset, PixelBox } from '../../src/validate/dataset.ts'
import { createFindingLog } from '../../src/validate/findings.ts'
import { finishDataset } from '../../src/validate/finish.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { useFolder } from './lay.ts'

const { at, lay } = useFolder()

function made(boxes: readonly PixelBox[], width = 100): Dataset {
  const images = [{ id: 1, fileName: 'a.jpg', path: 'a.jpg', width, height: width / 2 }]
  const annotations = boxes.map((box) => {
    return { imageId: 1, classIndex: 0, box, area: 1, crowd: false, ignore: false }
  })
  return finishDataset(
    { classes: ['cat'], categoryIds: [1], images, annotations },
    createFindingLog(),
    'x.json',
  )
}
const good: PixelBox = [10, 10, 20, 20]

describe('a data set that can only give 0.00 is refused', () => {
  test.each<[string, readonly PixelBox[], string]>([
    [
      'fractions',
      [
        [0.1, 0.2, 0.5, 0.8],
        // Two corners.
        [0.6, 0.2, 0.9, 1],
      ],
      'x.json: all 2 boxes lie within the first pixel, as fractions of an image do (e.g. a.jpg [0.1, 0.2, 0.5, 0.8] on 100x50). Write them in pixels: multiply',
    ],
    [
      'corners in place of sizes',
      [good, [60, 10, 80, 30], [50, 20, 90, 45]],
      'x.json: 2 of 3 boxes reach outside their image (e.g. a.jpg [60, 10, 80, 30] on 100x50). Check the form of the boxes (COCO: left, top, width and height in pixels, not two corners)',
    ],
    ['swapped corners', [[50, 40, -9, -9]], '1 of 1 boxes have a negative width or height (e.g. a.jpg'],
    ['no sizes', [[50, 40, 0, 9]], '1 of 1 boxes have no width or no height (e.g. a.jpg [50, 40, 0, 9]'],
    [
      'no object',
      [],
      'x.json: has no object on its 1 images, so that there is nothing to measure. Check that',
    ],
  ])('%s', (_, boxes, message) => {
    expect(() => checkDataset(made(boxes), 'x.json')).toThrow(message)
    expect(() => checkDataset(made(boxes), 'x.json')).toThrow(InputError)
  })

  test('but half may be outside, one box decides against fractions, and images may have no size', () => {
    expect(checkDataset(made([good, [60, 10, 80, 30]]), 'x.json')).toBeUndefined()
    expect(checkDataset(made([[0.1, 0.2, 0.5, 0.8], good]), 'x.json')).toBeUndefined()
    expect(checkDataset(made([[60, 10, 80, 30]], 0), 'x.json')).toBeUndefined()
  })

  test('as it is read, with what was left out', async () => {
    const annotations = [7, 8].map((id) => ({ id, image_id: id, category_id: 1, bbox: [0, 0, 5, 5] }))
    const images = [{ id: 1, file_name: '1.png', width: 9, height: 9 }]
    const json = JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'a' }] })
    await lay({ 'x.json': json, '1.png': '' })
    await expect(loadDataset(at('x.json'))).rejects.toThrow(
      `${at('x.json')}: has no object on its 1 images, so that there is nothing to measure: 2 annotations belong to no image of the list; they were left out (image 7).`,
    )
  })
})

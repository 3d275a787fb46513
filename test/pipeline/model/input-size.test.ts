import { expect, test } from 'vitest'
import { inputSize } from '../../../src/pipeline/model/input-size.ts'

test('the size of the input is that which is asked for, that of the training, or 640x640 with a warning', () => {
  const warnings: string[] = []
  const choose = (
    asked: { height?: number; width?: number },
    imageSize: readonly [number, number] | null,
  ) => {
    const { height, width } = inputSize(asked, { imageSize }, (sentence) => warnings.push(sentence))
    return [height, width]
  }
  expect(choose({}, [160, 224])).toEqual([160, 224])
  expect(choose({ height: 96 }, [160, 224])).toEqual([96, 96])
  expect(choose({ height: 96, width: 128 }, null)).toEqual([96, 128])
  expect(warnings).toEqual([])
  expect(choose({}, null)).toEqual([640, 640])
  expect(warnings).toEqual([
    'the checkpoint does not say on which size of pictures it was trained: 640x640 is assumed. Give the size with --size.',
  ])
})

import { expect, test } from 'vitest'
import { keepShard } from '../../../../src/cli/commands/validate/data.ts'
import { parseShard } from '../../../../src/pipeline/bench/shard.ts'
import type { Dataset } from '../../../../src/validate/dataset.ts'

test('shards of images are disjoint, complete, and bring their annotations', () => {
  const images = Array.from({ length: 11 }, (_, id) => ({ id, fileName: `${id}.png`, width: 8, height: 8 }))
  const annotations = images.flatMap(({ id }) => [{ imageId: id }, { imageId: id }])
  const dataset = { images, annotations, categories: [] } as unknown as Dataset
  const parts = [1, 2, 3].map((index) => keepShard(dataset, { index, count: 3 }))
  expect(parts.map((part) => part.images.length)).toEqual([4, 4, 3])
  const ids = parts.flatMap((part) => part.images.map(({ id }) => id)) as unknown as number[]
  expect(ids.sort((a, b) => a - b)).toEqual(images.map(({ id }) => id))
  for (const part of parts) {
    const own = new Set(part.images.map(({ id }) => id))
    expect(part.annotations).toHaveLength(2 * part.images.length)
    expect(part.annotations.every(({ imageId }) => own.has(imageId))).toBe(true)
  }
  expect(() => keepShard(dataset, parseShard('4/3'))).toThrow(/--shard/)
})

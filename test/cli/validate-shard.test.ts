import { expect, test } from 'vitest'
import { keepShard } from '../../src/cli/validate-data.ts'
import type { Dataset } from '../../src/validate/dataset.ts'

test('shards of images are disjoint, complete, and bring their annotations', async () => {
  const images = Array.from({ length: 11 }, (_, id) => ({ id, fileName: `${id}.png`, width: 8, height: 8 }))
  const annotations = images.flatMap(({ id }) => [{ imageId: id }, { imageId: id }])
  const dataset = { images, annotations, categories: [] } as unknown as Dataset
  const parts = await Promise.all([1, 2, 3].map((index) => keepShard(dataset, `${index}/3`)))
  expect(parts.map((part) => part.images.length)).toEqual([4, 4, 3])
  const ids = parts.flatMap((part) => part.images.map(({ id }) => id)) as unknown as number[]
  expect(ids.sort((a, b) => a - b)).toEqual(images.map(({ id }) => id))
  for (const part of parts) {
    const own = new Set(part.images.map(({ id }) => id))
    expect(part.annotations).toHaveLength(2 * part.images.length)
    expect(part.annotations.every(({ imageId }) => own.has(imageId))).toBe(true)
  }
  await expect(keepShard(dataset, '4/3')).rejects.toThrow(/--shard/)
})

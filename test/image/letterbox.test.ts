import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decodeImage } from '../../src/image/decode.ts'
import { letterbox, planLetterbox, undoLetterbox } from '../../src/image/letterbox.ts'
import { createImage } from '../../src/image/rgb-image.ts'
import { listShared, needs } from '../witness.ts'

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))
const reference = `${shared}reference/dev/`

needs(['../shared/reference', '../shared/coco'], 'letterbox against the reference inputs', () => {
  const names = listShared('reference/dev', /^\d+\.json$/)

  test.each(names)('%s: every byte', async (name) => {
    const expected = JSON.parse(readFileSync(reference + name, 'utf8'))
    const picture = await decodeImage(`${shared}coco/dev/images/${expected.file_name}`)
    const input = letterbox(picture, { width: 640, height: 640 })
    const { scale, left, top } = expected.letterbox
    expect(input).toMatchObject({ width: 640, height: 640, scale, left, top })
    const png = await decodeImage(reference + name.replace('.json', '.png'))
    expect(Buffer.compare(input.data, png.data)).toBe(0)
    expect(createHash('sha256').update(input.data).digest('hex')).toBe(expected.input_png_sha256_rgb)
  })
})

describe('planLetterbox', () => {
  test.each([
    { because: 'an odd row of padding goes below', from: [640, 427], inner: [640, 427], left: 0, top: 106 },
    { because: 'small pictures grow', from: [160, 80], inner: [640, 320], left: 0, top: 160 },
    { because: 'large pictures shrink', from: [1280, 960], inner: [640, 480], left: 0, top: 80 },
    {
      because: 'a size of x.5 rounds to the even one',
      from: [1280, 961],
      inner: [640, 480],
      left: 0,
      top: 80,
    },
    { because: 'a sliver keeps one row', from: [5000, 1], inner: [640, 1], left: 0, top: 319 },
  ])('$because', ({ from, inner, left, top }) => {
    const plan = planLetterbox({ width: from[0]!, height: from[1]! }, { width: 640, height: 640 })
    expect(plan).toMatchObject({ inner: { width: inner[0], height: inner[1] }, left, top })
  })
})

describe('letterbox', () => {
  test('padding is grey 114 and the picture lies between', () => {
    const input = letterbox(createImage({ width: 4, height: 2 }, [1, 2, 3]), { width: 4, height: 5 })
    const rows = [0, 1, 2, 3, 4].map((y) => input.data[y * 12])
    expect(rows).toEqual([114, 1, 1, 114, 114])
  })

  test('a box comes back to its picture and is clipped to it', () => {
    const picture = { width: 500, height: 357 }
    const plan = planLetterbox(picture, { width: 640, height: 640 })
    const box = { x0: 128, y0: 91 + 128, x1: 700, y1: 0 }
    expect(undoLetterbox(box, plan, picture)).toEqual({ x0: 100, y0: 100, x1: 500, y1: 0 })
  })
})

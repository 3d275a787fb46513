import { describe, expect, test } from 'vitest'
import { decodeImage } from '../../src/image/decode.ts'
import { colourOf, composeSideBySide, encodePng, paintBoxes } from '../../src/image/draw.ts'
import { hasDot } from '../../src/image/font.ts'
import { fillBox, measureText, writeText } from '../../src/image/paint.ts'
import { createImage, type RgbImage } from '../../src/image/rgb-image.ts'

function pixelAt({ data, width }: RgbImage, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]
}

const grey = () => createImage({ width: 100, height: 80 }, [50, 50, 50])

describe('paintBoxes', () => {
  const box = { x0: 20, y0: 30, x1: 60, y1: 70, classIndex: 1, score: 0.876 }

  test('is a PNG of the same size with the outline in the colour of the class', async () => {
    const image = await decodeImage(await encodePng(paintBoxes(grey(), [box], ['cat', 'dog'])))
    expect([image.width, image.height]).toEqual([100, 80])
    for (const [x, y] of [
      [20, 30],
      [59, 30],
      [20, 69],
      [59, 69],
      [40, 69],
    ] as const) {
      expect(pixelAt(image, x, y), `(${x}, ${y})`).toEqual([...colourOf(1)])
    }
    expect(pixelAt(image, 40, 50)).toEqual([50, 50, 50])
    expect(pixelAt(image, 60, 70)).toEqual([50, 50, 50])
  })

  test('the label stands above the box and reads name and score', () => {
    const image = paintBoxes(grey(), [box], ['cat', 'dog'])
    const label = createImage({ width: measureText('dog 0.88', 1) + 1, height: 10 }, colourOf(1))
    writeText(label, 'dog 0.88', { x: 1, y: 1 }, { colour: ink(image, 20, 20), scale: 1 })
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < label.width; x++)
        expect(pixelAt(image, 20 + x, 20 + y)).toEqual(pixelAt(label, x, y))
    }
  })

  test('the picture given is left alone; boxes beyond the edge are cut', () => {
    const image = grey()
    paintBoxes(image, [{ x0: -50, y0: -50, x1: 500, y1: 500, classIndex: 7 }], [])
    expect(image).toEqual(grey())
  })

  test('80 classes have 80 colours', () => {
    const colours = new Set(Array.from({ length: 80 }, (_, i) => colourOf(i).join(' ')))
    expect(colours.size).toBe(80)
  })
})

/** The colour of the text in a label whose upper left corner is at (x, y): the stem of a d. */
function ink(image: RgbImage, x: number, y: number): readonly [number, number, number] {
  const [red, green, blue] = pixelAt(image, x + 1 + 4, y + 1)
  return [red!, green!, blue!]
}

describe('composeSideBySide', () => {
  test('puts pictures beside each other under their captions', async () => {
    const red = createImage({ width: 60, height: 40 }, [255, 0, 0])
    const blue = createImage({ width: 30, height: 70 }, [0, 0, 255])
    const image = await decodeImage(
      await encodePng(
        composeSideBySide([
          { image: red, caption: 'float' },
          { image: blue, caption: 'far too long' },
        ]),
      ),
    )
    expect([image.width, image.height]).toEqual([8 + 60 + 8 + 30 + 8, 12 + 70 + 8])
    expect(pixelAt(image, 8, 12)).toEqual([255, 0, 0])
    expect(pixelAt(image, 67, 51)).toEqual([255, 0, 0])
    expect(pixelAt(image, 68, 52)).toEqual([255, 255, 255])
    expect(pixelAt(image, 76, 12)).toEqual([0, 0, 255])
    expect(pixelAt(image, 105, 81)).toEqual([0, 0, 255])
    const dark = (from: number, to: number) => {
      let count = 0
      for (let y = 0; y < 12; y++) for (let x = from; x < to; x++) if (pixelAt(image, x, y)[0]! < 99) count++
      return count
    }
    expect(dark(8, 68)).toBeGreaterThan(40)
    expect(dark(76, 106)).toBeGreaterThan(10)
    expect(dark(106, 114)).toBe(0)
  })
})

describe('font', () => {
  const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  const shapeOf = (character: string) =>
    Array.from({ length: 40 }, (_, i) => (hasDot(character, i % 5, Math.floor(i / 5)) ? '#' : '.')).join('')

  test('every printable ASCII character has a shape of its own', () => {
    const shapes = printable.map(shapeOf)
    expect(new Set(shapes).size).toBe(95)
    expect(shapes).not.toContain(shapeOf('\u20ac'))
  })

  test('an L', () => {
    expect(shapeOf('L')).toBe(`${'#....'.repeat(6)}#####.....`)
  })

  test('a scaled dot is a square', () => {
    const image = createImage({ width: 30, height: 30 }, [0, 0, 0])
    writeText(image, 'L', { x: 0, y: 0 }, { colour: [9, 9, 9], scale: 3 })
    expect(pixelAt(image, 2, 20)).toEqual([9, 9, 9])
    expect(pixelAt(image, 3, 0)).toEqual([0, 0, 0])
    expect(pixelAt(image, 14, 20)).toEqual([9, 9, 9])
    expect(pixelAt(image, 14, 21)).toEqual([0, 0, 0])
  })

  test('fillBox cuts at the edges', () => {
    const image = createImage({ width: 2, height: 2 }, [0, 0, 0])
    fillBox(image, { x0: 1, y0: -5, x1: 9, y1: 1 }, [1, 2, 3])
    expect([...image.data]).toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0])
  })
})

/** Eight-bit RGB, rows from top to bottom: the sample of pixel (x, y), channel c is data[(y * width + x) * 3 + c]. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** Corners in pixels, x1 and y1 exclusive, not necessarily whole. */
export interface Box {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** A picture of one colour. */
export function createImage(size: Size, [red, green, blue]: readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(size.width * size.height * 3)
  // Each sample by itself: `data.set` takes fifty times as long for three.
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red
    data[i + 1] = green
    data[i + 2] = blue
  }
  return { ...size, data }
}

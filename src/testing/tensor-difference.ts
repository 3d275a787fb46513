/** Where two tensors differ, in words and as a small picture: what a failing `toMatchTensor` prints. */

/** Channels, height, width; fewer dimensions stand at the end ([w], [h, w]). */
export type TensorShape = readonly number[]

export type TensorData = ArrayLike<number> | ArrayLike<bigint>

export interface TensorDifference {
  readonly elements: number
  readonly differing: number
  readonly first: {
    readonly channel: number
    readonly y: number
    readonly x: number
    readonly expected: number | bigint
    readonly received: number | bigint
  } | null
  /** `c3 y7 x0: expected 12, received 11; 1 of 4096 differs`, or that all agree. */
  readonly summary: string
  /** Lines of at most 80 columns; none when all agree. */
  readonly picture: readonly string[]
}

const maxColumns = 64
const maxRows = 24
const shades = '.123456789#'

/**
 * Compares element by element, in C order, exactly: 0 and -0 are equal, a number and a bigint of one value are equal.
 *
 * @throws RangeError when a length is not that of the shape.
 */
export function describeDifference(
  received: TensorData,
  expected: TensorData,
  shape: TensorShape,
): TensorDifference {
  const [channels, height, width] = [1, 1, 1, ...shape].slice(-3) as [number, number, number]
  const elements = channels * height * width
  for (const [who, data] of [
    ['expected', expected],
    ['received', received],
  ] as const) {
    if (data.length !== elements) {
      throw new RangeError(
        `Expected ${elements} elements for the shape ${shape.join('x')}, the ${who} tensor has ${data.length}`,
      )
    }
  }
  const plane = height * width
  const errors = new Uint32Array(plane)
  const inChannel = new Uint32Array(channels)
  let differing = 0
  let at = -1
  for (let i = 0; i < elements; i++) {
    // A number and a bigint of one value are the same element.
    // biome-ignore lint/suspicious/noDoubleEquals: see above
    if (received[i]! == expected[i]!) continue
    if (differing++ === 0) at = i
    errors[i % plane]!++
    inChannel[Math.floor(i / plane)]!++
  }
  if (differing === 0)
    return { elements, differing, first: null, summary: `all ${elements} elements agree`, picture: [] }
  const first = {
    channel: Math.floor(at / plane),
    y: Math.floor(at / width) % height,
    x: at % width,
    expected: expected[at]!,
    received: received[at]!,
  }
  const place = `c${first.channel} y${first.y} x${first.x}`
  const verb = differing === 1 ? 'differs' : 'differ'
  const summary = `${place}: expected ${first.expected}, received ${first.received}; ${differing} of ${elements} ${verb}`
  const picture = [...drawMap(errors, channels, height, width), listChannels(inChannel)]
  return { elements, differing, first, summary, picture }
}

/** A character a cell of pixels: `.` none differs, `1` to `9` up to so many tenths of its elements, `#` more. */
function drawMap(errors: Uint32Array, channels: number, height: number, width: number): readonly string[] {
  const cellWidth = Math.ceil(width / maxColumns)
  const cellHeight = Math.ceil(height / maxRows)
  const columns = Math.ceil(width / cellWidth)
  const rows = Math.ceil(height / cellHeight)
  const label = (row: number) => `y${row * cellHeight}`.padEnd(`y${height - 1}`.length + 1)
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      let sum = 0
      let pixels = 0
      for (let y = row * cellHeight; y < Math.min(height, (row + 1) * cellHeight); y++) {
        for (let x = column * cellWidth; x < Math.min(width, (column + 1) * cellWidth); x++) {
          sum += errors[y * width + x]!
          pixels++
        }
      }
      return shades[Math.ceil((10 * sum) / (pixels * channels))]!
    })
    return `${label(row)}${cells.join('')}`
  })
  const cell = cellWidth * cellHeight === 1 ? 'a pixel' : `${cellWidth}x${cellHeight} pixels`
  return [`${cell} a character: . all right, 1-9 tenths wrong (or less), # more`, ...lines]
}

function listChannels(inChannel: Uint32Array): string {
  const wrong = Array.from(inChannel, (count, channel) => ({ count, channel })).filter(
    ({ count }) => count > 0,
  )
  if (wrong.length === inChannel.length && wrong.length > 1)
    return `every one of ${wrong.length} channels differs`
  const shown = wrong.slice(0, 5).map(({ count, channel }) => `c${channel} (${count})`)
  const more = wrong.length > shown.length ? ` and ${wrong.length - shown.length} more` : ''
  return `channels that differ: ${shown.join(', ')}${more}`
}

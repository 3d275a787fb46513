/** What the detect head takes from a graph, with the checks that the spec, its fast twin and the RTL all rely on. */
import type { Codes, IntegerGraph, IntegerHead, NmsOptions } from './types.ts'

/** One stride of the head: a grid of height x width anchors, `stride` pixels apart. */
export interface DetectLevel {
  readonly stride: number
  readonly height: number
  readonly width: number
}

export interface DetectGeometry {
  /** In order of stride; anchors are numbered level by level, row-major within a level. */
  readonly levels: readonly DetectLevel[]
  /** Bins of the distribution focal loss. */
  readonly regMax: number
  readonly classes: number
}

/** Reads the geometry from the shapes of the head's logit tensors. */
export function detectGeometry(graph: Pick<IntegerGraph, 'nodes' | 'detect'>): DetectGeometry {
  const { levels, regMax, classes } = graph.detect
  const shapeOf = (name: string, channels: number) => {
    const node = graph.nodes.find((candidate) => candidate.name === name)
    if (!node) throw new Error(`The detect head reads ${name}, which is not a tensor of the graph.`)
    if (node.shape[0] !== channels) {
      throw new Error(`Expected ${channels} channels in ${name}, got ${node.shape[0]}.`)
    }
    return node.shape
  }
  return {
    regMax,
    classes: classes.length,
    levels: levels.map(({ stride, box, cls }) => {
      const [, height, width] = shapeOf(box, 4 * regMax)
      const [, classHeight, classWidth] = shapeOf(cls, classes.length)
      if (height !== classHeight || width !== classWidth) {
        throw new Error(
          `Expected one grid for ${box} and ${cls}, got ${[height, width]} and ${[classHeight, classWidth]}.`,
        )
      }
      return { stride, height, width }
    }),
  }
}

export function countAnchors({ levels }: DetectGeometry): number {
  return levels.reduce((sum, { height, width }) => sum + height * width, 0)
}

/**
 * Refuses a geometry whose corners could leave signed 16 bits. With 16 bins and stride 32 that begins above 1568
 * pixels of image width or height.
 */
export function checkGeometry({ levels, regMax, classes }: DetectGeometry): void {
  expectInteger('the number of levels', levels.length, 1, 3)
  expectInteger('regMax', regMax, 1, 16)
  expectInteger('the number of classes', classes, 1, 1024)
  for (const { stride, height, width } of levels) {
    expectInteger('the stride', stride, 1, 128)
    if (!Number.isInteger(Math.log2(stride))) throw new RangeError(`Expected a stride of 2^n, got ${stride}.`)
    const cells = Math.max(width, height)
    // To the left and up it is at most 30720 beyond the first centre: 15 bins of stride 128.
    const reach = (regMax - 1) * stride * 16
    if ((2 * cells - 1) * stride * 8 + reach > 32767) {
      throw new RangeError(
        `The boxes of the ${width}x${height} level at stride ${stride} do not fit signed 16 bits of sixteenths of a pixel (A-8); use a smaller image.`,
      )
    }
  }
}

/** Refuses tensors, tables or options that clauses are not defined for. */
export function checkDetectInput(
  geometry: DetectGeometry,
  head: IntegerHead,
  boxCodes: readonly Codes[],
  classCodes: readonly Codes[],
  options: NmsOptions,
): void {
  checkGeometry(geometry)
  const { levels, regMax, classes } = geometry
  expectInteger('the number of box tensors', boxCodes.length, levels.length, levels.length)
  expectInteger('the number of class tensors', classCodes.length, levels.length, levels.length)
  levels.forEach(({ height, width }, level) => {
    const cells = height * width
    expectLength(`the box logits of level ${level}`, boxCodes[level]!.length, 4 * regMax * cells)
    expectLength(`the class logits of level ${level}`, classCodes[level]!.length, classes * cells)
  })
  if (head.expTable[0] !== 65535) {
    throw new RangeError(`Expected E[0] = 65535 in the exponential table (A-8), got ${head.expTable[0]}.`)
  }
  expectInteger('minCode', options.minCode, 0, head.sigmoidTable.length)
  expectInteger('iouThreshold', options.iouThreshold, 0, 1024)
  expectInteger('capacity', options.capacity, 1, 65535)
  expectInteger('maxDetections', options.maxDetections, 0, 65535)
}

function expectInteger(what: string, value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high)) {
    throw new RangeError(`Expected ${what} to be an integer from ${low} to ${high}, got ${value}.`)
  }
}

function expectLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`Expected ${expected} codes for ${what}, got ${actual}.`)
}

/** What the detect head takes from a graph, with the checks that the spec, its fast twin and the RTL all rely on. */
import { InputError } from '../input/input-error.ts'
import type { Codes, IntegerGraph, IntegerHead, NmsOptions } from './types.ts'

/** One stride of the head: a grid of height x width anchors, `stride` pixels apart. */
export interface DetectLevel {
  readonly stride: number
  readonly height: number
  readonly width: number
}

/** P2 to P6: strides 4 to 64. */
const MAX_LEVELS = 5
const STRIDES = [1, 2, 4, 8, 16, 32, 64, 128]

const IN_FLOAT =
  'Leave the head in float with --scope no-last; assay validate --stages float,unfused measures it.'

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

/** Sixteenths of a pixel that signed 16 bits hold. */
const MOST_CORNER = 32767

/**
 * Refuses a head that A-8 is not defined for, and one whose corners could leave signed 16 bits: with 16 bins that begins above 1568
 * pixels of image width or height at stride 32, and above 1088 at stride 64.
 * @param where what is at fault, for the message
 * @throws InputError
 */
export function checkGeometry({ levels, regMax, classes }: DetectGeometry, where = 'integer model'): void {
  const refuse = (what: string, advice = IN_FLOAT): never => {
    throw new InputError(`the detect head has ${what}`, where, advice)
  }
  const expectCount = (what: string, value: number, most: number): void => {
    if (!(Number.isInteger(value) && value >= 1 && value <= most))
      refuse(`${value} ${what}, its integer arithmetic (A-8) takes 1 to ${most}`)
  }
  expectCount('levels', levels.length, MAX_LEVELS)
  expectCount('bins a side', regMax, 16)
  expectCount('classes', classes, 1024)
  for (const { stride, height, width } of levels) {
    if (!STRIDES.includes(stride))
      refuse(`a level of stride ${stride}, its integer arithmetic (A-8) takes powers of two up to 128`)
    if (Math.max(width, height) > mostCells(stride, regMax))
      refuse(
        `a level of ${height}x${width} cells (height x width) at stride ${stride}, whose boxes do not fit 16 bits (A-8)`,
        `Give a smaller --size, of at most ${Math.min(...levels.map((level) => level.stride * mostCells(level.stride, regMax)))} pixels a side. ${IN_FLOAT}`,
      )
  }
}

/** Cells of a side at the most. To the left and up a corner is at most 30720 beyond the first centre: 15 bins of stride 128. */
const mostCells = (stride: number, regMax: number): number =>
  Math.floor(((MOST_CORNER - (regMax - 1) * stride * 16) / (stride * 8) + 1) / 2)

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

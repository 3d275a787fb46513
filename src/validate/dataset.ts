/** The types of a data set and of detections, the same for every format. */
import type { Finding } from './findings.ts'

/** A picture of a data set. */
export interface DatasetImage {
  /** Unique in the data set. */
  readonly id: number
  /** The id in the data set's own file, where some of its ids are texts. */
  readonly ownId?: number | string
  /** As the data set writes it. */
  readonly fileName: string
  /** Where to read it. */
  readonly path: string
  /** Pixels; 0 if the data set does not say. */
  readonly width: number
  readonly height: number
}

/** Left, top, width, height in pixels of the picture. */
export type PixelBox = readonly [left: number, top: number, width: number, height: number]

export interface GroundTruth {
  readonly imageId: number
  /** Index into the data set's classes. */
  readonly classIndex: number
  readonly box: PixelBox
  /** Square pixels; decides small, medium and large. COCO gives the area of the object's outline, not of its box. */
  readonly area: number
  /** A box around many objects: it excuses any number of detections and asks for none. */
  readonly crowd: boolean
  /** Excuses one detection and asks for none (`difficult` of Pascal VOC). */
  readonly ignore: boolean
}

/** One in-memory form for COCO, YOLO and Pascal VOC annotations. */
export interface Dataset {
  readonly classes: readonly string[]
  /** The category id that each class has in the data set's own files. */
  readonly categoryIds: readonly (number | string)[]
  /** Ascending ids. */
  readonly images: readonly DatasetImage[]
  readonly annotations: readonly GroundTruth[]
  /** What is odd about the files, counted and named. */
  readonly findings: readonly Finding[]
}

export interface Detection {
  readonly imageId: number
  readonly classIndex: number
  readonly box: PixelBox
  /** Higher is surer. */
  readonly score: number
}

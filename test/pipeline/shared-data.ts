/** The real network and COCO images, which are not in the repository: tests that need them are skipped where they are not there. */
import { fileURLToPath } from 'node:url'

const path = (relative: string): string =>
  fileURLToPath(new URL(`../../../shared/${relative}`, import.meta.url))

export const YOLOV8N = path('models/yolov8n.pt')
export const COCO_CALIBRATION = path('coco/calib')
export const COCO_IMAGE = path('coco/dev/images/000000018575.jpg')

const home = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url))

export const DEFAULT_MODEL = home('golden/default/shapes.pt')
export const DEFAULT_CALIBRATION = home('golden/default/calib')
export const DEFAULT_IMAGE = home('golden/default/val/000000.png')
/** Compiled models are shared between tests and commands: the key is the content. */
export const VERILATOR_CACHE = home('build/cache/verilator')

import type { PixelBox } from './dataset.ts'

/**
 * Intersection over union of two boxes of real-valued sides; over the detection's own area where the object is a crowd. The order
 * of operations is that of the COCO evaluator, so that ties fall the same way.
 */
export function measureIou(detection: PixelBox, object: PixelBox, crowd: boolean): number {
  const [dx, dy, dw, dh] = detection
  const [gx, gy, gw, gh] = object
  const width = Math.min(dw + dx, gw + gx) - Math.max(dx, gx)
  if (width <= 0) return 0
  const height = Math.min(dh + dy, gh + gy) - Math.max(dy, gy)
  if (height <= 0) return 0
  const inter = width * height
  const union = crowd ? dw * dh : dw * dh + gw * gh - inter
  return inter / union
}

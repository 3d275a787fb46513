import type { IntegerGraph } from '../../src/golden/types.ts'
import { RandomGraphMaker, type RandomGraphOptions } from './random-graph.ts'

/** A C2f block: a convolution split in two, bottlenecks on the second half, all of them joined. */
function c2f(
  maker: RandomGraphMaker,
  name: string,
  from: string,
  { channels, repeats, residual }: { channels: number; repeats: number; residual: boolean },
): string {
  const hidden = channels / 2
  const whole = maker.conv(`${name}.cv1`, from, { channels })
  const zeroPoint = maker.zeroPoint(whole)
  const parts = [whole]
  let last = maker.slice(`${name}.chunk`, whole, hidden, hidden)
  for (let i = 0; i < repeats; i++) {
    const block = `${name}.m.${i}`
    maker.conv(`${block}.cv1`, last, { channels: hidden, kernel: 3 })
    maker.conv(`${block}.cv2`, `${block}.cv1`, { channels: hidden, kernel: 3, zeroPoint })
    last = residual ? maker.add(block, last, `${block}.cv2`, zeroPoint) : `${block}.cv2`
    parts.push(last)
  }
  maker.concat(`${name}.concat`, parts)
  return maker.conv(`${name}.cv2`, `${name}.concat`, { channels, zeroPoint: 128 })
}

/** YOLOv8n's nodes, names and shapes with random parameters over the whole range of codes; 640 x 640 unless told. */
export function randomYolo(options: RandomGraphOptions): IntegerGraph {
  const maker = new RandomGraphMaker({ shape: [3, 640, 640], ...options })
  const down = (name: string, from: string, channels: number) =>
    maker.conv(name, from, { channels, kernel: 3, stride: 2, zeroPoint: 128 })
  down('model.1', down('model.0', 'images', 16), 32)
  down('model.3', c2f(maker, 'model.2', 'model.1', { channels: 32, repeats: 1, residual: true }), 64)
  const p3 = c2f(maker, 'model.4', 'model.3', { channels: 64, repeats: 2, residual: true })
  const p4 = c2f(maker, 'model.6', down('model.5', p3, 128), { channels: 128, repeats: 2, residual: true })
  const p5 = c2f(maker, 'model.8', down('model.7', p4, 256), { channels: 256, repeats: 1, residual: true })
  const pools = [maker.conv('model.9.cv1', p5, { channels: 128 })]
  for (const i of [1, 2, 3]) pools.push(maker.maxPool(`model.9.m@${i}`, pools[i - 1]!))
  maker.concat('model.9.concat', pools)
  const sppf = maker.conv('model.9.cv2', 'model.9.concat', { channels: 256, zeroPoint: 128 })
  const join = (name: string, a: string, b: string) => maker.concat(name, [a, b])
  const n4 = c2f(maker, 'model.12', join('model.11', maker.upsample('model.10', sppf), p4), {
    channels: 128,
    repeats: 1,
    residual: false,
  })
  const n3 = c2f(maker, 'model.15', join('model.14', maker.upsample('model.13', n4), p3), {
    channels: 64,
    repeats: 1,
    residual: false,
  })
  const o4 = c2f(maker, 'model.18', join('model.17', down('model.16', n3, 64), n4), {
    channels: 128,
    repeats: 1,
    residual: false,
  })
  const o5 = c2f(maker, 'model.21', join('model.20', down('model.19', o4, 128), sppf), {
    channels: 256,
    repeats: 1,
    residual: false,
  })
  const levels = [n3, o4, o5].map((from, i) => ({
    stride: 8 << i,
    box: branch(maker, `model.22.cv2.${i}`, from, 64, 64),
    cls: branch(maker, `model.22.cv3.${i}`, from, 80, 80),
  }))
  return maker.graph(levels)
}

function branch(
  maker: RandomGraphMaker,
  name: string,
  from: string,
  channels: number,
  outputs: number,
): string {
  maker.conv(`${name}.0`, from, { channels, kernel: 3 })
  maker.conv(`${name}.1`, `${name}.0`, { channels, kernel: 3 })
  return maker.conv(`${name}.2`, `${name}.1`, { channels: outputs, table: false, zeroPoint: 128 })
}

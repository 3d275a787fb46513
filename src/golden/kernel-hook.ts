/** A user's function among the stages: its record for the kernel, and what the kernel calls. */
import { callHook, hookIndex, recallHook } from '../arithmetic/hooks.ts'
import type { ChannelParameters, HookStage } from '../arithmetic/stages.ts'

/** The int32 `s` and the int64 `a`, `b`, `c` of a record, which hold what the function takes of the channel. */
export function packHook(stage: HookStage, by: ChannelParameters) {
  const view = new DataView(new ArrayBuffer(24))
  view.setFloat64(0, by.multiplier, true)
  view.setInt32(8, by.zeroPoint, true)
  view.setFloat32(12, by.scale, true)
  view.setUint32(16, hookIndex(stage), true)
  view.setUint8(20, stage.bits)
  view.setUint8(21, by.codeBits)
  view.setUint8(22, Number(by.rectified === true))
  const [a, b, c] = [0, 8, 16].map((at) => view.getBigInt64(at, true)) as [bigint, bigint, bigint]
  return { s: by.shift, a, b, c }
}

/** The function of a record on a run of int64, in place. Addresses are bytes of the kernel's memory. */
export function kernelHook(memory: SharedArrayBuffer, values: number, count: number, record: number): void {
  const view = new DataView(memory, record)
  const by: ChannelParameters = {
    shift: view.getInt32(4, true),
    multiplier: view.getFloat64(8, true),
    zeroPoint: view.getInt32(16, true),
    scale: view.getFloat32(20, true),
    codeBits: view.getUint8(29),
    rectified: view.getUint8(30) === 1,
  }
  const run = new BigInt64Array(memory, values, count)
  const [index, bits] = [view.getUint32(24, true), view.getUint8(28)]
  for (let i = 0; i < count; i++) run[i] = callHook(index, run[i]!, by, bits)
  recallHook(index)
}

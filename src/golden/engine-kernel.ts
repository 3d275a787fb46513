/** Loads the compiled kernel and gives it memory. */

import { KERNEL_WASM_BASE64 } from './kernel.wasm.ts'
import { kernelHook } from './kernel-hook.ts'

/** Output channels of a kernel tile, and the group that channels are padded to. */
export const GROUP = 8

/** The exports of kernel.as.ts and of what it imports, where the arguments are named. */
export interface Kernel {
  conv(...args: number[]): void
  tally(...args: number[]): void
  add(...args: number[]): void
  maxPool(...args: number[]): void
  copy(...args: number[]): void
  mapCodes(...args: number[]): void
  pack(...args: number[]): void
  unpack(...args: number[]): void
  packWeights(...args: number[]): void
  convProducts(...args: number[]): void
  addStages(...args: number[]): void
  addFloats(...args: number[]): void
  runStages(...args: number[]): void
  runStages32(...args: number[]): void
}

/** A call of the kernel that may be shared out. */
export type KernelCall = keyof Kernel

/** A compiled kernel and the memory that it works on. Both can be sent to another thread. */
export interface SharedKernel {
  readonly module: object
  readonly memory: object
}

interface Memory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number): number
}

// The part of the WebAssembly API that is used here; Node's types leave it to the DOM's.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => Memory
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object; hook: (...args: [number, number, number]) => void } },
  ) => { readonly exports: unknown }
}

const PAGE = 65536
const MOST_PAGES = 65536
let compiled: object | undefined

/** The kernel's functions on a memory. */
export function bindKernel({ module, memory }: SharedKernel): Kernel {
  const hook = (...args: [number, number, number]): void => kernelHook((memory as Memory).buffer, ...args)
  return new WebAssembly.Instance(module, { env: { memory, hook } }).exports as Kernel
}

/** A kernel with a memory that grows. One engine after the other may use it, not two in turn. */
export class KernelMemory {
  readonly kernel: Kernel
  readonly shared: SharedKernel
  readonly #memory: Memory
  /** Bytes that an engine has had. */
  #used = 0

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_WASM_BASE64, 'base64'))
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true })
    this.shared = { module: compiled, memory: this.#memory }
    this.kernel = bindKernel(this.shared)
  }

  /** The memory with `bytes` at least, all zero. Throws a RangeError if that is more than WebAssembly's 4 GiB. */
  reserve(bytes: number): SharedArrayBuffer {
    const pages = Math.ceil(bytes / PAGE)
    if (pages > MOST_PAGES) {
      throw new RangeError(
        `The engine needs ${bytes} bytes, above WebAssembly's 4 GiB: use a smaller image or runSpec`,
      )
    }
    new Uint8Array(this.#memory.buffer, 0, Math.min(this.#used, bytes)).fill(0)
    const missing = pages - this.#memory.buffer.byteLength / PAGE
    if (missing > 0) this.#memory.grow(missing)
    this.#used = Math.max(this.#used, bytes)
    return this.#memory.buffer
  }
}

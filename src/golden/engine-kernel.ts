/** Loads the compiled kernel and gives it memory. */
import { KERNEL_WASM_BASE64 } from './kernel.wasm.ts'

/** The exports of kernel.as.ts, where the arguments are named. */
export interface Kernel {
  conv(...args: number[]): void
  add(...args: number[]): void
  maxPool(...args: number[]): void
  copy(...args: number[]): void
  pack(...args: number[]): void
  unpack(...args: number[]): void
  packWeights(...args: number[]): void
}

/** A call of the kernel that may be shared out. */
export type KernelCall = keyof Kernel

/** A compiled kernel and the memory that it works on. Both can be sent to another thread. */
export interface SharedKernel {
  readonly module: object
  readonly memory: object
}

// The part of the WebAssembly API that is used here; Node's types leave it to the DOM's.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (limits: {
    initial: number
    maximum: number
    shared: true
  }) => {
    readonly buffer: SharedArrayBuffer
  }
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: unknown }
}

const PAGE = 65536
let compiled: object | undefined

/** A kernel over its own memory of at least `bytes`. Throws a RangeError if that is more than WebAssembly's 4 GiB. */
export function instantiateKernel(bytes: number): {
  readonly kernel: Kernel
  readonly memory: SharedArrayBuffer
  readonly shared: SharedKernel
} {
  const pages = Math.ceil(bytes / PAGE)
  if (pages > PAGE) {
    throw new RangeError(
      `The engine needs ${bytes} bytes, above WebAssembly's 4 GiB: use a smaller image or runSpec`,
    )
  }
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_WASM_BASE64, 'base64'))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const shared = { module: compiled, memory }
  return { kernel: bindKernel(shared), memory: memory.buffer, shared }
}

/** The kernel's functions on a memory. */
export function bindKernel({ module, memory }: SharedKernel): Kernel {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Kernel
}

const SOURCE = 'src/golden/kernel.as.ts'
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--converge',
  '--runtime',
  'stub',
  '--importMemory',
  '--sharedMemory',
  '--maximumMemory',
  '65536',
  '--enable',
  'simd',
  '--enable',
  'threads',
  '--use',
  'abort=',
]

/** What is used of the compiler, which has a lock of its own: `make test-kernel` and `make kernel` install it. */
interface AssemblyScript {
  readonly main: (
    words: readonly string[],
    system: { readonly writeFile: (name: string, contents: string | Uint8Array) => void },
  ) => Promise<{ readonly error: Error | null; readonly stderr: { readonly toString: () => string } }>
}
const COMPILER = '../../tools/kernel/node_modules/assemblyscript/dist/asc.js'

/** Compiles the engine's kernel from its source. Throws an Error that carries the compiler's messages. */
export async function compileKernel(): Promise<Uint8Array> {
  const asc = (await import(new URL(COMPILER, import.meta.url).href)) as AssemblyScript
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main([SOURCE, '--outFile', 'kernel.wasm', ...OPTIONS], {
    writeFile(name, contents) {
      if (name === 'kernel.wasm' && typeof contents !== 'string') binary = contents
    },
  })
  if (error !== null) throw new Error(`asc ${SOURCE} failed: ${stderr.toString()}`, { cause: error })
  if (binary === undefined) throw new Error(`asc ${SOURCE} wrote no kernel.wasm: ${stderr.toString()}`)
  return binary
}

/** The text of src/golden/kernel.wasm.ts. */
export function renderKernelModule(binary: Uint8Array): string {
  return [
    '/** kernel.as.ts compiled by `make kernel`, in base64. test/golden/kernel.test.ts compares it with a fresh compilation. */',
    'export const KERNEL_WASM_BASE64 =',
    `  '${Buffer.from(binary).toString('base64')}'`,
    '',
  ].join('\n')
}

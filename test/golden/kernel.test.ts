import { expect } from 'vitest'
import { testWith } from '../witness.ts'
import { compileKernel, renderKernelModule } from './compile-kernel.ts'

// `make kernel` runs this file with --update, which writes the module.
testWith('AssemblyScript of tools/kernel', 'kernel.wasm.ts is what kernel.as.ts compiles to', async () => {
  const binary = await compileKernel()
  expect(binary.length).toBeLessThan(16384)
  await expect(renderKernelModule(binary)).toMatchFileSnapshot('../../src/golden/kernel.wasm.ts')
})

import { expect, test } from 'vitest'
import { compileKernel, renderKernelModule } from './compile-kernel.ts'

// `npm run build:kernel` runs this file with --update, which writes the module.
test('kernel.wasm.ts is what kernel.as.ts compiles to', async () => {
  const binary = await compileKernel()
  expect(binary.length).toBeLessThan(8192)
  await expect(renderKernelModule(binary)).toMatchFileSnapshot('../../src/golden/kernel.wasm.ts')
})

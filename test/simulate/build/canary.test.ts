/** Verilator and the compiler give known answers, or nothing is built with them. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { checkCanary } from '../../../src/simulate/build/canary.ts'
import { buildRuntime, planRuntime } from '../../../src/simulate/build/runtime.ts'
import { findTools } from '../../../src/simulate/build/tools.ts'

const cache = mkdtempSync(join(tmpdir(), 'assay-canary-'))
const tools = await findTools(readEnvironment())
// The runtime of the other tests, the verdicts of our own.
const runtime = await planRuntime(
  tools,
  resolve(process.env.ASSAY_CACHE ?? 'build/cache/verilator'),
  false,
  false,
)
await buildRuntime(tools, runtime)

test('these tools give them', async () => {
  await expect(checkCanary(tools, runtime, cache, tools.verilator.flags)).resolves.toBeUndefined()
})

test('a wrong one is named with both versions, each time', async () => {
  for (let again = 0; again < 2; again++)
    await expect(
      checkCanary(tools, runtime, cache, [...tools.verilator.flags, "-GFault=1'b1"]),
    ).rejects.toThrow(
      `${tools.verilator.banner} with ${tools.compiler.banner} computes wrong results: cast_o is 1, not 0 in sim/canary.sv. Nothing can be proved`,
    )
})

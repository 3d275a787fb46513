/** What shards of one run must agree on: the RTL, with what it includes, wherever it lies. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashRtl } from '../../../src/pipeline/bench/record.ts'
import { buildModel } from '../../../src/simulate/build/build.ts'
import { makeFolder } from '../prepared.ts'
import { VERILATOR_CACHE } from '../shared-data.ts'

const module = (width: string): string =>
  `\`include "width.svh"\nmodule echo (input logic [${width}:0] data_i, output logic [${width}:0] data_o);\n  assign data_o = data_i;\nendmodule\n`

function makeRtl(header: string): { readonly sources: readonly string[]; readonly header: string } {
  const folder = makeFolder()
  const [source, included] = [join(folder, 'echo.sv'), join(folder, 'width.svh')]
  writeFileSync(source, module('`WIDTH'))
  writeFileSync(included, header)
  return { sources: [source], header: included }
}

const inputsOf = (...paths: readonly string[]) => paths.map((path) => ({ path, sha256: '' }))

describe('the hash of the RTL', () => {
  test('is of the content: the same in another folder, another with another source, order or included file', async () => {
    const [a, b, other] = [makeRtl('`define WIDTH 7'), makeRtl('`define WIDTH 7'), makeRtl('`define WIDTH 6')]
    const hash = (rtl: ReturnType<typeof makeRtl>) =>
      hashRtl(rtl.sources, inputsOf(...rtl.sources, rtl.header))
    const first = await hash(a)
    expect(await hash(b)).toBe(first)
    expect(await hash(other)).not.toBe(first)
    expect(await hashRtl(a.sources, inputsOf(...a.sources))).not.toBe(first)
    const two = [...a.sources, a.header]
    expect(await hashRtl(two, inputsOf(...two))).not.toBe(await hashRtl(two.toReversed(), inputsOf(...two)))
  })

  test('a build names what was included, now and when it is found in the cache', async () => {
    const { sources, header } = makeRtl('`define WIDTH 7')
    const options = { top: 'echo', sources, includeDirs: [dirname(header)], cacheDir: VERILATOR_CACHE }
    for (const round of ['built', 'found']) {
      const { inputs } = await buildModel(options)
      expect(
        inputs.map(({ path }) => path),
        round,
      ).toEqual([...sources, header].sort())
    }
  })
})

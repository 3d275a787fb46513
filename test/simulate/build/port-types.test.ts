import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { generatePortTypes } from '../../../src/simulate/build/port-types.ts'
import { type Dut, readPorts, simulate } from '../../../src/simulate/index.ts'
import type { PortZooPorts } from '../fixtures/port_zoo.ports.d.ts'

const zoo = { top: 'port_zoo', sources: ['test/simulate/fixtures/port_zoo.sv'] }
const declarations = 'test/simulate/fixtures/port_zoo.ports.d.ts'

/** Never called: `tsc` checks it with all else. Each expected error is an error if it does not come. */
export function misuse({ ports }: Dut<PortZooPorts>): void {
  ports.small_i = -3
  ports.quad_i = 3n
  ports.unpacked_array_i = [1, 2, 3, 4]
  const sum: number = ports.small_o + ports.depth_o
  const wide: bigint = ports.wide_o
  // @ts-expect-error: no such port
  ports.smal_i = 1
  // @ts-expect-error: no such port to read
  void ports.wide
  // @ts-expect-error: an output
  ports.small_o = 1
  // @ts-expect-error: 64 bits are a bigint
  ports.quad_i = 3
  // @ts-expect-error: 8 bits are a number
  ports.small_i = 3n
  // @ts-expect-error: an array
  ports.unpacked_array_i = 1
  void [sum, wide]
}

describe('port types', () => {
  test('in the tree are those of the module', async () => {
    expect(await readFile(declarations, 'utf8')).toBe(generatePortTypes(await readPorts(zoo)))
  })

  test('are written by a build, and left alone while they are right', async () => {
    const folder = await mkdtemp(resolve('build', 'types-'))
    const portTypes = join(folder, 'zoo.ports.d.ts')
    try {
      await using first = await simulate({ ...zoo, portTypes })
      const { mtimeMs } = await stat(portTypes)
      await using again = await simulate({ ...zoo, portTypes })
      expect((await stat(portTypes)).mtimeMs).toBe(mtimeMs)
      expect(await readFile(portTypes, 'utf8')).toBe(await readFile(declarations, 'utf8'))
      expect(first.module).toEqual(again.module)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('keep a misspelt port from compiling', async () => {
    const folder = await mkdtemp(resolve('build', 'types-'))
    const file = join(folder, 'misspelt.ts')
    const source = [
      "import type { Dut } from '../../src/simulate/types.ts'",
      "import type { PortZooPorts } from '../../test/simulate/fixtures/port_zoo.ports.d.ts'",
      'export const read = (dut: Dut<PortZooPorts>): number => dut.ports.smal_o',
    ]
    try {
      await writeFile(file, source.join('\n'))
      const flags = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
      const more = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--allowImportingTsExtensions']
      const result = await execa('node_modules/.bin/tsc', [...flags, ...more, file], { reject: false })
      expect(result.stdout).toMatch(
        /misspelt\.ts\(3,\d+\): error TS2551: .*'smal_o'.*Did you mean 'small_o'\?/,
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/**
 * Quartus's own simulation library reads .hex and .mif in Verilog. It is Intel's and not in this repository: name your
 * copy, `ALTERA_MF=<quartus>/eda/sim_lib/altera_mf.v`, to run these.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ROM_FORMATS } from '../../../src/rom/formats/formats.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { needs } from '../../witness.ts'
import { READERS } from './readers/readers.ts'
import { randomRom } from './support.ts'

const library = process.env.ALTERA_MF ?? ''
const folder = mkdtempSync(join(tmpdir(), 'assay-quartus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

needs(['ALTERA_MF, the path of altera_mf.v', 'iverilog'], "Quartus's simulation library", () => {
  test.each([
    { width: 8, depth: 300 },
    { width: 12, depth: 300 },
    { width: 37, depth: 90 },
    { width: 1024, depth: 40 },
    { width: 9, depth: 65_600 },
  ])('reads .hex and .mif of $depth words of $width bits', ({ width, depth }) => {
    const rom = randomRom(width, width, depth)
    for (const [id, file, task] of [
      ['quartus-hex', 'rom.hex', 'convert_hex2ver'],
      ['intel-mif', 'rom.mif', 'convert_mif2ver'],
    ] as const) {
      writeFileSync(join(folder, file), ROM_FORMATS[id].write(rom))
      writeFileSync(
        join(folder, 'read.v'),
        `module read; reg [2048:1] out; reader m(); initial m.${task}("${file}", ${width}, out); endmodule\n`,
      )
      const source = readFileSync(library, 'latin1').replace(/\r/g, '')
      const module = /^module ALTERA_MF_MEMORY_INITIALIZATION\b[\s\S]*?^endmodule/m.exec(source)?.[0] ?? ''
      const defines = source.match(/^`define .*$/gm) ?? []
      const reader = module.replace('ALTERA_MF_MEMORY_INITIALIZATION', 'reader')
      writeFileSync(join(folder, 'reader.v'), `${defines.join('\n')}\n${reader}\n`)
      rmSync(join(folder, 'rom.ver'), { force: true })
      const options = { cwd: folder, encoding: 'utf8', timeout: 240_000 } as const
      const built = spawnSync('iverilog', ['-g2005-sv', '-o', 'read', 'reader.v', 'read.v'], options)
      expect(built.stderr).toBe('')
      expect(spawnSync('vvp', ['-n', 'read'], options).stdout).not.toMatch(/ERROR|WARNING/)
      // It writes @address and a word a line, for $readmemh.
      const text = readFileSync(join(folder, 'rom.ver'), 'latin1')
      expect(unpackRom(READERS.readmemh(text, rom))).toEqual(unpackRom(rom))
    }
  })
})

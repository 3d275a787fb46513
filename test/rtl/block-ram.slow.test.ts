/** Yosys maps the memories of rtl/ to block RAM, with their content; it takes seconds to read its primitives. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { needs } from '../witness.ts'

const sources = await readSourceList()
const scratch = () => mkdtemp(join(tmpdir(), 'assay-rtl-'))

needs('yosys', 'Yosys', () => {
  const yosys = (script: string) => execa('yosys', ['-q', '-p', script], { timeout: 300_000 })
  const read = `read_verilog -sv -DSYNTHESIS ${sources.join(' ')}`

  test('feature memory: a block RAM a bank', async () => {
    const parameters = '-chparam PI 2 -chparam PX 2 -chparam Depth 2048'
    const mapped = yosys(`${read}; hierarchy -check -top feature_memory ${parameters};
      synth_xilinx -family xc7 -noiopad -top feature_memory;
      select -assert-count 4 t:RAMB36E1; select -assert-none t:RAM64* t:RAM32*`)
    await expect(mapped).resolves.toMatchObject({ exitCode: 0 })
  })

  test('weight ROM: block RAM with its content', async () => {
    const folder = await scratch()
    const [words, top] = [join(folder, 'words.mem'), join(folder, 'top.sv')]
    const content = Array.from({ length: 1024 }, (_, i) => (Math.imul(i, 2654435761) >>> 0).toString(16))
    await writeFile(words, `${content.join('\n')}\n`)
    await writeFile(
      top,
      `module top (input wire clk_i, input wire [9:0] a, output wire [31:0] q);
         rom #(.Width(32), .Depth(1024), .File("${words}")) u
           (.clk_i(clk_i), .read_valid_i(1'b1), .read_addr_i(a), .read_data_o(q));
       endmodule\n`,
    )
    const netlist = join(folder, 'top.il')
    await yosys(`${read} ${top}; hierarchy -check -top top; synth_xilinx -family xc7 -noiopad -flatten -top top;
      select -assert-count 1 t:RAMB36E1 t:RAMB18E1 %u; select -assert-none t:FDRE; select top; write_rtlil -selected ${netlist}`)
    // A memory without content would be all x or all 0.
    expect(/INIT_00 256'[01x]*1[01x]*\s/.test(await readFile(netlist, 'utf8'))).toBe(true)
  })
})

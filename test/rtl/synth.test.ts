/** `make synth` must be able to fail: modules that no FPGA should hold, and one that it may. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkDesign } from '../../src/bench/synth-map.ts'
import { needs } from '../witness.ts'

const scratch = () => mkdtemp(join(tmpdir(), 'assay-synth-test-'))

async function check(top: string, text: string): Promise<void> {
  const folder = await scratch()
  const source = join(folder, 'module.sv')
  await writeFile(source, text)
  await checkDesign({ top, parameters: {} }, [source], folder)
}

needs('yosys', 'make synth', () => {
  test.each([
    {
      because: 'a latch',
      text: 'module top (input wire en, input wire d, output logic q); always @* if (en) q = d; endmodule',
      message: /a latch.*proc_dlatch/s,
    },
    {
      because: 'a loop within a module',
      text: 'module top (input wire a, output wire y); wire x = y ^ a; assign y = x & a; endmodule',
      message: /found logic loop in module top/,
    },
    {
      because: 'a loop through two modules',
      text: `module half (input wire a, input wire b, output wire y); assign y = a ^ b; endmodule
        module top (input wire a, output wire y);
          wire x;
          half u_a (.a(a), .b(x), .y(y));
          half u_b (.a(y), .b(a), .y(x));
        endmodule`,
      message: /found logic loop in module top.*u_a.*u_b/s,
    },
    {
      because: 'two drivers',
      text: `module half (input wire a, output wire y); assign y = !a; endmodule
        module top (input wire a, input wire b, output wire y); half u_a (.a(a), .y(y)); half u_b (.a(b), .y(y)); endmodule`,
      message: /multiple conflicting drivers for top\.\\y/,
    },
    {
      because: 'a wire without a driver',
      text: 'module top (input wire a, output wire y); wire x; assign y = a & x; endmodule',
      message: /used but has no driver/,
    },
  ])('refuses $because', async ({ text, message }) => {
    await expect(check('top', text)).rejects.toThrow(message)
  })

  test('has nothing against a register and its logic', async () => {
    const text =
      'module top (input wire clk, input wire d, output logic q); always_ff @(posedge clk) q <= q ^ d; endmodule'
    await expect(check('top', text)).resolves.toBeUndefined()
  })
})

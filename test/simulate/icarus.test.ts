/** The same modules and the same calls under Verilator and under Icarus: same values, same cycles; and what four states add. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SimulateOptions, simulate, simulateInChild } from '../../src/simulate/index.ts'
import { needs } from '../witness.ts'

const fifo: SimulateOptions = {
  top: 'fifo',
  sources: ['test/simulate/fixtures/fifo.sv'],
  parameters: { Depth: 4, Width: 8 },
}

function writeModule(name: string, text: string): SimulateOptions {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-icarus-')), `${name}.sv`)
  writeFileSync(path, text)
  return { top: name, sources: [path], simulator: 'icarus' }
}

needs('iverilog', 'Icarus', () => {
  test('gives the beats of Verilator in the cycles of Verilator, with stalls', async () => {
    const beats = Array.from({ length: 40 }, (_, i) => ({ data: (i * 29) & 255, tag: (i % 16) - 8 }))
    const runs = await Promise.all(
      (['verilator', 'icarus'] as const).map(async (simulator) => {
        await using dut = await simulate({ ...fifo, simulator, stalls: { probability: 0.4, seed: 9 } })
        await dut.in.send(beats)
        const { data, cycles } = await dut.out.receivePacked(beats.length, { withinCycles: 1000 })
        return { data: [...data], cycles: [...cycles], cycle: dut.cycle }
      }),
    )
    expect(runs[1]).toEqual(runs[0])
    expect(runs[0]!.data).toHaveLength(80)
  })

  test('drives ports in place, in this process and in a child', async () => {
    await using dut = await simulate({ ...fifo, simulator: 'icarus' })
    dut.ports.in_data_i = 77
    dut.ports.in_tag_i = -3
    dut.ports.in_valid_i = 1
    dut.tick(4)
    expect([dut.ports.full_o, dut.ports.in_ready_o]).toEqual([1, 0])
    expect([dut.ports.out_data_o, dut.ports.out_tag_o]).toEqual([77, -3])
    await using child = await simulateInChild({ ...fifo, simulator: 'icarus' })
    await child.stream('in').send([{ data: 5, tag: 1 }])
    expect(await child.stream('out').receive(1)).toEqual([{ data: 5, tag: 1 }])
  })

  test('an unknown payload of a valid beat is an error, an unknown payload without valid is not', async () => {
    const module = writeModule(
      'forgetful',
      `module forgetful(input wire clk_i, input wire rst_ni, input wire in_valid_i, input wire [3:0] in_data_i,
         output logic out_valid_o, output logic [3:0] out_data_o);
         always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) out_valid_o <= 0; else out_valid_o <= in_valid_i;
         always_ff @(posedge clk_i) if (in_valid_i && in_data_i != 9) out_data_o <= in_data_i;
       endmodule`,
    )
    await using good = await simulate(module)
    await good.in.send([{ data: 3 }, { data: 9 }])
    expect(await good.out.receive(2)).toEqual([{ data: 3 }, { data: 3 }])
    await using bad = await simulate(module)
    await bad.in.send([{ data: 9 }])
    await expect(bad.out.receive(1)).rejects.toThrow(
      /unknown \(x\) on out_data_o while out_valid_o is 1 \(forgetful, cycle \d+\)/,
    )
  })

  test('a valid that reset does not reach is an error at once', async () => {
    const module = writeModule(
      'unreset',
      `module unreset(input wire clk_i, input wire rst_ni, output logic out_valid_o, output logic out_data_o);
         always_ff @(posedge clk_i) if (!rst_ni) out_data_o <= 0; else out_valid_o <= out_data_o;
       endmodule`,
    )
    await expect(simulate(module)).rejects.toThrow(/unknown \(x\) on out_valid_o after reset/)
  })

  test('errors have their file and line, and $finish ends a run', async () => {
    const module = writeModule(
      'troubled',
      `module troubled(input wire clk_i, input wire [3:0] a_i, output logic [3:0] b_o);
         always @(posedge clk_i) begin
           b_o <= a_i;
           if (a_i == 4) $error("four %0d", a_i);
           if (a_i == 5) $fatal(1, "five");
           if (a_i == 6) assert (a_i == 7);
           if (a_i == 7) $finish;
         end
       endmodule`,
    )
    for (const [value, message] of [
      [4, /troubled\.sv:4: four 4/],
      [5, /troubled\.sv:5: five/],
      [6, /troubled\.sv:6: Assertion failed/],
    ] as const) {
      await using dut = await simulate(module)
      dut.ports.a_i = value
      expect(() => dut.tick()).toThrow(message)
    }
    await using dut = await simulate(module)
    dut.ports.a_i = 7
    dut.tick()
    expect(dut.finished).toBe(true)
  })

  test('a memory file that is missing, and sources that do not compile, are named', async () => {
    const rom = writeModule(
      'rom',
      `module rom(input wire [1:0] a_i, output wire [7:0] d_o);
         reg [7:0] mem[0:3]; initial $readmemh("nowhere.mem", mem); assign d_o = mem[a_i];
       endmodule`,
    )
    await expect(simulate(rom)).rejects.toThrow(/rom\.sv:2: .*nowhere\.mem/)
    await expect(simulate({ ...fifo, simulator: 'icarus', trace: true })).rejects.toThrow(/no waveforms here/)
  })
})

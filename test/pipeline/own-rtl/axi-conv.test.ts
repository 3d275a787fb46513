/** An accelerator that is programmed through AXI4-Lite and works in a DDR: exact as it is, red and named when it is broken. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { type LoadedConfig, loadConfig } from '../../../src/pipeline/own-rtl/config.ts'
import type { OperatorSimulationOptions } from '../../../src/pipeline/own-rtl/prepare.ts'
import { runOperatorSimulation } from '../../../src/pipeline/own-rtl/simulation.ts'
import { chooseNamed, makeFolder, prepareDefault } from '../prepared.ts'
import { ownOptions } from './upsampler.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/axi-conv/', import.meta.url))
const { prepared } = await prepareDefault()
/** 1x1 without a table, 3x3 with padding and a table. */
const SMALL = ['model.22.cv3.2.2', 'model.22.cv3.2.1']

const run = (
  loaded: LoadedConfig,
  own: Partial<OperatorConfig> = {},
  wanted = SMALL,
  { waveform = false, mode = 'isolated' }: Pick<OperatorSimulationOptions, 'waveform' | 'mode'> = {},
) =>
  runOperatorSimulation(
    ownOptions(
      { prepared },
      { ...loaded, config: { ...loaded.config, ...own } },
      { waveform, mode, choose: chooseNamed(wanted) },
    ),
    silent,
  )

async function breakIt(file: string, from: string, to: string): Promise<LoadedConfig> {
  const folder = makeFolder()
  await cp(EXAMPLE, folder, { recursive: true })
  const path = join(folder, 'rtl', file)
  const text = await readFile(path, 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(path, text.replace(from, to))
  return loadConfig(join(folder, 'assay.config.ts'))
}

const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
const ddr = loaded.config.buses!.ddr as Extract<
  NonNullable<OperatorConfig['buses']>[string],
  { kind: 'axi-memory' }
>
const withDdr = (own: object): Partial<OperatorConfig> => ({
  buses: { ...loaded.config.buses, ddr: { ...ddr, ...own } as typeof ddr },
})

test('is exact, whatever the memory does', async () => {
  const calm = await run(loaded, withDdr({ stalls: 0, latency: 1 }))
  expect(calm).toMatchObject({ verdict: 'exact', totals: { elements: 900, mismatches: 0 } })
  const wild = await run(loaded, withDdr({ stalls: 0.6, latency: [1, 90], seed: 9 }))
  expect(wild.verdict).toBe('exact')
  expect(wild.layers[1]!.cycles).toBeGreaterThan(calm.layers[1]!.cycles)
  expect(wild.remarks?.join(' ')).toContain(
    'When its program was done the module was watched for 1,024 more cycles',
  )
})

describe('broken', () => {
  test.each([
    {
      what: 'no rounding',
      file: 'axi_conv.sv',
      from: '(scaled + half) >>> shift',
      to: 'scaled >>> shift',
      kind: { name: 'arithmetic', evidence: expect.stringMatching(/floor/) },
    },
    {
      what: 'weights of half the lanes',
      file: 'axi_conv.sv',
      from: 'for (int i = 0; i < 8; i++)\n      sum',
      to: 'for (int i = 0; i < 4; i++)\n      sum',
      kind: expect.anything(),
    },
  ])('$what: red, and named', async ({ file, from, to, kind }) => {
    const { layers, verdict } = await run(await breakIt(file, from, to), {}, SMALL.slice(1))
    expect(verdict).toBe('mismatch')
    expect(layers[0]).toMatchObject({ error: null, kind })
    expect(layers[0]!.mismatches).toBeGreaterThan(10)
  })

  test.each([
    [
      'a last beat that does not say so',
      ['axi_writer.sv', 'beat_q == awlen_o;', "beat_q == awlen_o && awlen_o != 8'd0;"],
      /m_axi: m_axi_wlast is 0 in beat 1 of 1 of the burst at 0x4000\w+/,
    ],
    [
      'a payload that moves',
      [
        'axi_writer.sv',
        'assign wdata_o   = data_i;',
        "logic [63:0] turn_q; always_ff @(posedge clk_i) turn_q <= turn_q + 64'd1; assign wdata_o = data_i ^ turn_q;",
      ],
      /m_axi: m_axi_wdata changed while m_axi_wvalid waited for m_axi_wready/,
    ],
    [
      'bursts over 4 KB',
      ['axi_reader.sv', "16'd16 - {12'd0, address_q[6:3]}", "16'd200"],
      /m_axi: m_axi_araddr begins a burst of \d+ beats that crosses a boundary of 4 KB/,
    ],
    [
      'an address outside',
      [
        'axi_conv.sv',
        'wire [31:0] write_at = output_at +',
        "wire [31:0] write_at = output_at + 32'h0100_0000 +",
      ],
      /m_axi: m_axi_awaddr: bytes 0x41\w+ to 0x41\w+ are outside the memory, which is 0x40000000 to/,
    ],
    [
      'a response that nobody asked for',
      ['axil_registers.sv', "bvalid_o      <= 1'b0;\n      bresp_o", "bvalid_o      <= 1'b1;\n      bresp_o"],
      /s_axi: s_axi_bvalid is 1: a response to no write/,
    ],
    [
      'an output over the weights',
      ['axi_conv.sv', 'wire [31:0] write_at = output_at', 'wire [31:0] write_at = weights_at'],
      /the module wrote into weights at 0x4000/,
    ],
    [
      'an address without its data, when all is done',
      [
        'axi_writer.sv',
        'assign awvalid_o = state_q == Address;',
        "logic [15:0] late_q; always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) late_q <= '0; else if (start_i) late_q <= 16'd1; else if (state_q == Idle && late_q != 16'd0 && !(&late_q)) late_q <= late_q + 16'd1; assign awvalid_o = state_q == Address || (late_q == 16'd700 && !awready_i);",
      ],
      /a transaction of ddr was under way long after the program was done|m_axi_awvalid/,
    ],
    [
      'a row behind the output',
      [
        'axi_conv.sv',
        "state_q <= y_q == out_height - 16'd1 ? Done : Row;",
        'state_q <= y_q == out_height ? Done : Row;',
      ],
      /the module wrote to 0x4000\w+, which is in no region, in cycle \d+/,
    ],
    [
      'a write after it is done',
      [
        'axi_conv.sv',
        "      if (write_next) line_at_q <= line_at_q + 9'd1;",
        "      if (write_next) line_at_q <= line_at_q + 9'd1;\n      if (write_start && y_q == out_height - 16'd1) busy_q <= 1'b0;",
      ],
      /the module wrote to the output at 0x4000\w+ after its program was done, in cycle \d+/,
    ],
    [
      'busy for ever',
      [
        'axi_conv.sv',
        "registers[47:32]) begin\n            busy_q  <= 1'b0;",
        "registers[47:32]) begin\n            busy_q  <= 1'b1;",
      ],
      /s_axi: 0x4 never came to 0x0 in the bits 0x1 within \d+ cycles.*last values were 0x1/,
    ],
  ] as const)('%s: the layer says what', async (_, [file, from, to], says) => {
    const broken = await breakIt(file, from, to)
    const { layers } = await run(broken, { withinCycles: 100_000 }, SMALL.slice(1), { waveform: true })
    expect(layers[0]!.error ?? '').toMatch(says)
  })
})

describe('a configuration that cannot be', () => {
  const { regions = [], program = [] } = loaded.config
  test.each<[string, Partial<OperatorConfig>, RegExp]>([
    [
      'overlaps',
      { regions: regions.map((region) => ({ ...region, at: 0x4000_0000 })) },
      /regions: weights of model\.22\.cv3\.2\.2: bytes 0x40000000 to 0x\w+ overlap input, which has 0x40000000 to/,
    ],
    [
      'lies outside',
      { regions: regions.map((region) => ({ ...region, at: 0x1000 })) },
      /regions: input of .*: bytes 0x1000 to 0x\w+ are outside the memory of ddr/,
    ],
    [
      'names no bus',
      { regions: regions.map((region) => ({ ...region, bus: 'dram' })) },
      /expected a bus of kind axi-memory, got dram; there is ddr/,
    ],
    [
      'has no such prefix',
      withDdr({ prefix: 'maxi' }),
      /buses\.ddr: Expected the bus maxi as an AXI manager .* there is m_axi/,
    ],
    [
      'has an address of nothing',
      { program: [{ write: 8, value: '$at.weight' }] },
      /program\[0\]\.value: .* has no region weight at one address; it has weights, parameters, output, input/,
    ],
    [
      'polls what cannot be',
      { program: [{ poll: 4, equals: 7, withinCycles: 500 }] },
      /s_axi: 0x4 never came to 0x7 within 500 cycles/,
    ],
    [
      'asks a register that is not there',
      { program: [{ write: 0xf0, value: 1 }] },
      /s_axi: the write to 0xf0 was answered with SLVERR/,
    ],
  ])('%s', async (_, own, says) => {
    expect(program).toBeDefined()
    const failed = run(loaded, own, SMALL.slice(0, 1))
    const text = await failed.then(
      ({ layers }) => layers[0]!.error ?? 'no error',
      (error: Error) => error.message,
    )
    expect(text).toMatch(says)
  })
})

/** What `assay init` makes of ports: what names say, and a TODO at everything that it guesses or does not know. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { draftConfig } from '../../src/operator/draft.ts'
import { guessOperator, guessParameter, guessTensor, guessValue } from '../../src/operator/guess.ts'
import type { OperatorConfig } from '../../src/operator/operator-config.ts'
import { loadConfig } from '../../src/pipeline/own-rtl/config.ts'
import { type ModuleInterface, type Port, readPorts } from '../../src/simulate/index.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/streaming-conv/', import.meta.url))

/** Ports as a header lists them: `in clk_i`, `out 8 data_o`. */
function moduleOf(name: string, ports: string, own: Partial<ModuleInterface> = {}): ModuleInterface {
  const list = ports
    .split(/[,\n]/)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text): Port => {
      const [way, ...rest] = text.split(/\s+/)
      const direction = way === 'in' ? 'input' : 'output'
      return { name: rest.at(-1)!, direction, width: Number(rest.at(-2) ?? 1), signed: false, elements: null }
    })
  return { name, ports: list, parameters: [], clocked: true, ...own }
}

const parameter = (name: string, value: number | string | bigint | null) => ({
  ...{ name, value, local: false, width: 32, signed: true },
})

/** The configuration that a draft is, read as a run reads it. */
async function load(text: string): Promise<OperatorConfig> {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-draft-')), 'assay.config.ts')
  writeFileSync(path, text)
  return (await loadConfig(path)).config
}

/** Lines that are neither marked nor said to be known. */
const unmarked = (text: string): readonly string[] =>
  text.split('\n').filter((line) => /^ {4}\w.*,$/.test(line))

describe('a drafted configuration', () => {
  test('of the example is the configuration that the example has, all of it marked', async () => {
    const folder = join(EXAMPLE, 'rtl')
    const sources = ['line_window.sv', 'streaming_conv.sv'].map((name) => join(folder, name))
    const module = await readPorts({ top: 'streaming_conv', sources })
    const text = draftConfig(
      module,
      sources.map((source) => source.slice(EXAMPLE.length)),
      ['inc'],
    )
    const drafted = await load(text)
    const { config: written } = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const { MaxWidth, ...parameters } = written.parameters!
    expect(text).toContain(`// MaxWidth: ${MaxWidth},`)
    expect({ ...drafted, layers: null }).toEqual({
      ...{ ...written, layers: null },
      ...{ parameters, includeDirs: ['inc'] },
    })
    expect(unmarked(text)).toEqual([])
  })

  test('of the module between block RAMs is its configuration but for the layers and the order of the output', async () => {
    const folder = join(EXAMPLE, '../bram-conv')
    const source = 'rtl/bram_conv.v'
    const module = await readPorts({ top: 'bram_conv', sources: [join(folder, source)] })
    const text = draftConfig(module, [source])
    const { config: written } = await loadConfig(join(folder, 'assay.config.ts'))
    const { layers: _, parameters, output, ...drafted } = await load(text)
    const { layers: __, output: order, ...rest } = written
    expect(drafted).toEqual(rest)
    expect(parameters).toEqual({})
    expect({ ...output, order: 'o y x' }).toEqual(order)
    expect(unmarked(text)).toEqual([])
  })

  test('claims no layer that takes minutes', async () => {
    const { layers } = await load(draftConfig(moduleOf('conv3', 'in s_valid_i, in 8 s_data_i'), ['a.sv']))
    const conv = { op: 'conv', kernel: 3, stride: 1 } as const
    const claim = layers as (layer: object) => boolean
    expect([1e6, 1e8].map((macs) => claim({ ...conv, macs }))).toEqual([true, false])
    const pool = await load(draftConfig(moduleOf('max_pool_5', 'in s_valid_i, in 8 s_data_i'), ['a.sv']))
    expect(pool.layers).toEqual({ op: 'max-pool' })
  })

  test('has memories at read ports, a stream at a write port, start and done', async () => {
    const module = moduleOf(
      'conv_engine',
      `in clk_i, in rst_ni, in start_i, out done_o, out busy_o,
       out in_en_o, out 12 in_addr_o, in 8 in_data_i,
       out weight_en_o, out 12 weight_addr_o, in 8 weight_data_i,
       out 6 param_addr_o, in 64 param_data_i,
       out out_en_o, out 12 out_addr_o, out 16 out_data_o`,
    )
    const text = draftConfig(module, ['conv.sv'])
    expect(unmarked(text)).toEqual([])
    expect(await load(text)).toMatchObject({
      memories: [
        {
          tensor: 'input',
          order: 'y x i',
          ports: { addr: 'in_addr_o', enable: 'in_en_o', data: 'in_data_i' },
        },
        { tensor: 'weights', ports: { addr: 'weight_addr_o', enable: 'weight_en_o' } },
        { tensor: 'parameters', order: 'o', ports: { addr: 'param_addr_o', data: 'param_data_i' } },
      ],
      streams: {
        out: { direction: 'output', valid: 'out_en_o', fields: { addr: 'out_addr_o', data: 'out_data_o' } },
      },
      ...{ start: 'start_i', done: 'done_o', inputs: [] },
      output: { tensor: 'output', stream: 'out', order: 'y x o', address: 'addr', lanes: 2 },
    })
    expect(text).not.toContain('clock')
  })

  test('knows the memories of HLS tools, and names that run together', async () => {
    const hls = `in ap_clk, in ap_rst, in ap_start, out ap_done,
      out 10 weights_address0, out weights_ce0, in 8 weights_q0,
      out 10 y_address0, out y_ce0, out y_we0, out 8 y_d0`
    expect(await load(draftConfig(moduleOf('top', hls), ['a.v']))).toMatchObject({
      ...{ start: 'ap_start', done: 'ap_done' },
      memories: [
        {
          tensor: 'weights',
          ports: { addr: 'weights_address0', enable: 'weights_ce0', data: 'weights_q0' },
        },
      ],
      streams: { y0: { valid: 'y_we0', fields: { addr: 'y_address0', data: 'y_d0' } } },
    })
    const short =
      'in clk, out ren, out 9 raddr, in 8 rdata, out wen, out 9 waddr, out 8 wdata, in soft_reset, in en'
    const text = draftConfig(moduleOf('top', short), ['a.v'])
    expect(await load(text)).toMatchObject({
      memories: [{ ports: { addr: 'raddr', enable: 'ren', data: 'rdata' } }],
      streams: { w: { valid: 'wen', fields: { addr: 'waddr', data: 'wdata' } } },
      reset: [{ port: 'soft_reset', active: 1 }],
      ports: { en: 0 },
    })
    expect(text).toContain('en: 0, // TODO: 1 bit')
  })

  test.each([
    ['in i_valid, out o_ready, in 8 i_data, out o_valid, in i_ready, out 8 o_data', 'i_valid', 'o_ready'],
    ['in valid_i, out ready_o, in 8 data_i, out valid_o, in ready_i, out 8 data_o', 'valid_i', 'ready_o'],
    ['in in_vld, out in_rdy, in 8 in_data, out out_vld, in out_rdy, out 8 out_data', 'in_vld', 'in_rdy'],
  ])('names the streams of %s', async (ports, valid, ready) => {
    const { streams, inputs, output } = await load(draftConfig(moduleOf('f', `in clk, ${ports}`), ['a.v']))
    expect(streams).toMatchObject({ in: { direction: 'input', valid, ready }, out: { direction: 'output' } })
    expect([...inputs, output].map((one) => 'stream' in one && one.stream)).toEqual(['in', 'out'])
  })

  test('says which buses nothing drives, and holds none of their inputs', () => {
    const axi = ['AW', 'AR'].map(
      (way) => `in S_AXI_${way}VALID, out S_AXI_${way}READY, in 4 S_AXI_${way}ADDR`,
    )
    const bus = 'out mem_valid, in mem_ready, out 32 mem_addr, in 32 mem_rdata'
    const text = draftConfig(moduleOf('cpu', `in S_AXI_ACLK, ${axi.join()}, ${bus}`), ['a.v'])
    expect(text).toMatch(
      /TODO: nothing drives S_AXI_…, which is AXI4 or AXI4-Lite: its inputs S_AXI_AWVALID,/,
    )
    expect(text).toMatch(
      /TODO: nothing drives mem_…, which waits for answers: its inputs mem_ready, mem_rdata/,
    )
    expect(text).not.toMatch(/ports: {|streams: {|memories: /)
  })

  test('marks clocks and resets that no convention finds', async () => {
    const two = moduleOf('fifo', 'in a_clk, in b_clk, in a_rst, in b_rst_n, in s_valid_i, in 8 s_data_i')
    const text = draftConfig(two, ['a.v'])
    expect(text).toContain('clocks: { a_clk: { period: 2 }, b_clk: { period: 2 } }, // TODO: their periods')
    expect(await load(text)).toMatchObject({
      clocks: { a_clk: { period: 2 }, b_clk: { period: 2 } },
      reset: [
        { port: 'a_rst', active: 1 },
        { port: 'b_rst_n', active: 0 },
      ],
    })
    const one = draftConfig(moduleOf('f', 'in pixclk, in s_valid_i, in 8 s_data_i'), ['a.v'])
    expect(one).toContain("clock: 'pixclk', // TODO: guessed")
    const none = draftConfig(moduleOf('f', 'in phi, in s_valid_i, in 8 s_data_i'), ['a.v'])
    expect(none).toContain('// clock: // TODO: name it, one of phi, s_valid_i')
    const settled = draftConfig(moduleOf('f', 'in s_valid_i, in 8 s_data_i', { clocked: false }), ['a.v'])
    expect(settled).not.toContain('clock')
  })

  test('marks what it cannot guess', async () => {
    const module = moduleOf('odd', 'in clk_i, in 3 mode_i, out 8 q_o', {
      parameters: [
        parameter('Depth', 12),
        parameter('Name', "it's"),
        parameter('Seed', 2n ** 60n),
        parameter('Odd', null),
        { ...parameter('Local', 1), local: true },
      ],
    })
    const text = draftConfig(module, ["a'b.sv"])
    expect(text).toContain("sources: ['a\\'b.sv']")
    expect(text).toContain('mode_i: 0, // TODO: 3 bits')
    expect(text).toMatch(
      /TODO: these keep the module's own values\.\n +\/\/ Depth: 12,\n.*Name: 'it\\'s',\n.*1152921504606846976n,\n.*Odd: \?,\n {2}}/,
    )
    expect(text).toMatch(/TODO: no input stream[\s\S]*TODO: no output stream/)
    await expect(load(text)).rejects.toThrow(/inputs: expected at least one stream, memory or region/)
  })
})

describe('a name', () => {
  test.each([
    ['out_w', '$outputWidth'],
    ['cfg_width_i', '$inputWidth'],
    ['KEEP_WIDTH', null],
    ['DATA_WIDTH', null],
    ['ADDR_W', null],
    ['MaxWidth', null],
    ['OutHeight', '$outputHeight'],
    ['rows', '$inputHeight'],
    ['cfg_pad_i', '$padCode'],
    ['padding', '$padding'],
    ['zero_point_i', '$zeroPoint'],
    ['REGS_INIT_ZERO', null],
    ['num_filters', '$outputChannels'],
    ['InChannels', '$inputChannels'],
    ['WeightBits', '$weightBits'],
    ['TableBits', '$requantBits'],
    ['use_table_i', '$hasTable'],
    ['TABLE_ADDRESS_BITS', null],
    ['code_max', '$requantMax'],
    ['stride', '$stride'],
    ['kernel_size', '$kernel'],
    ['enable', null],
  ])('%s stands for %s', (name, value) => {
    expect(guessValue(name)).toBe(value)
  })

  test('WIDTH is that of an image beside a height', () => {
    expect(guessParameter('WIDTH', ['WIDTH', 'DEPTH'])).toBeNull()
    expect(guessParameter('WIDTH', ['WIDTH', 'HEIGHT'])).toBe('$inputWidth')
    expect(guessParameter('IMG_WIDTH', ['IMG_WIDTH'])).toBe('$inputWidth')
  })

  test.each([
    ['weights0', 'weights'],
    ['s_axis_coef', 'weights'],
    ['bias', 'bias'],
    ['lut', 'table'],
    ['quant_params', 'parameters'],
    ['skip', 'second'],
    ['multiplier', 'multiplier'],
    ['shift', 'shift'],
    ['r', 'input'],
    ['activations', 'input'],
  ])('%s carries %s', (name, tensor) => {
    expect(guessTensor(name).tensor).toBe(tensor)
  })

  test.each([
    ['residual_add', 'add'],
    ['bilinear_upsampler', 'upsample'],
    ['pool2', 'max-pool'],
    ['address_unit', 'conv'],
  ])('%s computes %s', (name, op) => {
    expect(guessOperator(name)).toBe(op)
  })
})

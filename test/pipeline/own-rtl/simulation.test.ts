/** Somebody else's convolution against the golden data: green as it is, red at the right place when it is broken. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import type { LayerInfo } from '../../../src/operator/types.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { type LoadedConfig, loadConfig } from '../../../src/pipeline/own-rtl/config.ts'
import { quietCycles } from '../../../src/pipeline/own-rtl/run.ts'
import { runOperatorSimulation } from '../../../src/pipeline/own-rtl/simulation.ts'
import { runOperatorSelftest } from '../../../src/pipeline/selftest/own-rtl.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { renderSelftest } from '../../../src/report/selftest.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { ToolError } from '../../../src/simulate/index.ts'
import { testWith } from '../../witness.ts'
import { chooseNamed, makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'
import { namedSignals, readFst } from '../vcd.ts'
import { BUFFERED, ownOptions, UPSAMPLER } from './upsampler.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/streaming-conv/', import.meta.url))
const { prepared } = await prepareDefault()

const withConfig = (loaded: LoadedConfig, own: Partial<OperatorConfig>): LoadedConfig => ({
  ...loaded,
  config: { ...loaded.config, ...own },
})
const run = (
  loaded: LoadedConfig,
  own: Partial<OperatorConfig> = {},
  wanted = ['model.4.m.0.cv1'],
  simulator: 'verilator' | 'icarus' = 'verilator',
  waveform = false,
) =>
  runOperatorSimulation(
    ownOptions({ prepared }, withConfig(loaded, own), { simulator, waveform, choose: chooseNamed(wanted) }),
    silent,
  )

async function copyExample(file: string, from: string, to: string, example = EXAMPLE): Promise<LoadedConfig> {
  const folder = makeFolder()
  await cp(example, folder, { recursive: true })
  const text = await readFile(join(folder, file), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(join(folder, file), text.replace(from, to))
  return loadConfig(join(folder, 'assay.config.ts'))
}

describe('a module of memories instead of streams', () => {
  test('reads a memory that is served at its ports, and writes by address', async () => {
    const result = await run(UPSAMPLER, {}, ['model.10', 'model.13'])
    expect(
      result.layers.map(({ name, op, elements, mismatches }) => [name, op, elements, mismatches]),
    ).toEqual([
      ['model.10', 'upsample', 12800, 0],
      ['model.13', 'upsample', 25600, 0],
    ])
    expect(result.verdict).toBe('exact')
    const output = { ...UPSAMPLER.config.output, order: 'x y o' }
    expect(await run(UPSAMPLER, { output }, ['model.10'])).toMatchObject({ verdict: 'mismatch' })
    const ports = { ...UPSAMPLER.config.ports, channels_i: 127 }
    const short = await run(UPSAMPLER, { ports, withinCycles: () => 20_000 }, ['model.10'])
    expect(short.layers[0]!.error).toMatch(/12800 beats of write within 20000 cycles/)
  })
})

describe('a layer that was proved before', () => {
  const folder = makeFolder()
  const store = { folder: join(makeFolder(), 'evidence'), programHash: 'p' }
  const runKept = (loaded: LoadedConfig, own: object = {}, config: Partial<OperatorConfig> = {}) =>
    runOperatorSimulation(
      ownOptions({ prepared }, withConfig(loaded, config), {
        ...{ folder, choose: chooseNamed(['model.10']), evidence: store },
        ...own,
      }),
      silent,
    )
  const isBefore = async (...[loaded, own, config]: Parameters<typeof runKept>): Promise<boolean> =>
    (await runKept(loaded, own, config)).layers[0]!.evidence!.before

  test('does not run again while nothing changes, and says so', async () => {
    const first = await runKept(UPSAMPLER)
    expect(first.counts).toMatchObject({ exact: 1, before: 0 })
    const again = await runKept(UPSAMPLER)
    expect(again.counts).toMatchObject({ exact: 0, before: 1 })
    expect(again).toMatchObject({ verdict: 'exact', totals: { simSeconds: 0 }, remarks: first.remarks })
    expect(renderSimResult(again, (_, text) => text)).toMatch(/proved before/)
    // Asked to, it runs.
    expect(await isBefore(UPSAMPLER, { reuse: false })).toBe(false)
  })

  test('runs where the configuration, the RTL or what a function gives has changed', async () => {
    expect(await isBefore(UPSAMPLER)).toBe(true)
    const ports = { ...UPSAMPLER.config.ports, channels_i: ({ inputChannels }: LayerInfo) => inputChannels }
    // The same value of another kind is the same.
    expect(await isBefore(UPSAMPLER, {}, { ports })).toBe(true)
    expect(await isBefore(UPSAMPLER, {}, { stalls: { probability: 0.1 } })).toBe(false)
    expect(await isBefore(UPSAMPLER, {}, { withinCycles: () => 200_000 })).toBe(false)
    const copy = makeFolder()
    const text = await readFile(join(UPSAMPLER.folder, 'served_upsample.sv'), 'utf8')
    const write = (more: string) => writeFile(join(copy, 'served_upsample.sv'), `${text}${more}`)
    await write('')
    expect(await isBefore({ ...UPSAMPLER, folder: copy })).toBe(false)
    expect(await isBefore({ ...UPSAMPLER, folder: copy })).toBe(true)
    // A comment is nothing that runs.
    await write('// a comment')
    expect(await isBefore({ ...UPSAMPLER, folder: copy })).toBe(true)
    await write('module other (input wire a_i); endmodule')
    expect(await isBefore({ ...UPSAMPLER, folder: copy })).toBe(true)
    await writeFile(join(copy, 'served_upsample.sv'), text.replace("x_q + 16'd1", "x_q + 16'(2 - 1)"))
    expect(await isBefore({ ...UPSAMPLER, folder: copy })).toBe(true)
    await writeFile(
      join(copy, 'served_upsample.sv'),
      text.replace('write_valid_o <= read_o', 'write_valid_o <= read_o & 1'),
    )
    await runKept({ ...UPSAMPLER, folder: copy })
    await writeFile(
      join(copy, 'served_upsample.sv'),
      text.replace("16'(2 * height_i - 1)", "16'(4 * height_i - 1)"),
    )
    await expect(runKept({ ...UPSAMPLER, folder: copy })).resolves.toMatchObject({ verdict: 'mismatch' })
  })

  test('runs each time where the RTL asks others than files', async () => {
    const copy = makeFolder()
    const text = await readFile(join(UPSAMPLER.folder, 'served_upsample.sv'), 'utf8')
    const gate = join(copy, 'gate')
    const asks = `wire [31:0] odd; assign odd = $system("test -e ${gate}"); assign write_data_o = read_data_i ^ (odd != 0);`
    await writeFile(
      join(copy, 'served_upsample.sv'),
      text.replace('assign write_data_o = read_data_i;', asks),
    )
    const loaded = { ...UPSAMPLER, folder: copy }
    // Red is not remembered, either.
    expect((await runKept(loaded)).verdict).toBe('mismatch')
    await writeFile(gate, '')
    expect((await runKept(loaded)).verdict).toBe('exact')
    expect(await isBefore(loaded)).toBe(false)
  })

  test('runs where a file that the RTL reads by itself has changed', async () => {
    const copy = makeFolder()
    const text = await readFile(join(UPSAMPLER.folder, 'served_upsample.sv'), 'utf8')
    const table = join(copy, 'odd.mem')
    await writeFile(table, '0\n')
    const reads = `logic [7:0] odd [1]; initial $readmemh("${table}", odd); assign write_data_o = read_data_i ^ odd[0];`
    await writeFile(
      join(copy, 'served_upsample.sv'),
      text.replace('assign write_data_o = read_data_i;', reads),
    )
    const loaded = { ...UPSAMPLER, folder: copy }
    expect((await runKept(loaded)).verdict).toBe('exact')
    expect(await isBefore(loaded)).toBe(true)
    await writeFile(table, '1\n')
    expect((await runKept(loaded)).verdict).toBe('mismatch')
    await writeFile(table, '0\n')
    expect((await runKept(loaded)).layers[0]).toMatchObject({ mismatches: 0, evidence: { before: false } })
    expect(await isBefore(loaded)).toBe(true)
  })
})

test('clocks that the configuration names move the streams that it names', async () => {
  const { streams } = BUFFERED.config
  const of = (clock: string) => ({
    clocks: { clk_i: { period: 4, phase: 1 } },
    streams: { in: { ...streams!.in, clock }, out: { ...streams!.out, clock } } as OperatorConfig['streams'],
  })
  expect(await run(BUFFERED, of('clk_i'), ['model.10'])).toMatchObject({ verdict: 'exact' })
  await expect(run(BUFFERED, of('clk'), ['model.10'])).rejects.toThrow(/the clocks are clk_i/)
})

const withParameters = (own: OperatorConfig['parameters']): Partial<OperatorConfig> => ({
  parameters: { ...BUFFERED.config.parameters, ...own },
})

describe('what a green must have looked at', () => {
  test.each([100, 4000])('a beat %i cycles after the last is red', async (Late) => {
    const result = await run(BUFFERED, withParameters({ Late }), ['model.10'])
    expect(result.layers[0]).toMatchObject({ mismatches: 0, stray: 1 })
    expect(result.verdict).toBe('mismatch')
  })

  test('the run says for how long it was watched', async () => {
    const result = await run(BUFFERED, {}, ['model.10'])
    expect(result.verdict).toBe('exact')
    expect(result.remarks?.[0]).toMatch(/watched for [\d,]+ more cycles/)
    expect(renderSimResult(result, (_, text) => text)).toContain('After its last beat the module was watched')
  })

  test('a configuration that claims nothing is no proof', async () => {
    await expect(run(BUFFERED, { layers: { kernel: 9 } }, [])).rejects.toThrow(
      /claims none of the \d+ layers of \S+ at w\d+a\d+:?/,
    )
  })

  test('its longest silence counts from power-up, and between any two beats', () => {
    expect(quietCycles([10, 11, 12])).toBe(10 + 1024)
    expect(quietCycles([10, 11, 5012, 5013])).toBe(5001 + 1024)
    expect(quietCycles([])).toBe(1024)
  })

  test('an order that would leave elements uncompared is refused', async () => {
    const output = { ...BUFFERED.config.output, order: 'y x o i' }
    await expect(run(BUFFERED, { output }, ['model.10'])).rejects.toThrow(/the output has no axis i/)
    const narrow = { ...BUFFERED.config.output, bits: 4 }
    await expect(run(BUFFERED, { output: narrow }, ['model.10'])).rejects.toThrow(/elements have 8 bits/)
  })

  testWith(
    'iverilog',
    'an x in the payload of a stream that `streams` names is red under Icarus',
    async () => {
      const known = await run(BUFFERED, {}, ['model.10'], 'icarus')
      expect(known.verdict).toBe('exact')
      const unknown = await run(BUFFERED, withParameters({ Unknown: true }), ['model.10'], 'icarus')
      expect(unknown.layers[0]!.error).toMatch(/unknown \(x\) on result while result_here is 1/)
      expect(unknown.verdict).toBe('mismatch')
    },
  )
})

describe('a layer that fails', () => {
  test('is red, and the others are reported', async () => {
    const Channels = ({ name, inputChannels }: LayerInfo) => (name === 'model.10' ? 'text' : inputChannels)
    const { layers, verdict } = await run(BUFFERED, withParameters({ Channels }), ['model.10', 'model.13'])
    expect(layers.map(({ name, mismatches }) => [name, mismatches])).toEqual([
      ['model.10', 12800],
      ['model.13', 0],
    ])
    expect(layers[0]!.error).toMatch(/buffered_upsample\.sv:\d+/)
    expect(verdict).toBe('mismatch')
    // Where no layer ran, the error is the answer.
    await expect(run(BUFFERED, withParameters({ Channels: 'text' }), ['model.10'])).rejects.toThrow(ToolError)
  })

  test('by its configuration: refused by name, with the nearest port', async () => {
    const refused = (own: Partial<OperatorConfig>, message: RegExp) =>
      expect(run(UPSAMPLER, own, ['model.10'])).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringMatching(message) as string,
      })
    const [memory] = UPSAMPLER.config.memories!
    const ports = { ...memory!.ports!, addr: 'read_adr_o' }
    await refused(
      { memories: [{ ...memory!, ports }] },
      /memories\[0\]\.ports\.addr: .*no output read_adr_o.*Did you mean read_addr_o\?/,
    )
    await refused(
      { memories: [{ ...memory!, tensor: 'table', order: 'p' }] },
      /model\.10 \(upsample\) has no tensor table/,
    )
    await refused({ memories: [{ ...memory!, lanes: 2 }] }, /read_data_i|8 bits/)
    await refused({ start: 'strat_i' }, /start: .*Did you mean start_i\?/)
    await refused({ clock: 'write_valid_o' }, /clock: /)
    await refused({ clock: false }, /clock: false, but served_upsample has processes that wait for an edge/)
    await refused({ clocks: { clk: { period: 2 } } }, /clocks\.clk: .*Did you mean clk_i\?/)
    await refused({ done: 'write_valid' }, /done: .*Did you mean write_valid_o\?/)
    await refused({ done: 'write_addr_o' }, /done: expected a port of 1 bit/)
    await refused({ ports: { ...UPSAMPLER.config.ports, channels_i: 70_000 } }, /channels_i/)
    await refused({ withinCycles: () => Number.NaN }, /withinCycles: expected a positive whole number/)
    await refused(
      { output: { ...UPSAMPLER.config.output, address: 'adr' } },
      /no field adr.*Did you mean addr\?/,
    )
  })

  test('a table that a layer does not have is a memory of zeros', async () => {
    const [memory] = UPSAMPLER.config.memories!
    const own = {
      layers: { op: 'conv', hasTable: 0 } as const,
      memories: [{ ...memory!, tensor: 'table', order: 'p' } as const],
      withinCycles: () => 50,
    }
    const { layers } = await run(UPSAMPLER, own, ['model.22.cv2.2.2'])
    expect(layers[0]!.error).toMatch(/beats of write within 50 cycles/)
  })

  test('a signed memory port holds the same bits', async () => {
    const folder = makeFolder()
    const text = await readFile(join(UPSAMPLER.folder, 'served_upsample.sv'), 'utf8')
    await writeFile(
      join(folder, 'served_upsample.sv'),
      text.replace('wire  [ 7:0] read_data_i', 'wire signed [7:0] read_data_i'),
    )
    const result = await run({ ...UPSAMPLER, folder }, {}, ['model.10'])
    expect(result).toMatchObject({ verdict: 'exact', totals: { elements: 12_800 } })
  })
})

const selftest = (loaded: LoadedConfig, own: Partial<OperatorConfig> = {}, seed = 1) =>
  runOperatorSelftest(
    {
      loaded: withConfig(loaded, own),
      modelName: 'shapes.pt',
      graph: prepared.integer,
      imagePath: DEFAULT_IMAGE,
      folder: makeFolder(),
      cacheDir: VERILATOR_CACHE,
      environment: readEnvironment(),
      seed,
    },
    silent,
  )

describe("the self-test of a module of one's own", () => {
  test('flips golden data and what the module is sent, and says what it left alone', async () => {
    const result = await selftest(UPSAMPLER)
    expect(result.flips.map(({ kind, what, caught }) => [kind, kind === 'load' ? what : '', caught])).toEqual(
      [
        ['nothing', '', true],
        ['golden', '', true],
        ['golden', '', true],
        ['load', 'input', true],
        ['load', 'input', true],
      ],
    )
    expect(result).toMatchObject({ verdict: 'all caught', module: 'served_upsample' })
    const text = renderSelftest(result, (_, line) => line).replaceAll('\n', ' ')
    expect(text).toMatch(/All 4 faults went red .*module served_upsample, whose RTL was not changed/)
    expect(await selftest(UPSAMPLER, {}, 2)).not.toMatchObject({ flips: result.flips })
  })

  test('every kind of parameter that a convolution loads', async () => {
    const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const { flips, verdict } = await selftest(loaded, { layers: { name: 'model.4.m.0.cv1' } })
    expect(flips.flatMap(({ kind, what }) => (kind === 'load' ? [what] : []))).toEqual(
      [...loaded.config.inputs, ...loaded.config.load!].map(({ tensor }) => tensor),
    )
    expect(flips.filter(({ caught }) => !caught)).toEqual([])
    expect(verdict).toBe('all caught')
  })

  test('a module that is red without a flip is no ground to stand on; one that claims nothing is no test', async () => {
    const output = { ...UPSAMPLER.config.output, order: 'x y o' }
    const result = await selftest(UPSAMPLER, { output })
    expect(result).toMatchObject({
      verdict: 'something stayed green',
      flips: [{ kind: 'nothing', caught: false }],
    })
    await expect(selftest(UPSAMPLER, { layers: { kernel: 9 } })).rejects.toThrow(/claims no layer/)
  })
})

describe('the streaming convolution of examples/', () => {
  test('is exact on layers of two frames, and with stalls of every stream', async () => {
    const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const result = await run(loaded, {}, ['model.4.m.0.cv1', 'model.15.m.0.cv2'])
    expect(result.verdict).toBe('exact')
    expect(result.layers.map(({ name, elements, mismatches }) => [name, elements, mismatches])).toEqual([
      ['model.4.m.0.cv1', 6400, 0],
      ['model.15.m.0.cv2', 6400, 0],
    ])
    const stalled = await run(loaded, { stalls: { probability: 0.4, seed: 3 } })
    expect(stalled).toMatchObject({ verdict: 'exact', totals: { elements: 6400, mismatches: 0 } })
    expect(stalled.layers[0]!.cycles).toBeGreaterThan(result.layers[0]!.cycles)
  })

  test('a wrong order of weights, a wrong port and a stream too few are red or refused', async () => {
    const loaded = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    const [, parameters, table] = loaded.config.load!
    const weights = { tensor: 'weights', stream: 's_weights', order: 'o i ky kx' } as const
    const swapped = await run(loaded, { load: [weights, parameters!, table!] })
    expect(swapped.verdict).toBe('mismatch')
    const starved = await run(loaded, { inputs: [], withinCycles: () => 5_000 })
    expect(starved.layers[0]).toMatchObject({ mismatches: 6400 })
    expect(starved.layers[0]!.error).toMatch(
      /expected 6400 beats of m within 5000 cycles \(withinCycles\), 0 came/,
    )
    await expect(run(loaded, { ports: { cfg_size_i: 1 } })).rejects.toThrow(/cfg_size_i/)
    const unknown = { tensor: 'output', stream: 'result', order: 'y x o' } as const
    await expect(run(loaded, { output: unknown })).rejects.toThrow(
      /assay\.config\.ts: .*result.*streams are/s,
    )
  })

  /** The compiler takes 1 s for eight channels, and 6 s for sixteen. */
  const narrow = ['model.2.m.0.cv1']

  testWith(
    ['zlib.h', 'fst2vcd'],
    'no rounding: off by one, at a cycle, of which there is a waveform',
    async () => {
      const broken = await copyExample('rtl/streaming_conv.sv', '<< shift2_q) >> 1', '<< shift2_q) >> 49')
      const { layers, waveform } = await run(broken, {}, narrow, 'verilator', true)
      expect(layers[0]!.mismatches).toBeGreaterThan(0)
      const { cycle } = layers[0]!.first!
      expect(waveform).toMatchObject({ layer: layers[0]!.name, cycle, toCycle: cycle! + 50 })
      const { signals, times } = readFst(waveform!.file)
      const named = namedSignals(await readFile(waveform!.save, 'utf8'))
      expect(named.filter((name) => !signals.has(name))).toEqual([])
      expect(named).toContain('TOP.m_axis_tvalid')
      expect([Math.min(...times), Math.max(...times)]).toEqual([2 * (cycle! - 300), 2 * cycle! + 99])
    },
  )

  test('a border that is not padded: red in the border only', async () => {
    const broken = await copyExample(
      'rtl/line_window.sv',
      'in_image ? in_pixel_i : pad_i',
      "in_image ? in_pixel_i : '1",
    )
    const { layers } = await run(broken, {}, narrow)
    expect(layers[0]!.first).toMatchObject({ y: 0, x: 0 })
    expect(layers[0]!.errorMap).not.toBeNull()
    expect(layers[0]!.mismatches).toBeLessThan(8 * 4 * 40)
  })
})

describe('the convolution between block RAMs of examples/', () => {
  const folder = fileURLToPath(new URL('../../../examples/bram-conv/', import.meta.url))
  /** 1x1 without a table, 3x3 with padding and a table. */
  const SMALL = ['model.22.cv3.2.2', 'model.22.cv3.2.1']
  const breakIt = (from: string, to: string) => copyExample('rtl/bram_conv.v', from, to, folder)

  test('is exact with every kernel and stride, in the cycles that it says', async () => {
    const loaded = await loadConfig(join(folder, 'assay.config.ts'))
    const { layers, verdict } = await run(loaded, {}, [...SMALL, 'model.16'])
    expect(verdict).toBe('exact')
    expect(layers.map(({ name, elements }) => [name, elements])).toEqual([
      ['model.22.cv3.2.2', 100],
      ['model.22.cv3.2.1', 800],
      ['model.16', 3200],
    ])
    const [first] = layers
    // 32 taps and nine cycles a pixel, besides reset and start.
    expect(first!.cycles - 100 * (32 + 9)).toBeLessThan(12)
  })

  test('that is done before its last word is red, and so is one that never is', async () => {
    const early = await breakIt('done <= last_filter && last_x && last_y;', 'done <= last_filter && last_x;')
    const { layers } = await run(early, {}, SMALL.slice(0, 1))
    expect(layers[0]!.error).toMatch(/done is 1 in cycle \d+, when 80 of 100 beats of out have come/)
    const never = await breakIt('done <= last_filter && last_x && last_y;', "done <= 1'b0;")
    const hangs = await run(never, { withinCycles: 10_000 }, SMALL.slice(0, 1))
    expect(hangs.layers[0]!.error).toMatch(/expected done within 10000 cycles/)
  })

  test('that pads with zeros is red in the border, and one without rounding by one', async () => {
    const { layers } = await run(await breakIt('padded ? pad_code', "padded ? 8'd0"), {}, SMALL.slice(1))
    expect(layers[0]!.first).toMatchObject({ y: 0, x: 0 })
    const cut = await run(await breakIt('* multiplier + half', '* multiplier'), {}, SMALL.slice(1))
    expect(cut.layers[0]!.kind).toMatchObject({
      name: 'arithmetic',
      evidence: expect.stringContaining(
        'all 800 elements are explained completely by: assay with rounding floor',
      ),
    })
  })

  testWith('iverilog', 'is exact under Icarus, too', async () => {
    const loaded = await loadConfig(join(folder, 'assay.config.ts'))
    expect(await run(loaded, {}, SMALL.slice(0, 1), 'icarus')).toMatchObject({ verdict: 'exact' })
  })
})

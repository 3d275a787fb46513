/** Each layer alone: nothing that another layer did reaches it, and nothing that it does goes unseen. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DEFAULT_NMS } from '../../src/pipeline/engine-choice.ts'
import { silent } from '../../src/pipeline/progress.ts'
import { readSourceList } from '../../src/pipeline/rtl-sources.ts'
import { runSimulation, type SimulationOptions } from '../../src/pipeline/simulation.ts'
import { boxesAreRed, isRed, type LayerResult } from '../../src/report/result.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { makeFolder, prepareDefault } from './prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from './shared-data.ts'

const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))
const { prepared } = await prepareDefault()
const engine = { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8, pixels: 2, tableBits: 10 }

/** A copy of the RTL with one text replaced in one file. */
async function breakRtl(name: string, from: string, to: string): Promise<readonly string[]> {
  const folder = makeFolder()
  await cp(RTL, folder, { recursive: true })
  const text = await readFile(join(folder, name), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  await writeFile(join(folder, name), text.replace(from, to))
  return readSourceList(join(folder, 'rtl.f'))
}

const optionsOf = (layers: readonly string[], own: Partial<SimulationOptions> = {}): SimulationOptions => ({
  mode: 'isolated',
  modelName: 'shapes.pt',
  modelHash: prepared.hash,
  modelId: prepared.modelId,
  graph: prepared.integer,
  imagePath: DEFAULT_IMAGE,
  engine,
  nms: DEFAULT_NMS,
  folder: makeFolder(),
  cacheDir: VERILATOR_CACHE,
  waveform: false,
  choose: (names) => layers.map((name) => names.indexOf(name)),
  ...own,
})
const run = async (layers: readonly string[], own: Partial<SimulationOptions> = {}) =>
  (await runSimulation(optionsOf(layers, own), silent)).result
const redOf = (layers: readonly LayerResult[]) => layers.filter(isRed).map(({ name }) => name)

const FEW = ['model.0', 'model.1', 'model.2.cv1', 'model.22.cv2.2.2']
const WORD = 'assign tap_data_o = write_data_q;'
const VALID = 'assign tap_valid_o = tap_valid_q;'

test('what one layer leaves in a register without reset does not reach the next', async () => {
  // Only the first instruction since power-up is right.
  const sources = await breakRtl(
    'detector.sv',
    WORD,
    `logic [7:0] begun_q = 8'd0;
  always_ff @(posedge clk_i) if (engine_start) begun_q <= begun_q + 8'd1;
  assign tap_data_o = begun_q > 8'd1 ? ~write_data_q : write_data_q;`,
  )
  for (const jobs of [1, 2]) expect(redOf((await run(FEW, { sources, jobs })).layers)).toEqual([])
  const seeded = await run(['model.0', 'model.1'], { sources, jobs: 1, seeds: [1, 2] })
  expect(redOf(seeded.layers)).toEqual([])
  const chained = await run([], { sources, mode: 'chained', choose: (names) => names.map((_, at) => at) })
  expect(chained.layers.filter(isRed).length).toBeGreaterThan(60)
})

describe('nothing that a layer writes goes unseen', () => {
  test('a word that never reaches the feature memory', async () => {
    const sources = await breakRtl(
      'detector.sv',
      '.write_valid_i(write_valid_q),',
      ".write_valid_i(write_valid_q && !(tap_valid_q && write_bank_q == '0)),",
    )
    const { layers, verdict } = await run(['model.0', 'model.2.m.0'], { sources })
    expect(verdict).toBe('mismatch')
    for (const { mismatches, lost, elements } of layers) {
      expect(mismatches).toBe(0)
      // One bank of four.
      expect(lost).toBe(elements / 8 / 4)
    }
    const sound = await run(['model.0'])
    expect(sound.layers[0]).toMatchObject({ lost: 0, stray: 0 })
  })

  test.each([{ late: 19 }, { late: 150 }])('a word $late cycles after done_o', async ({ late }) => {
    const sources = await breakRtl(
      'detector.sv',
      VALID,
      `logic [${late}:0] after_q;
  always_ff @(posedge clk_i) after_q <= {after_q[${late - 1}:0], done_o && !busy_o};
  assign tap_valid_o = tap_valid_q || (after_q[${late}] != after_q[${late - 1}]);`,
    )
    const { layers } = await run(['model.1'], { sources })
    expect(layers[0]!.stray).toBeGreaterThan(0)
  })

  test.each([
    { mode: 'isolated' as const, error: 'DETECT wrote 1 words into the feature memory' },
    { mode: 'chained' as const, error: null },
  ])('a word of an instruction that is not run ($mode)', async ({ mode, error }) => {
    const sources = await breakRtl(
      'detector.sv',
      `${VALID}
  assign tap_pc_o = pc_o;`,
      `logic begun_q;
  always_ff @(posedge clk_i) begun_q <= start_i;
  assign tap_valid_o = tap_valid_q || begun_q;
  assign tap_pc_o = begun_q ? 16'd999 : pc_o;`,
    )
    const choose = (names: readonly string[]) =>
      mode === 'chained' ? names.map((_, at) => at) : [names.indexOf('model.1'), names.length - 1]
    const { layers, boxes, verdict } = await run([], { sources, mode, choose })
    expect(verdict).toBe('mismatch')
    expect(layers.at(-1)!.stray).toBe(1)
    expect(boxes!.error).toBe(error)
  })
})

describe('a layer that does not end', () => {
  test('is red, and the others are reported as they are', async () => {
    const sources = await breakRtl(
      'detector.sv',
      '.engine_done_i(engine_done),',
      ".engine_done_i(engine_done && pc_o != 16'd1),",
    )
    const chain = await run([], { sources, mode: 'chained', choose: (names) => names.map((_, at) => at) })
    expect(chain.layers).toHaveLength(74)
    expect(chain.layers[0]).toMatchObject({ mismatches: 0, error: null })
    expect(chain.layers[1]!.error).toMatch(/no stream moved a beat/)
    expect(chain.layers.slice(2).every(({ notRun }) => notRun === true)).toBe(true)
    expect(boxesAreRed(chain.boxes)).toBe(true)
    const { layers } = await run(FEW, { sources, jobs: 1 })
    expect(layers.map(({ name }) => name)).toEqual(FEW)
    expect(redOf(layers)).toEqual(['model.1'])
    expect(layers[1]!.error).toMatch(/no stream moved a beat for 200000 cycles .*model\.1\)/s)
  })

  test('RTL that does not power up is red once, and every other layer says why it was not run', async () => {
    const sources = await breakRtl(
      'requantise.sv',
      'endmodule',
      'initial if (1) $fatal(1, "no power");\nendmodule',
    )
    const { layers, boxes } = await run([], { sources, jobs: 1, choose: (names) => names.map((_, at) => at) })
    expect(layers).toHaveLength(74)
    expect(redOf(layers)).toHaveLength(74)
    expect(layers.filter(({ notRun }) => notRun === true)).toHaveLength(73)
    expect(layers[0]!.error).toMatch(/no power/)
    expect(layers[3]!.error).toMatch(/^not run: the RTL does not power up .*no power/s)
    expect(boxesAreRed(boxes)).toBe(true)
  })
})

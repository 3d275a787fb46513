/** Dumps in files against golden data: every format, what is inferred, and every dump that is refused. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { writeNpy } from '../../../src/artefacts/npy.ts'
import { hardwareCodes, profileOf } from '../../../src/golden/code-range.ts'
import { runSpec } from '../../../src/golden/run.ts'
import type { Codes, IntegerGraph } from '../../../src/golden/types.ts'
import { type ComparisonOptions, runComparison } from '../../../src/pipeline/compare/compare.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { writeFrozen } from '../../../src/pipeline/golden/frozen-set.ts'
import { DEFAULT_NMS } from '../../../src/pipeline/model/engine-choice.ts'
import { renderPage } from '../../../src/report/html/page.ts'
import { renderJunit } from '../../../src/report/junit.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { checkClaims } from '../../../src/result/claims.ts'
import { parseResult } from '../../../src/result/report-file.ts'
import { sha256 } from '../../../src/store/hash.ts'
import { randomImage } from '../../golden/random-graph.ts'
import { withProfile } from '../../golden/with-profile.ts'
import { needs, testWith } from '../../witness.ts'
import { makeFolder } from '../prepared.ts'
import { makeSmallGraph } from '../small-network.ts'

const GRAPH = makeSmallGraph()
const IMAGE = randomImage(GRAPH, 1)
const GOLDEN = runSpec(GRAPH, IMAGE)
const TFLITE = PROFILES.find(({ name }) => name === 'tflite')!
const SIGNED = withProfile(GRAPH, TFLITE)
/** 9x8x8, 14x8x8 and 7x8x8. */
const NAMES = ['stem', 'split', 'cv1']

const modelOf = (graph: IntegerGraph, golden = GOLDEN): ComparisonOptions['model'] => ({
  ...{ name: 'small.pt', hash: sha256('small'), graph },
  image: { path: 'x.png', bytes: IMAGE },
  golden: async () => golden,
})

async function compare(dump: string, own: Partial<ComparisonOptions> = {}) {
  const folder = makeFolder()
  const choose = (names: readonly string[]) => names.map((_, index) => index)
  const result = await runComparison(
    { dump, stated: {}, tensor: null, model: modelOf(GRAPH), choose, folder, ...own },
    silent,
  )
  const written = parseResult(readFileSync(join(folder, 'sim.json'), 'utf8'), 'sim.json')
  expect(JSON.parse(JSON.stringify(written))).toEqual(JSON.parse(JSON.stringify(result)))
  checkClaims(written, 'sim.json')
  return result
}

/** A folder of files. */
function makeDump(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = makeFolder()
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
  return folder
}
const npyOf = (name: string, codes: Codes = GOLDEN.get(name)!): Uint8Array =>
  writeNpy({ shape: GRAPH.nodes.find((node) => node.name === name)!.shape, data: codes })
const bend = (name: string, at: number): Codes => {
  const codes = GOLDEN.get(name)!.slice()
  codes[at] = codes[at]! ^ 1
  return codes
}
/** Channels last. */
const channelsLast = (name: string): Uint8Array => {
  const [channels, height, width] = GRAPH.nodes.find((node) => node.name === name)!.shape
  const codes = GOLDEN.get(name)!
  return Uint8Array.from(
    codes,
    (_, place) => codes[(place % channels) * height * width + Math.floor(place / channels)]!,
  )
}
const plain = (_: string, text: string): string => text

describe('a folder of .npy files', () => {
  test('is exact, and stated by its files', async () => {
    const result = await compare(
      makeDump(Object.fromEntries(NAMES.map((name) => [`${name}.npy`, npyOf(name)]))),
    )
    expect(result).toMatchObject({ verdict: 'exact', mode: 'compared', remarks: undefined })
    expect(result.layers.map(({ name }) => name)).toEqual(NAMES)
    expect(result.layers.map(({ dump }) => dump!.inferred)).toEqual([false, false, false])
    expect(result.layers[0]!.dump!.layout).toBe("'o y x', unsigned 8 bits")
    const said = renderSimResult(result, plain)
    expect(said).toContain('Proved: on this image the dump holds all 1,920 output elements of 3 layers of')
    expect(said).not.toContain('nferred')
  })

  test('names the first element that differs, and shows where all of them are', async () => {
    const result = await compare(
      makeDump({ 'stem.npy': npyOf('stem', bend('stem', 70)), 'cv1.npy': npyOf('cv1') }),
    )
    expect(result.verdict).toBe('mismatch')
    const [stem, cv1] = result.layers
    const expected = GOLDEN.get('stem')![70]!
    expect(stem).toMatchObject({
      mismatches: 1,
      first: { channel: 1, y: 0, x: 6, expected, actual: expected ^ 1 },
    })
    expect(stem!.errorMap!.channels).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0])
    expect(stem!.kind).not.toBeNull()
    expect(cv1!.mismatches).toBe(0)
    expect(renderSimResult(result, plain)).toMatch(
      /stem c1 y0 x6: expected \d+, received \d+; 1 of 576 differs/,
    )
    expect(renderJunit(result)).toContain('failures="1"')
    const page = renderPage(result)
    expect(page).toContain('a dump that something else wrote')
    // Of what no dump says, the table has no columns.
    expect(page).toContain('looks like</th></tr>')
  })

  test('names what a faulty dump looks like', async () => {
    const half = GOLDEN.get('stem')!.slice().fill(0, 288)
    const result = await compare(makeDump({ 'stem.npy': npyOf('stem', half) }))
    expect(result.layers[0]!.kind!.name).toBe('zeros')
  })

  test('in another order than its shape says: named, and red', async () => {
    const result = await compare(makeDump({ 'stem.npy': npyOf('stem', channelsLast('stem')) }))
    expect(result.verdict).toBe('mismatch')
    expect(result.layers[0]!.kind).toEqual({
      name: 'order',
      evidence: "every code is exact as 'y x o', unsigned 8 bits, and was read as 'o y x', unsigned 8 bits",
    })
  })

  test('signed codes are int8', async () => {
    const golden = runSpec(SIGNED, IMAGE)
    const { shape, quant } = SIGNED.nodes.find(({ name }) => name === 'stem')!
    const data = hardwareCodes(profileOf(SIGNED), golden.get('stem')!, quant.bits)
    expect(Math.min(...data)).toBeLessThan(0)
    const model = modelOf(SIGNED, golden)
    const dump = makeDump({
      'stem.npy': writeNpy({ shape, data }),
      'cv1.bin': hardwareCodes(TFLITE, golden.get('cv1')!, 8) as Int8Array as unknown as Uint8Array,
    })
    const result = await compare(dump, { model })
    expect(result).toMatchObject({ verdict: 'exact', profile: 'tflite' })
    expect(result.layers[0]!.dump!.layout).toBe("'o y x', signed 8 bits")
    // So are the codes of a frozen set, which is a dump of itself.
    const set = makeFolder()
    const about = {
      ...{ model: 'small.pt', tableBits: 8, nms: DEFAULT_NMS, boxes: null, stimulus: undefined },
      image: { file: 'x.png', sha256: sha256('x') },
    }
    await writeFrozen(set, SIGNED, golden, about, new Set(golden.keys()))
    const own = await compare(join(set, 'layers'), { model })
    expect(own).toMatchObject({ verdict: 'exact', layers: { length: golden.size } })
    // Bytes without their sign are other numbers.
    const wrong = await compare(dump, { model, stated: { signed: false } })
    expect(wrong.layers[0]!.kind!.name).toBe('sign')
  })

  testWith(
    'python3 with numpy',
    'as NumPy writes them: big-endian, Fortran order, channels last, an archive',
    async () => {
      const dump = makeDump({
        'stem.npy': npyOf('stem'),
        'cv1.npy': npyOf('cv1'),
        'split.npy': npyOf('split'),
      })
      const folder = makeFolder()
      const script = `import numpy as np, sys
a = {n: np.load(f'{sys.argv[1]}/{n}.npy') for n in ('stem', 'split', 'cv1')}
np.save(sys.argv[2] + '/stem.npy', a['stem'].astype('>i4'))
np.save(sys.argv[2] + '/split.npy', np.asfortranarray(a['split']))
np.save(sys.argv[2] + '/cv1.npy', a['cv1'].transpose(1, 2, 0)[None])
np.savez_compressed(sys.argv[2] + '/all.npz', **a)
np.savetxt(sys.argv[2] + '/cv1.txt', a['cv1'].reshape(-1))`
      execFileSync('python3', ['-c', script, dump, folder])
      const result = await compare(folder, { stated: { format: 'npy' } })
      expect(result.verdict).toBe('exact')
      expect(result.layers.map(({ dump }) => dump!.layout)).toEqual([
        "'o y x', signed 32 bits",
        "'x y o', unsigned 8 bits",
        "'y x o', unsigned 8 bits",
      ])
      const archive = await compare(join(folder, 'all.npz'))
      expect(archive).toMatchObject({ verdict: 'exact', counts: { exact: 3 } })
      expect(archive.layers[0]!.dump!.file).toMatch(/all\.npz:stem\.npy$/)
      expect(await compare(join(folder, 'cv1.txt'))).toMatchObject({ verdict: 'exact' })
    },
  )
})

describe('a layout that nobody states', () => {
  test('is inferred, and every report says so', async () => {
    const result = await compare(makeDump({ 'stem.bin': channelsLast('stem'), 'split.npy': npyOf('split') }))
    expect(result.verdict).toBe('exact')
    expect(result.layers[0]!.dump).toMatchObject({ inferred: true, layout: "'y x o', unsigned 8 bits" })
    const [remark] = result.remarks!
    expect(remark).toMatch(
      /^Inferred, not stated: stem fits best as 'y x o', unsigned 8 bits\. Of \d+ layouts tried on stem it fits 576 of 576 elements; the runner-up, .*, fits \d+\.\d %\.$/,
    )
    const said = 'Proved in an inferred layout: on this image the dump holds all'
    const all = [
      renderSimResult(result, plain).replaceAll('\n', ' '),
      renderJunit(result),
      renderPage(result),
    ]
    for (const text of all) expect(text).toContain(said)
    expect(all[0]).toContain('Inferred, not stated: the layout of 1 of 2')
  })

  test('is none once it is stated, on the command line or in dump.json', async () => {
    const stated = { order: 'y x o', bits: 8, lanes: 1, reversed: false, endian: 'little' } as const
    const files = { 'stem.bin': channelsLast('stem') }
    const json = JSON.stringify({ $schema: 'dump.schema.json', bits: 8, tensors: { stem: stated } })
    const results = [
      await compare(makeDump(files), { stated }),
      await compare(makeDump({ ...files, 'dump.json': json })),
    ]
    for (const result of results) {
      expect(result).toMatchObject({ verdict: 'exact', remarks: undefined })
      expect(result.layers[0]!.dump).toEqual({
        ...result.layers[0]!.dump,
        inferred: false,
        layout: "'y x o', unsigned 8 bits",
      })
    }
  })

  test('a code below 0, where codes are not, is named as it is', async () => {
    const numbers = [...GOLDEN.get('stem')!]
    numbers[9] = -3
    const result = await compare(makeDump({ 'stem.txt': numbers.join(' ') }), { stated: { order: 'o y x' } })
    expect(result.layers[0]).toMatchObject({ mismatches: 1, first: { channel: 0, y: 1, x: 1, actual: -3 } })
  })

  test('of a dump that differs: the element in its own place', async () => {
    const bytes = channelsLast('stem')
    bytes[9 * 5 + 2]! ^= 4
    const result = await compare(makeDump({ 'stem.bin': bytes }))
    expect(result.layers[0]).toMatchObject({ mismatches: 1, first: { channel: 2, y: 0, x: 5 } })
    expect(renderSimResult(result, plain)).toContain('Inferred, not stated: the layout')
  })
})

describe('several tensors in one file', () => {
  test('each from its stated beginning', async () => {
    const bytes = new Uint8Array(4096).fill(0xee)
    bytes.set(GOLDEN.get('stem')!, 16)
    bytes.set(channelsLast('cv1'), 1024)
    const lie = { bits: 8, lanes: 1, reversed: false, endian: 'little' }
    const json = {
      ...lie,
      tensors: {
        stem: { file: 'ddr.bin', offset: 16, order: 'o y x' },
        cv1: { file: 'ddr.bin', offset: 1024, order: 'y x o' },
      },
    }
    const result = await compare(makeDump({ 'ddr.bin': bytes, 'dump.json': JSON.stringify(json) }))
    expect(result).toMatchObject({ verdict: 'exact', counts: { exact: 2 }, remarks: undefined })
  })
})

const TOP = `module top;
  reg clk = 0, valid = 0, also = 0; reg [15:0] data = 0; reg [7:0] code = 0;
  reg [7:0] codes[0:575]; reg [7:0] more[0:175]; integer i, j;
  always #5 clk = ~clk;
  initial begin
    $dumpfile("wave.vcd"); $dumpvars(0, top);
    $readmemh("stem.mem", codes);
    for (i = 0; i < 576; i = i + 2) begin
      @(posedge clk); valid <= 1; data <= {codes[i + 1], codes[i]};
      @(posedge clk); valid <= 0; data <= 16'hxxxx;
    end
    @(posedge clk); also <= 0;
    #1 $writememh("written.mem", codes); $finish;
  end
  initial begin
    $readmemh("deep.mem", more);
    for (j = 0; j < 176; j = j + 1) begin @(posedge clk); also <= 1; code <= more[j]; end
    @(posedge clk); also <= 0;
  end
endmodule
`
needs('iverilog', 'what Icarus writes', () => {
  const simulate = (): string => {
    const hexOf = (name: string): string =>
      Array.from(GOLDEN.get(name)!, (code) => code.toString(16)).join('\n')
    const folder = makeDump({ 'stem.mem': hexOf('stem'), 'deep.mem': hexOf('deep'), 'top.sv': TOP })
    execFileSync('iverilog', ['-g2012', '-o', 'top', 'top.sv'], { cwd: folder })
    execFileSync('vvp', ['top'], { cwd: folder })
    return folder
  }

  test('by $writememh, and in a waveform: two codes a word, in the cycle in which they came', async () => {
    const folder = simulate()
    expect(await compare(join(folder, 'written.mem'), { tensor: 'stem' })).toMatchObject({ verdict: 'exact' })
    const signals = { clock: 'clk', data: 'data', valid: 'valid' }
    const wave = join(folder, 'wave.vcd')
    const stated = { ...signals, order: 'o y x', bits: 8, lanes: 2, reversed: false }
    const result = await compare(wave, { tensor: 'stem', stated })
    expect(result).toMatchObject({ verdict: 'exact', remarks: undefined })
    expect((await compare(wave, { tensor: 'stem', stated: signals })).layers[0]!.dump).toMatchObject({
      ...{ inferred: true, layout: "'o y x', unsigned 8 bits, 2 lanes a word" },
    })
    // Element 70 is in word 35; a word comes every other cycle, from the second on.
    const golden = new Map(GOLDEN).set('stem', bend('stem', 70))
    const red = await compare(wave, { tensor: 'stem', stated, model: modelOf(GRAPH, golden) })
    expect(red.layers[0]!.first).toMatchObject({ channel: 1, y: 0, x: 6, cycle: 71 })
  })

  test('several tensors in one waveform', async () => {
    const folder = simulate()
    const wave = { file: 'wave.vcd', clock: 'clk', order: 'o y x', bits: 8 }
    const tensors = {
      stem: { ...wave, data: 'data', valid: 'valid', lanes: 2, reversed: false },
      deep: { ...wave, data: 'top.code', valid: 'also' },
    }
    writeFileSync(join(folder, 'dump.json'), JSON.stringify({ tensors }))
    const result = await compare(folder)
    expect(result).toMatchObject({ verdict: 'exact', counts: { exact: 2 }, remarks: undefined })
  })

  testWith('fst2vcd', 'in an FST file', async () => {
    const folder = simulate()
    execFileSync('vcd2fst', ['wave.vcd', 'wave.fst'], { cwd: folder })
    const stated = { clock: 'clk', data: 'data', valid: 'valid', order: 'o y x', lanes: 2 }
    expect(await compare(join(folder, 'wave.fst'), { tensor: 'stem', stated })).toMatchObject({
      verdict: 'exact',
    })
  })

  test('of an FST file without its program: what to install', async () => {
    const dump = makeDump({ 'stem.fst': 'x' })
    const path = process.env.PATH
    process.env.PATH = makeFolder()
    try {
      await expect(compare(join(dump, 'stem.fst'), { stated: { clock: 'c', data: 'd' } })).rejects.toThrow(
        /stem\.fst: an FST file is read by the program fst2vcd, and there is none\. Install GTKWave/,
      )
    } finally {
      process.env.PATH = path
    }
  })
})

describe('refused', () => {
  const float = writeNpy({ shape: [9, 8, 8], data: new Float32Array(576) })
  const stem = GOLDEN.get('stem')!
  test.each([
    {
      files: { 'stem.bin': stem.subarray(1) },
      says: /stem\.bin: bytes: too short: it has 575 bytes; the 576 elements of stem \(9x8x8\) take 576 at 8 bits, 1,152 at 16 bits/,
    },
    {
      files: { 'stem.bin': Uint8Array.of(...stem, 1, 2, 3, 4, 5, 6) },
      own: { order: 'o y x', bits: 8, lanes: 4 },
      says: /stem\.bin: bytes: too long: it has 582 bytes/,
    },
    {
      files: { 'stem.npy': writeNpy({ shape: [8, 8, 8], data: stem.subarray(64) }) },
      says: /stem\.npy: shape: too short: it has 512 words of 8 bits/,
    },
    {
      files: { 'stem.npy': float },
      says: /stem\.npy: descr: expected integers of 1 to 8 bytes, got '<f4'\. Convert the array with \.astype/,
    },
    {
      files: { 'stem.npy': npyOf('stem').subarray(0, 300) },
      says: /stem\.npy: expected 576 bytes of data for shape \[9,8,8\], received 172/,
    },
    { files: { 'stem.npy': 'none' }, says: /stem\.npy: expected \\x93NUMPY/ },
    { files: { 'stem.npz': 'none' }, says: /stem\.npz: is no zip archive, expected one of numpy\.savez/ },
    {
      files: { 'stem.txt': '1 2 3' },
      says: /stem\.txt: numbers: too short: it has 3 numbers; the 576 elements of stem \(9x8x8\) take 576 numbers/,
    },
    { files: { 'stem.mem': '1 2 3' }, says: /stem\.mem: words: too short: it has 3 words of 4 bits/ },
    {
      files: { 'stam.npy': npyOf('stem') },
      says: /stam\.npy: stam is no tensor of the network\. Did you mean stem\?/,
    },
    {
      files: { 'stem.npy': npyOf('stem'), 'stem.bin': stem },
      says: /stem\.bin and stem\.npy both hold stem\. Choose one kind with --format/,
    },
    { files: { 'notes.md': '' }, says: /holds no dump of a tensor/ },
    { files: { 'stem.vcd': '' }, says: /stem\.vcd: clock: no signal is named for stem/ },
    { files: { 'stem.bin': stem }, own: { order: 'y x' }, says: /order 'y x' of output: axis o is missing/ },
    {
      files: { 'dump.json': '{"tensors": {"stam": {}}}' },
      says: /dump\.json: tensors: the network has no tensor stam\. Did you mean stem\?/,
    },
    {
      files: { 'dump.json': '{"tensors": {"stem": {"file": "../x.bin"}}}' },
      says: /dump\.json: tensors\.stem\.file: expected a name without/,
    },
    { files: { 'dump.json': '{"tensors": {"stem": {"file": "x.bin"}}}' }, says: /x\.bin: no such file/ },
    { files: { 'dump.json': '{"lane": 3}' }, says: /dump\.json: .*lane/ },
  ])('$says', async ({ files, own = {}, says }) => {
    await expect(
      compare(makeDump(files as unknown as Record<string, string>), { stated: own }),
    ).rejects.toThrow(says)
  })

  test('a header that nobody has stated and that nothing fits behind', async () => {
    const noise = Uint8Array.from({ length: 600 }, (_, at) => (at * 37) & 255)
    await expect(compare(makeDump({ 'stem.bin': noise }))).rejects.toThrow(
      /stem\.bin: bytes: too long: it has 600 bytes/,
    )
    // So many bytes are 16 channels of which 7 would be filled up.
    const twice = Uint8Array.from({ length: 1024 }, (_, at) => (at * 37) & 255)
    await expect(compare(makeDump({ 'stem.bin': twice }))).rejects.toThrow(/too long: it has 1,024 bytes/)
    const header = Uint8Array.of(...new Uint8Array(24), ...stem)
    const result = await compare(makeDump({ 'stem.bin': header }))
    expect(result.layers[0]!.dump!.layout).toBe("'o y x', unsigned 8 bits, from byte 24")
  })

  test('a folder in the place of a file, and a tensor that the network does not have', async () => {
    const dump = makeDump({})
    mkdirSync(join(dump, 'stem.npy'))
    await expect(compare(dump)).rejects.toThrow(/stem\.npy: is a folder/)
    await expect(compare(dump, { tensor: 'stam' })).rejects.toThrow(
      '--tensor: the network has no tensor stam',
    )
    await expect(compare(join(dump, 'none.npy'))).rejects.toThrow(/none\.npy: no such file/)
  })
})

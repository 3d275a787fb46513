/** Broken RTL, simulated: the difference has the name of what was broken, and the report of it is as its schema says. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FaultName } from '../../../src/diff/fault-kinds.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { writeReports } from '../../../src/pipeline/report/files.ts'
import { readReportFile } from '../../../src/pipeline/report/page.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { holdAgainstClosed } from '../../schemas/hold-against.ts'
import { breakRtl } from '../broken-rtl.ts'
import { chooseNamed, makeFolder, optionsOf, prepareDefault } from '../prepared.ts'

const model = await prepareDefault()

/** Two convolutions, and a max-pool between them that none of the faults reaches. */
const LAYERS = ['model.2.cv1', 'model.9.m@1', 'model.22.cv2.0.2']

const breaks: readonly {
  because: string
  layers?: readonly string[]
  file: string
  from: string
  to: string
  kind: FaultName
  cause: string
  says: RegExp
}[] = [
  {
    because: 'the half is missing',
    file: 'round_code.sv',
    from: "$signed((Width'(1) << s) >> 1)",
    to: "'0",
    kind: 'arithmetic',
    cause: 'rounding-floor',
    says: /^all [\d,]+ elements are explained completely by: assay with rounding floor .*: the RTL truncates/,
  },
  {
    because: 'neighbouring lanes are exchanged',
    file: 'round_code.sv',
    from: 'codes[i*CodeBits+:CodeBits] =',
    to: 'codes[(i^1)*CodeBits+:CodeBits] =',
    kind: 'lanes',
    cause: 'output-lanes-pairs',
    says: /neighbours exchanged in each group of 8/,
  },
  {
    because: 'padding holds 0',
    layers: ['model.4.m.0.cv1', 'model.9.m@1', 'model.22.cv2.2.1'],
    file: 'conv_engine.sv',
    from: '.pad_code_i(instr_i[assay_pkg::PadCode+:A])',
    to: ".pad_code_i('0)",
    kind: 'border',
    cause: 'padding-zero',
    says: /padding with code 0 instead of \d+/,
  },
  {
    because: 'padding holds another code',
    layers: ['model.4.m.0.cv1', 'model.6.cv1', 'model.22.cv2.2.1'],
    file: 'conv_engine.sv',
    from: '.pad_code_i(instr_i[assay_pkg::PadCode+:A])',
    to: '.pad_code_i(~instr_i[assay_pkg::PadCode+:A])',
    kind: 'border',
    cause: 'padding-inverted',
    says: /padding with code \d+ instead of \d+/,
  },
  {
    because: 'the zero point is one too low',
    file: 'round_code.sv',
    from: "Code'($signed(narrowed[Near-1:0])) + zero;",
    to: "Code'($signed(narrowed[Near-1:0])) + zero - Code'(1);",
    kind: 'parameters',
    cause: 'zero-point-1',
    says: /zero point.*, 1 too low: \d+ instead of \d+/,
  },
  {
    because: 'the bias is not added',
    file: 'requantise.sv',
    from: 'acc = sum + bias;',
    to: "acc = sum + (bias & 32'd0);",
    kind: 'parameters',
    cause: 'no-bias',
    says: /: no bias/,
  },
  {
    because: 'the table has the address of the entry before',
    layers: ['model.0', 'model.9.m@1', 'model.22.cv2.0.0'],
    file: 'activation_table.sv',
    from: 'entry_q <= mem[index_i[i*TableBits+:TableBits]];',
    to: "entry_q <= mem[index_i[i*TableBits+:TableBits] - TableBits'(1)];",
    kind: 'table',
    cause: 'table-index-1',
    says: /the activation table's index, 1 too low \(it wraps\)/,
  },
  {
    because: 'the table is that of the layer before',
    layers: ['model.4.m.0.cv1', 'model.9.m@1', 'model.22.cv2.2.1'],
    file: 'sequencer.sv',
    from: 'else table_read_addr_o <= instr_o[assay_pkg::TableBase+:TableAddressBits];',
    to: "else table_read_addr_o <= instr_o[assay_pkg::TableBase+:TableAddressBits] - TableAddressBits'(TableWords);",
    kind: 'table',
    cause: 'table-before',
    says: /the activation table of \S+ \(the layer before\)/,
  },
  {
    because: 'groups of weight lanes are exchanged',
    file: 'mac_array.sv',
    from: 'w[k] = w_i[k*Part*W+:Part*W] ^',
    to: 'w[k] = w_i[(k^1)*Part*W+:Part*W] ^',
    kind: 'weights',
    cause: 'weights-lanes-halves-pi',
    says: /weights of input lanes with their halves exchanged in each group of 8/,
  },
  {
    because: 'the results of a word are in reverse order',
    file: 'round_code.sv',
    from: 'codes[i*CodeBits+:CodeBits] =',
    to: 'codes[(Lanes-1-i)*CodeBits+:CodeBits] =',
    kind: 'lanes',
    cause: 'output-lanes-reversed',
    says: /output channels in reverse order in each group of 8/,
  },
  {
    because: 'the pixels of a tile are in reverse order',
    file: 'conv_engine.sv',
    from: "if (word_pixel == PixelBits'(p) && word_block == BlockBits'(b)) sum_q",
    to: "if (word_pixel == PixelBits'(PX - 1 - p) && word_block == BlockBits'(b)) sum_q",
    kind: 'lanes',
    cause: 'output-pixels-reversed-2',
    says: /pixels in reverse order in each group of 2/,
  },
]

describe('broken RTL', () => {
  test.each(breaks)('$because: $kind', async ({ layers = LAYERS, file, from, to, kind, cause, says }) => {
    const [rtl, folder] = [makeFolder(), makeFolder()]
    const sources = await breakRtl([{ file, from, to }], rtl)
    const options = optionsOf(model, { sources, folder, choose: chooseNamed(layers) })
    const { result } = await runSimulation(options, silent)
    expect(result.layers.map((layer) => layer.kind?.name ?? null)).toEqual([kind, null, kind])
    const { cause: found, evidence } = result.layers[0]!.kind!
    expect(found).toMatchObject({ id: cause, explained: found!.elements })
    expect(evidence).toMatch(says)
    const wrong = result.layers[2]!.errorMap!
    const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0)
    expect(sum(wrong.channels)).toBe(result.layers[2]!.mismatches)
    expect(sum(wrong.counts)).toBe(result.layers[2]!.mismatches)
    await writeReports(result, folder, new Set(['json', 'junit', 'html'] as const), {})
    expect(holdAgainstClosed('report')(await readReportFile(folder))).toEqual([])
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('class="node red')
  })
})

test('broken boxes of an image have the name of the rule that is broken, in the report too', async () => {
  const [rtl, folder] = [makeFolder(), makeFolder()]
  const sources = await breakRtl(
    [{ file: 'box_decode.sv', from: "scaled_q + 35'(divisor_q[19:1])", to: 'scaled_q' }],
    rtl,
  )
  const options = optionsOf(model, { sources, folder, choose: chooseNamed(['model.22']) })
  const { result } = await runSimulation(options, silent)
  const { actual, kind } = result.boxes!
  expect(kind).toMatchObject({
    name: 'box-decode',
    evidence: expect.stringMatching(/^explained completely by: no half of den in the dividend of A-8/),
    cause: { id: 'half-missing', explained: actual, elements: actual },
  })
  expect(renderSimResult(result, (_style, text) => text).replace(/\s+/g, ' ')).toContain(
    'Explained completely by: no half of den in the dividend of A-8',
  )
  await writeReports(result, folder, new Set(['json'] as const), {})
  expect(holdAgainstClosed('report')(await readReportFile(folder))).toEqual([])
})

/** Broken RTL, simulated: the difference has the name of what was broken, and the report of it is as its schema says. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FaultName } from '../../../src/diff/fault-kinds.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { writeReports } from '../../../src/pipeline/report/files.ts'
import { readReportFile } from '../../../src/pipeline/report/page.ts'
import { runSimulation } from '../../../src/pipeline/sim/run.ts'
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
  says: RegExp
}[] = [
  {
    because: 'the half is missing',
    file: 'round_code.sv',
    from: "$signed((Width'(1) << s) >> 1)",
    to: "'0",
    kind: 'arithmetic',
    says: /^all [\d,]+ elements are exact under assay with rounding floor .*: the RTL truncates/,
  },
  {
    because: 'neighbouring lanes are exchanged',
    file: 'round_code.sv',
    from: 'codes[i*CodeBits+:CodeBits] =',
    to: 'codes[(i^1)*CodeBits+:CodeBits] =',
    kind: 'lanes',
    says: /neighbours exchanged within each group of 2/,
  },
  {
    because: 'padding holds 0',
    layers: ['model.4.m.0.cv1', 'model.9.m@1', 'model.22.cv2.2.1'],
    file: 'conv_engine.sv',
    from: '.pad_code_i(instr_i[assay_pkg::PadCode+:A])',
    to: ".pad_code_i('0)",
    kind: 'arithmetic',
    says: /^all [\d,]+ elements are exact under assay with .*code 0/,
  },
  {
    because: 'padding holds another code',
    layers: ['model.4.m.0.cv1', 'model.6.cv1', 'model.22.cv2.2.1'],
    file: 'conv_engine.sv',
    from: '.pad_code_i(instr_i[assay_pkg::PadCode+:A])',
    to: '.pad_code_i(~instr_i[assay_pkg::PadCode+:A])',
    kind: 'border',
    says: /outermost row or column \(top, bottom, left, right\)/,
  },
]

describe('broken RTL', () => {
  test.each(breaks)('$because: $kind', async ({ layers = LAYERS, file, from, to, kind, says }) => {
    const [rtl, folder] = [makeFolder(), makeFolder()]
    const sources = await breakRtl([{ file, from, to }], rtl)
    const options = optionsOf(model, { sources, folder, choose: chooseNamed(layers) })
    const { result } = await runSimulation(options, silent)
    expect(result.layers.map((layer) => layer.kind?.name ?? null)).toEqual([kind, null, kind])
    expect(result.layers[0]!.kind!.evidence).toMatch(says)
    const wrong = result.layers[2]!.errorMap!
    const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0)
    expect(sum(wrong.channels)).toBe(result.layers[2]!.mismatches)
    expect(sum(wrong.counts)).toBe(result.layers[2]!.mismatches)
    await writeReports(result, folder, new Set(['json', 'junit', 'html'] as const), {})
    expect(holdAgainstClosed('report')(await readReportFile(folder))).toEqual([])
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('class="node red')
  })
})

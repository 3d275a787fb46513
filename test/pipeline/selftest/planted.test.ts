/** Every fault that the self-test plants in the RTL goes red where it must; the table of them in docs/ is that of the source. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../../src/golden/random.ts'
import { prepareSimulation } from '../../../src/pipeline/bench/bench.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { BOX_FAULTS } from '../../../src/pipeline/selftest/box-faults.ts'
import { listLayerFaults } from '../../../src/pipeline/selftest/layer-faults.ts'
import { type LayerFault, type PlantedFault, plantFaults } from '../../../src/pipeline/selftest/planted.ts'
import { flipRtl } from '../../../src/pipeline/selftest/rtl.ts'
import { optionsOf, prepareDefault } from '../prepared.ts'

const LAYER_FAULTS = listLayerFaults(true, 16)
const FAULTS: readonly PlantedFault[] = [...LAYER_FAULTS, ...BOX_FAULTS]

test('every planted fault goes red where it must, from one build, and its cause is named', async () => {
  const bench = await prepareSimulation(optionsOf(await prepareDefault()), silent)
  const { flips, skipped } = await flipRtl(bench, createRandom(1), () => {})
  // No sum of this model ties below 0 where its activation tables show it.
  expect(skipped).toEqual(['rounding half away from zero: nothing here shows it'])
  expect(flips.filter(({ caught }) => !caught)).toEqual([])
  const shown = FAULTS.map(({ what }) => what).filter((what) => what !== 'rounding half away from zero')
  expect(flips.map(({ what }) => what)).toEqual(['all faults asleep', ...shown])
  expect(flips.slice(-BOX_FAULTS.length).map(({ named }) => named)).toEqual(
    BOX_FAULTS.map(({ cause }) => cause),
  )
})

test('the table in docs/reliability.md is that of the faults', async () => {
  const rows = FAULTS.map(({ what, edits, cause, ...own }) => {
    const files = [...new Set(edits.map(({ file }) => file.replace('.sv', '')))].join(', ')
    const where = 'where' in own ? own.where : 'boxes'
    const { alike = [] } = own as Partial<LayerFault>
    const causes = [cause, ...alike].map((id) => `\`${id}\``).join(', ')
    return `| ${what} | ${files} | ${where} | ${causes} |`
  })
  const path = fileURLToPath(new URL('../../../docs/reliability.md', import.meta.url))
  const text = await readFile(path, 'utf8')
  const [, table = ''] = text.split('| planted | in | must go red | cause |\n| --- | --- | --- | --- |\n')
  expect(table.trimEnd().split('\n\n')[0]!.split('\n')).toEqual(rows)
})

describe('planting', () => {
  const plant = (text: string, faults: readonly PlantedFault[]) => {
    const texts = new Map([['a.sv', text]])
    const unplantable = plantFaults(texts, faults)
    return { text: texts.get('a.sv')!, unplantable }
  }
  const fault = (what: string, from: string, to: string, within?: string): PlantedFault => ({
    ...{ what, cause: 'none' },
    edits: [{ file: 'a.sv', from, to, ...(within === undefined ? {} : { within }) }],
  })
  const wake =
    ' integer assay_fault; initial if (!$value$plusargs("assay_fault=%d", assay_fault)) assay_fault = 0;'

  test('faults of one place are chosen one in another, in the order of their numbers', () => {
    const faults = [fault('one', 'b', 'c', '= b;'), fault('two', 'b', 'd', '= b;')]
    expect(plant('module m (input b);\n  wire a = b;\nendmodule', faults)).toEqual({
      text: `module m (input b);${wake}\n  wire a = (assay_fault == 2 ? (d) : ((assay_fault == 1 ? (c) : (b))));\nendmodule`,
      unplantable: [],
    })
  })

  test.each(['module m; wire a = 1; endmodule', 'module m; wire a = b + b; endmodule'])(
    'a text that is not there once is said, and changes nothing: %s',
    (text) => {
      const own = fault('one', 'b', 'c')
      expect(plant(text, [own])).toEqual({ text, unplantable: [{ fault: own, file: 'a.sv', text: 'b' }] })
    },
  )
})

import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alignVectors } from '../../../src/simulate/build/align.ts'

test('arrays and words of a vector begin with a line of the cache; what is smaller stays where it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-align-'))
  const header = join(folder, 'Vmodel___024root.h')
  const members = [
    '        VlUnpacked<IData/*31:0*/, 256> acc_q;',
    '        VlUnpacked<VlUnpacked<CData/*7:0*/, 4>, 8> table;',
    '        VlWide<16>/*511:0*/ x;',
    '        VlWide<100>/*3199:0*/ y;',
    '        VlWide<15>/*479:0*/ z;',
    '        VL_INW(data_i,511,0,16);',
    '    static void take(VlWide<16>& x);',
  ]
  await writeFile(header, `${members.join('\n')}\n`)
  await alignVectors(folder)
  const [a, b, c, d, ...others] = members
  const moved = [a, b, c, d].map((line) => line!.replace('        ', '        alignas(64) '))
  expect(await readFile(header, 'utf8')).toBe(`${[...moved, ...others].join('\n')}\n`)
})

/** What `assay roms` and `assay quantise` print of the files that they write. */
import { expect, test } from 'vitest'
import { makeFolder } from '../../pipeline/prepared.ts'
import { runAssay } from '../run-assay.ts'
import { shareModels } from '../share-models.ts'

async function print(...args: readonly string[]): Promise<string> {
  const out = makeFolder()
  await shareModels(out)
  const { exitCode, stdout } = await runAssay([...args, '--calibration-images', '4', '--quiet', '--out', out])
  expect(exitCode).toBe(0)
  // The folder is a user's choice.
  return stdout.replaceAll(out, 'build')
}
const tooLong = (text: string): readonly string[] => text.split('\n').filter((line) => line.length > 80)

test('roms: nothing is cut, and 80 columns hold it', async () => {
  const text = await print('roms', '--array', '8x8x2', '--format', 'sv')
  expect(text).not.toContain('…')
  expect(text).not.toContain('no boxes')
  expect(tooLong(text)).toEqual([])
})

test('roms of a network without its last convolutions say that there are no boxes', async () => {
  const text = await print('roms', '--scope', 'no-last')
  expect(text.replaceAll('\n', ' ')).toContain(
    'There are no boxes: the program ends before the last convolutions of the head',
  )
  expect(tooLong(text)).toEqual([])
})

test('quantise: 80 columns hold the list of files', async () => {
  const text = await print('quantise')
  expect(text).toMatch(/^ {2}calibration\.txt {8}the chosen ranges/m)
  expect(tooLong(text)).toEqual([])
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { checkPictures } from '../../../src/cli/model/inputs.ts'
import { prepareFromArguments } from '../../../src/cli/model/prepare.ts'
import { defaultArguments } from '../../../src/cli/options/check-value.ts'
import { MODEL_OPTIONS } from '../../../src/cli/options/shared.ts'
import { InputError } from '../../../src/input/input-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-inputs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const [none, empty, picture] = ['none', 'empty', 'a.png'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
]
mkdirSync(empty)
writeFileSync(picture, '')

test.each([
  ['calibration', none, 'no such file'],
  ['image', none, 'no such file'],
  ['calibration', empty, 'no image ('],
])('--%s of %s is refused with its name', async (option, path, reason) => {
  const refused = checkPictures({ image: picture, calibration: folder, [option]: path })
  await expect(refused).rejects.toThrow(`--${option}: ${path}: ${reason}`)
  await expect(refused).rejects.toThrow(InputError)
})

test('pictures that are there, or that nobody named, are not', async () => {
  await expect(checkPictures({ image: picture, calibration: folder })).resolves.toBeUndefined()
  await expect(checkPictures({ image: undefined, calibration: undefined })).resolves.toBeUndefined()
})

test('the pictures are looked for before the checkpoint is read', async () => {
  const args = { ...defaultArguments(MODEL_OPTIONS), model: join(folder, 'none.pt'), calibration: none }
  const progress = { start: vi.fn(), warn: vi.fn() }
  await expect(prepareFromArguments(args, progress)).rejects.toThrow(`--calibration: ${none}: no such file`)
  expect(progress.start).not.toHaveBeenCalled()
})

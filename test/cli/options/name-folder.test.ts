/** Which option a message names where a folder could not be written. */
import { expect, test } from 'vitest'
import { REGRESS_OPTIONS } from '../../../src/cli/commands/regress/options.ts'
import { OPTIONS as SIM_OPTIONS } from '../../../src/cli/commands/sim/options.ts'
import { nameFolder } from '../../../src/cli/options/name-folder.ts'
import { InputError } from '../../../src/input/input-error.ts'
import { SystemError } from '../../../src/input/system-error.ts'

const full = (path: string): Error =>
  new SystemError(`${path}: the disk is full. Free some space or choose another folder, then run again.`)
const out = { out: 'build' }

test.each([
  ['a night without a folder', REGRESS_OPTIONS, out, 'build/regress/nightly/regress.json', ' with --folder'],
  ['a night', REGRESS_OPTIONS, { ...out, folder: '/n' }, '/n/history/a.json', ' with --folder'],
  ['its history', REGRESS_OPTIONS, { ...out, folder: '/n', history: '/h' }, '/h/a.json', ' with --history'],
  ['its cache', REGRESS_OPTIONS, { ...out, folder: '/n' }, 'build/cache/a.json', ' with --out'],
  ['a run', SIM_OPTIONS, out, 'build/m-w8a8/sim.json', ' with --out'],
  ['a run of a night', SIM_OPTIONS, { ...out, dataFolder: '/n/data/0' }, '/n/data/0/a.mem', ''],
  ['a folder of no option', SIM_OPTIONS, out, '/elsewhere/a', ''],
])('the folder of %s', (_, declarations, args, path, said) => {
  const { message } = nameFolder(full(path), declarations, args)
  expect(message).toContain(`choose another folder${said}, then run again.`)
})

test('an error of the input names it once', () => {
  const error = new InputError(
    'permission denied',
    'build/cache',
    'Choose another folder, or name one in ASSAY_CACHE.',
  )
  for (let turn = 0; turn < 2; turn++)
    expect(nameFolder(error, SIM_OPTIONS, out).message).toBe(
      'build/cache: permission denied. Choose another folder with --out, or name one in ASSAY_CACHE.',
    )
})

test('all else stays as it is', () => {
  const error = new Error('build/a: no')
  expect(nameFolder(error, SIM_OPTIONS, out).message).toBe('build/a: no')
  expect(nameFolder('another folder', SIM_OPTIONS, out)).toBe('another folder')
})

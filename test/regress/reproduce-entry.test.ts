/** Lines of entries, and paths that read the same on every machine. */
import { expect, test } from 'vitest'
import type { Night } from '../../src/regress/night.ts'
import { fromRoot, reproduceEntry, withLines } from '../../src/regress/reproduce-entry.ts'
import { fault, makeNight, ORIGIN } from './nights.ts'

const red = (own: Partial<Night['runs'][number]> = {}, origin = {}): Night => {
  const night = makeNight({ images: 1, seeds: 2, fate: () => ({ status: 'differs', fault: fault() }) })
  return { ...night, origin: { ...ORIGIN, ...origin }, runs: night.runs.map((run) => ({ ...run, ...own })) }
}
const lineOf = (night: Night): string => reproduceEntry(night, night.entries[1]!).line

test('layer, seed and folder of the entry', () => {
  expect(lineOf(red({ folder: 'hw' }))).toBe(
    `git checkout ${'c'.repeat(40)} && cd hw && npx --no-install assay sim --image images/000000.png --bits 8 --mode isolated --seeds 2 --layers model.1`,
  )
  const night = red()
  const entry = night.entries[0]!
  const stimulated = { ...entry, seed: null, fault: fault({ layer: 'model.1 [corners]' }) }
  expect(reproduceEntry(night, stimulated).line).toMatch(/ --layers model\.1$/)
  expect(reproduceEntry(night, { ...entry, fault: null }).line).not.toContain('--layers')
  expect(reproduceEntry(night, { ...entry, axes: { mode: 'chained' } })).toMatchObject({
    line: expect.not.stringContaining('--layers') as string,
    notes: ['Install Assay first: no package-lock.json in the clone has it.'],
  })
})

test('a folder outside of the repository is said', () => {
  const night = red({ folder: '/elsewhere' })
  expect(lineOf(night)).not.toContain('cd ')
  expect(reproduceEntry(night, night.entries[0]!).notes.at(-1)).toBe(
    'It ran in /elsewhere, which is not in the repository.',
  )
  const none = red({ folder: '/elsewhere' }, { commit: null })
  expect(reproduceEntry(none, none.entries[0]!).notes.join()).not.toContain('which is not')
})

test('only red entries have lines', () => {
  const night = makeNight({
    images: 2,
    fate: ({ run }) => (run === 0 ? { status: 'late', fault: fault() } : {}),
  })
  expect(withLines(night).entries.map(({ reproduce }) => reproduce?.line.slice(0, 12))).toEqual([
    'git checkout',
    undefined,
  ])
})

test('folders and words from the root of the repository', () => {
  const words = ['--rtl', '/r/hw/rtl', '--model', '/r/m.pt', '--image', '/i.png', 'plain']
  const night = red({ folder: '/r/hw/plans', words }, { folder: 'hw/plans' })
  expect(fromRoot(night, '/r/hw/plans').runs[0]).toMatchObject({
    folder: 'hw/plans',
    words: ['--rtl', '../rtl', '--model', '../../m.pt', '--image', '/i.png', 'plain'],
  })
  expect(fromRoot(red({ folder: '.', words: ['/r'] }), '/r').runs[0]).toMatchObject({
    folder: '',
    words: ['.'],
  })
  expect(fromRoot(red({ folder: '/x', words }, { folder: 'hw' }), '/r/hw').runs[0]).toMatchObject({
    folder: '/x',
    words,
  })
  const at = (file: string, folder = '/r/hw', cwd = '/r/hw') => {
    const own = red({ folder }, { folder: cwd.slice('/r/'.length) })
    return fromRoot({ ...own, plan: { ...own.plan, file } }, cwd).plan.file
  }
  expect(at('p.yaml')).toBe('hw/p.yaml')
  expect(at('../p.yaml')).toBe('p.yaml')
  expect(at('/r/hw/plans/p.yaml')).toBe('hw/plans/p.yaml')
  expect(at('/elsewhere/p.yaml')).toBe('/elsewhere/p.yaml')
  // Planned in one folder and joined in another.
  expect(at('p.yaml', '/r/sub')).toBe('sub/p.yaml')
  expect(at('p.yaml', '/of/another/machine')).toBe('p.yaml')
  const outside = red({ folder: '/r' }, { folder: undefined })
  expect(fromRoot(outside, '/r')).toBe(outside)
})

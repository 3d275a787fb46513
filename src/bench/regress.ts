/** What a night of many runs costs: from nothing built, unchanged, and expanded alone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { atMost, type Bench, type BenchContext } from './measure.ts'
import { measureCommand, needSuccess } from './process.ts'

const PLAN = `matrix:
  image: images/*.png
  weight-bits: [8, 4]
  seeds: 1..5
`
const IMAGES = 20

/** 3 thresholds × 3 overlaps × 10 calibrations × 20 images × 5 seeds. */
const LARGE = `matrix:
  image: images/*.png
  confidence: [0.2, 0.25, 0.3]
  iou: [0.6, 0.65, 0.7]
  calibration-images: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  seeds: 1..5
`
const ENTRIES = 9000

export const regressBench: Bench = {
  name: 'regress',
  run: async (context) => {
    const cwd = await makeProject(context)
    const call = (...words: readonly string[]) =>
      measureCommand(process.execPath, [join(context.home, 'dist', 'cli', 'main.js'), 'regress', ...words], {
        cwd,
      })
    const cold = await call('plan.yaml')
    needSuccess(cold, 'assay regress')
    const again = await call('plan.yaml', '--json')
    needSuccess(again, 'assay regress, unchanged')
    const before = again.stdout.match(/"status":"before"/g)?.length ?? 0
    if (before !== IMAGES * 10)
      throw new Error(`${before} of ${IMAGES * 10} entries were answered from their evidence`)
    const list = await call('large.yaml', '--list')
    needSuccess(list, 'assay regress --list')
    const entries = list.stdout.split('\n').filter((line) => line.startsWith('shapes ')).length
    if (entries !== ENTRIES) throw new Error(`${entries} entries, not ${ENTRIES}`)
    const what = 'a night of 20 images, 2 widths and 5 seeds on the default model'
    return [
      atMost(what, cold.seconds, 60, 'from nothing built'),
      atMost(`${what}, nothing changed`, again.seconds, 3, 'all from evidence'),
      atMost('a plan of 9,000 entries, expanded', list.seconds, 1, '`assay regress --list`, from outside'),
    ]
  },
}

async function makeProject({ home, scratch }: BenchContext): Promise<string> {
  const project = join(scratch, 'night')
  const images = join(project, 'images')
  mkdirSync(images, { recursive: true })
  for (let index = 0; index < IMAGES; index++) {
    const name = `${String(index).padStart(6, '0')}.png`
    await cp(join(home, 'golden', 'default', 'val', name), join(images, name))
  }
  writeFileSync(join(project, 'plan.yaml'), PLAN)
  writeFileSync(join(project, 'large.yaml'), LARGE)
  return project
}

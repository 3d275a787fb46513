/** Cost over the number of images in one run of `assay validate`, of its integer stages and of the RTL. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkJson, count, listOf, openObject, real, text } from '../input/schema.ts'
import { type GrowthRow, runAssay, type Series } from './growth-cost.ts'
import type { BenchContext } from './measure.ts'
import { makeOut } from './out-folder.ts'

const COUNTS = [1, 10, 100]

export const IMAGE_SERIES: Series = {
  name: 'images',
  work: 'images',
  flatMemory: true,
  run: async (context) => {
    const { log } = context
    if (context.real === null) return []
    const { model, calibration } = context.real
    const data = await repeatImages(context, Math.max(...COUNTS))
    const rows: GrowthRow[] = []
    const run = async (stages: string, images: number, folder: string) => {
      const out = await makeOut(context, folder)
      const network = ['--model', model, '--calibration', calibration, '--out', out, '--quiet']
      // One process: a run of one image could not use two.
      const what = [...data, '--limit', String(images), '--stages', stages, '--jobs', '1', '--json']
      return runAssay(context, ['validate', ...network, ...what], out)
    }
    for (const stages of ['quantised,full', 'rtl']) {
      // Quantises and builds.
      await run(stages, 1, `growth-${stages}`)
      for (const images of COUNTS) {
        log(`validate, ${stages}: ${images} images …`)
        const cost = await run(stages, images, `growth-${stages}-${images}`)
        rows.push({ step: `validate, ${stages}`, of: `${images} images`, work: images, ...cost })
      }
    }
    return rows
  },
}

const COCO = openObject({
  images: listOf(openObject({ id: count, file_name: text, width: count, height: count }), 1),
  annotations: listOf(
    openObject({ image_id: count, category_id: count, bbox: listOf(real()), area: real(), iscrowd: count }),
  ),
  categories: listOf(openObject({ id: count, name: text })),
})

/** The COCO images beside the project as often as there have to be `times` of them, each time under another name. */
async function repeatImages({ home, scratch }: BenchContext, times: number): Promise<readonly string[]> {
  const source = join(home, '..', 'shared', 'coco', 'dev')
  const file = join(source, 'annotations', 'instances_val2017.json')
  const coco = checkJson(COCO, await readFile(file, 'utf8'), file)
  const pictures = join(scratch, 'growth-images')
  await mkdir(pictures, { recursive: true })
  const images = []
  const annotations = []
  for (let i = 0; i < times; i++) {
    const round = Math.floor(i / coco.images.length)
    const image = coco.images[i % coco.images.length]!
    const name = `${round}-${image.file_name}`
    await symlink(join(source, 'images', image.file_name), join(pictures, name))
    images.push({ ...image, id: i + 1, file_name: name })
    for (const one of coco.annotations)
      if (one.image_id === image.id) annotations.push({ ...one, id: annotations.length + 1, image_id: i + 1 })
  }
  const repeated = join(scratch, 'growth-instances.json')
  await writeFile(repeated, JSON.stringify({ images, annotations, categories: coco.categories }))
  return ['--data', repeated, '--images', pictures]
}

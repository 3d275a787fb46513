/** The embedded validation pictures, described as YOLO and as Pascal VOC data. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Dataset } from '../../src/validate/dataset.ts'

/** Pictures and `instances.json` of the embedded model. */
export const EMBEDDED_VAL = fileURLToPath(new URL('../../golden/default/val/', import.meta.url))

/** As Ultralytics does: `data.yaml`, `images/val`, `labels/val`. Pictures are links. */
export async function writeYolo(root: string, dataset: Dataset): Promise<void> {
  await mkdir(join(root, 'images/val'), { recursive: true })
  await mkdir(join(root, 'labels/val'), { recursive: true })
  const names = dataset.classes.map((name, index) => `  ${index}: ${name}`).join('\n')
  await writeFile(join(root, 'data.yaml'), `path: .\nval: images/val\nnc: 4\nnames:\n${names}\n`)
  for (const { id, fileName, path, width, height } of dataset.images) {
    await symlink(path, join(root, 'images/val', fileName))
    const rows = dataset.annotations
      .filter(({ imageId }) => imageId === id)
      .map(({ classIndex, box: [x, y, w, h] }) =>
        [classIndex, (x + w / 2) / width, (y + h / 2) / height, w / width, h / height].join(' '),
      )
    await writeFile(join(root, 'labels/val', fileName.replace('.png', '.txt')), rows.join('\n'))
  }
}

/** As Pascal VOC does: `Annotations`, `JPEGImages`, `ImageSets/Main/few.txt` with two of the images. */
export async function writeVoc(root: string, dataset: Dataset): Promise<void> {
  for (const name of ['Annotations', 'ImageSets/Main']) await mkdir(join(root, name), { recursive: true })
  await symlink(EMBEDDED_VAL, join(root, 'JPEGImages'))
  await writeFile(join(root, 'ImageSets/Main/few.txt'), '000005 1\n000003 -1\n')
  for (const { id, fileName, width, height } of dataset.images) {
    const objects = dataset.annotations
      .filter(({ imageId }) => imageId === id)
      .map(
        ({
          classIndex,
          box: [x, y, w, h],
        }) => `<object><name>${dataset.classes[classIndex]}</name><difficult>0</difficult>
          <bndbox><xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>`,
      )
    const size = `<size><width>${width}</width><height>${height}</height><depth>3</depth></size>`
    const xml = `<annotation><filename>${fileName}</filename>${size}${objects.join('')}</annotation>`
    await writeFile(join(root, 'Annotations', fileName.replace('.png', '.xml')), xml)
  }
}

/** Readers of data sets. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { parseJson } from '../../../src/input/strict-json.ts'
import { parseCoco } from '../../../src/validate/coco.ts'
import { readVoc } from '../../../src/validate/voc.ts'
import { readYolo } from '../../../src/validate/yolo.ts'
import { parseCocoDetections } from '../../validate/coco-detections.ts'
import { json, makeFolder, readsFile, text, utf8 } from '../files.ts'
import type { Reader } from '../fuzz.ts'

export async function datasetReaders(): Promise<readonly Reader[]> {
  const coco = {
    images: [
      { id: 1, file_name: 'a.jpg', width: 10, height: 10 },
      { id: 2, file_name: 'b.jpg' },
    ],
    categories: [
      { id: 1, name: 'a' },
      { id: 7, name: 'b' },
    ],
    annotations: [{ id: 1, image_id: 1, category_id: 7, bbox: [1, 2, 3, 4], area: 12, iscrowd: 0 }],
  }
  const dataset = parseCoco(coco, 'x.json', 'images')
  const parse = (bytes: Uint8Array): unknown => parseJson(utf8(bytes), 'x.json', '')
  const png = await sharp(new Uint8Array(300).fill(9), { raw: { width: 10, height: 10, channels: 3 } })
    .png()
    .toBuffer()
  const voc = makeFolder('Annotations', 'JPEGImages')
  const xml = `<annotation><filename>x.jpg</filename><size><width>10</width><height>9</height></size>
    <object><name>a</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></object></annotation>`
  const yolo = makeFolder('images', 'labels')
  writeFileSync(join(yolo, 'images/x.png'), png)
  const labels = makeFolder('images', 'labels')
  writeFileSync(join(labels, 'images/x.png'), png)
  writeFileSync(join(labels, 'data.yaml'), 'val: images\nnames: [a, b]')
  return [
    {
      name: 'coco',
      seeds: [json(coco)],
      isJson: true,
      file: 'x.json: ',
      read: (bytes) => parseCoco(parse(bytes), 'x.json', 'images'),
    },
    {
      name: 'coco-detections',
      seeds: [json([{ image_id: 1, category_id: 7, bbox: [1, 2, 3, 4], score: 0.5 }])],
      isJson: true,
      file: 'x.json: ',
      read: (bytes) => parseCocoDetections(parse(bytes), dataset, 'x.json'),
    },
    {
      name: 'voc',
      file: voc,
      seeds: [text(xml)],
      words: [
        '<object>',
        '</object>',
        '<a>'.repeat(200),
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '&a;',
        '<![CDATA[',
        '<?xml',
        '-1',
        '1e999',
      ],
      read: readsFile(join(voc, 'Annotations/x.xml'), () => readVoc(voc)),
    },
    {
      name: 'yolo-yaml',
      file: yolo,
      seeds: [
        text('path: .\nval: images\nnc: 2\nnames:\n  0: a\n  1: b\n'),
        text('val: [images]\nnames: [a, b]\n'),
      ],
      words: [
        '&a [',
        '*a',
        '- ',
        '? ',
        '!!js/function',
        '{',
        '[',
        '[['.repeat(3000),
        '<<: ',
        '...',
        '---\n',
        '\t',
      ],
      read: readsFile(join(yolo, 'data.yaml'), () => readYolo(join(yolo, 'data.yaml'))),
    },
    {
      name: 'yolo-labels',
      file: labels,
      seeds: [text('0 0.5 0.5 0.1 0.1\n1 0.1 0.1 0.2 0.2 0.3 0.3\n')],
      words: ['nan', '1e999', '-1 ', '0x10', '\r\n', ' 0.1'.repeat(1000)],
      read: readsFile(join(labels, 'labels/x.txt'), () => readYolo(join(labels, 'data.yaml'))),
    },
  ]
}

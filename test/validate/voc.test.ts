import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { readVoc } from '../../src/validate/voc.ts'
import { useFolder } from './lay.ts'

const { at, lay } = useFolder()

const size = '<size><width>100</width><height>50</height></size>'
const write = (fileName: string, inside: string) =>
  `<annotation><filename>${fileName}</filename>${inside}</annotation>`

async function readOne(objects: string) {
  await lay({ 'Annotations/000012.xml': write('000012.jpg', size + objects) })
  return readVoc(at('.'))
}

const corners = '<bndbox><xmin>1</xmin><ymin>11</ymin><xmax>100</xmax><ymax>20</ymax></bndbox>'
const object = (name: string, more = '') => `<object><name>${name}</name>${more}${corners}</object>`

describe('readVoc', () => {
  test('corners count from 1 and are included', async () => {
    const dataset = await readOne(object('dog'))
    expect(dataset.annotations).toEqual([
      { imageId: 1, classIndex: 0, box: [0, 10, 100, 10], area: 1000, crowd: false, ignore: false },
    ])
    expect(dataset.findings).toEqual([])
  })

  test('corners may be fractions', async () => {
    const bndbox = '<xmin>3.5</xmin><ymin>2</ymin><xmax>5</xmax><ymax>8.25</ymax>'
    const { annotations } = await readOne(`<object><name>dog</name><bndbox>${bndbox}</bndbox></object>`)
    expect(annotations[0]).toMatchObject({ box: [2.5, 1, 2.5, 7.25], area: 18.125 })
  })

  test('classes go by the alphabet, pictures by the names of their files', async () => {
    const folder = at('.')
    await lay({
      'Annotations/b.xml': write('2.jpg', size + object('dog') + object('cat')),
      'Annotations/a.xml': write('7.jpg', size + object('dog') + object('ape')),
      'Annotations/c.xml': write('1.jpg', size),
      'Annotations/._a.xml': 'no XML',
      'Annotations/notes.txt': '',
    })
    const dataset = await readVoc(folder)
    const image = (id: number, fileName: string) => {
      return { id, fileName, path: at(`JPEGImages/${fileName}`), width: 100, height: 50 }
    }
    expect(dataset).toMatchObject({
      classes: ['ape', 'cat', 'dog'],
      categoryIds: [1, 2, 3],
      images: [image(1, '7.jpg'), image(2, '2.jpg'), image(3, '1.jpg')],
      findings: [{ kind: 'image-without-annotations', count: 1, examples: ['1.jpg'] }],
    })
    expect(dataset.annotations.map(({ imageId, classIndex }) => [imageId, classIndex])).toEqual([
      [1, 2],
      [1, 0],
      [2, 2],
      [2, 1],
    ])
  })

  test('pictures are in the order of names without their ending', async () => {
    // A folder is listed with a-b.xml before a.xml.
    const names = ['a-b', 'a', 'A', 'b']
    const files = names.map((name) => [`Annotations/${name}.xml`, write(name, size + object('dog'))])
    await lay(Object.fromEntries(files))
    const { images } = await readVoc(at('.'))
    expect(images.map(({ fileName }) => fileName)).toEqual(['A', 'a', 'a-b', 'b'])
  })

  test.each([
    ['<difficult>1</difficult>', true],
    ['<difficult>0</difficult>', false],
    ['', false],
  ])('an object with %j is ignored: %j', async (difficult, ignore) => {
    const dataset = await readOne(object('dog', difficult))
    expect(dataset.annotations[0]).toMatchObject({ ignore, crowd: false })
  })

  test('repetitions are counted, in one picture', async () => {
    await lay({ 'Annotations/2.xml': write('2.jpg', size + object('dog')) })
    const { findings, annotations } = await readOne(object('dog') + object('dog') + object('cat'))
    expect(findings).toMatchObject([
      { kind: 'duplicate-annotation', count: 1, examples: ['000012.jpg [0, 10, 100, 10]'] },
    ])
    expect(annotations.length).toBe(3)
  })

  test('corners that are swapped give a negative size, which is named', async () => {
    const { findings } = await readOne(
      object('dog').replace('<xmin>1<', '<xmin>101<').replace('<xmax>100<', '<xmax>50<'),
    )
    expect(findings).toMatchObject([{ kind: 'box-of-negative-size', count: 1 }])
  })

  test('names that are numbers stay as they are written', async () => {
    expect((await readOne(object('007'))).classes).toEqual(['007'])
  })

  test.each([
    ['<object><name>dog</name></object>', /000012\.xml: annotation\.object\[0\]: bndbox is missing/],
    [`${object('cat')}<object>${corners}</object>`, /object\[1\]: name is missing/],
    [object('dog').replace('11', 'x'), /object\[0\]\.bndbox\.ymin: expected a number, got "x"/],
    [object('dog').replace('xmin>1<', 'xmin>a<'), /object\[0\]\.bndbox\.xmin: expected a number, got "a"/],
    [object('dog').replace('100', 'b'), /object\[0\]\.bndbox\.xmax: expected a number, got "b"/],
    [object('dog').replace('20', 'c'), /object\[0\]\.bndbox\.ymax: expected a number, got "c"/],
    ['<object>dog</object>', /object\[0\]: expected an object, got "dog"/],
    ['<object>', /000012\.xml:1: is not XML: /],
    ['', /has no classes/],
  ])('%s is refused', async (objects, message) => {
    await expect(readOne(objects)).rejects.toThrow(message)
    await expect(readOne(objects)).rejects.toThrow(InputError)
  })

  test.each([
    ['<a></a>', /1\.xml: annotation is missing/],
    ['<annotation>a</annotation>', /1\.xml: annotation: expected an object, got "a"/],
    [write('a.jpg', ''), /1\.xml: annotation: size is missing/],
    [write('', size), /1\.xml: annotation\.filename: expected a text/],
    [write('a.jpg', size.replace('100', 'w')), /1\.xml: annotation\.size\.width: expected a number, got "w"/],
    [write('a.jpg', size.replace('50', 'h')), /1\.xml: annotation\.size\.height: expected a number, got "h"/],
    ['<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><annotation>&x;</annotation>', /got "&x;"/],
    [
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><annotation>&x;</annotation>',
      /1\.xml: cannot be read: External entities are not supported\. Write plain elements\./,
    ],
  ])('%s is no annotation', async (xml, message) => {
    await lay({ 'Annotations/1.xml': xml })
    await expect(readVoc(at('.'))).rejects.toThrow(message)
  })

  test('what the parser refuses is the cause', async () => {
    await lay({ 'Annotations/1.xml': `${'<a>'.repeat(200)}${'</a>'.repeat(200)}` })
    await expect(readVoc(at('.'))).rejects.toMatchObject({ cause: expect.any(Error) })
  })

  test('a folder without annotations is explained', async () => {
    await lay({ 'Annotations.txt': '' })
    await expect(readVoc(at('gone'))).rejects.toThrow(
      'gone/Annotations: no such file. A Pascal VOC folder has Annotations/ and ImageSets/Main/.',
    )
  })
})

describe('a split', () => {
  const files = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [`Annotations/${name}.xml`, write(`${name}.jpg`, size + object(name))]),
  )

  test('names its pictures, once each, with a mark that is not read', async () => {
    await lay({ ...files, 'ImageSets/Main/val.txt': '  c  -1\r\n\na\t1\na\r\n' })
    const { images, classes } = await readVoc(at('.'), 'val')
    expect(images.map(({ id, fileName }) => `${id} ${fileName}`)).toEqual(['1 a.jpg', '2 c.jpg'])
    expect(classes).toEqual(['a', 'c'])
  })

  test.each([
    ['gone', /ImageSets\/Main\/gone\.txt: no such file\. A Pascal VOC folder has/],
    ['../val', /--split: "\.\.\/val\.txt" is not a name for a file/],
    ['odd', /is not a name for a file/],
    ['lost', /Annotations\/x\.xml: no such file\. Every picture of the split needs an annotation file\./],
    ['empty', /has no images/],
  ])('%s is refused', async (split, message) => {
    const lists = { odd: '../a', lost: 'x', empty: '\n' }
    const sets = Object.entries(lists).map(([name, text]) => [`ImageSets/Main/${name}.txt`, text])
    await lay({ ...files, ...Object.fromEntries(sets) })
    await expect(readVoc(at('.'), split)).rejects.toThrow(message)
  })
})

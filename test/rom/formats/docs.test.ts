import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { writeNpy } from '../../../src/artefacts/npy.ts'
import { writeSafetensors } from '../../../src/artefacts/safetensors.ts'
import { ROM_FORMATS, type RomFormatId } from '../../../src/rom/formats/formats.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { READERS } from './readers/readers.ts'
import { packRom, textOf } from './support.ts'

const page = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8')
const examples = new Map(
  Array.from(page.matchAll(/^```text ([a-z-]+)\n([\s\S]*?)^```$/gm), ([, id, text]) => [id!, text!]),
)
const rom = packRom('silu', 12, [0xabcn, 0x012n, 0xfffn, 0x000n])

test.each(Object.keys(ROM_FORMATS) as RomFormatId[])('docs/formats.md shows %s as it is', (id) => {
  expect(textOf(ROM_FORMATS[id].write(rom))).toBe(examples.get(id))
  expect(unpackRom(READERS[id](examples.get(id)!, rom))).toEqual([0xabcn, 0x012n, 0xfffn, 0x000n])
})

test('docs/formats.md shows the headers of .npy and .safetensors as they are', () => {
  const npy = textOf(writeNpy({ shape: [2], data: Uint16Array.of(1, 2) })).slice(10, -4)
  expect(`${npy.trimEnd()}\n`).toBe(examples.get('npy'))
  const file = writeSafetensors({
    tensors: new Map([['model.0.weight', { shape: [2], data: Int8Array.of(1, 2) }]]),
    metadata: new Map([['bits', '8']]),
  })
  expect(`${textOf(file).slice(8, -2).trimEnd()}\n`).toBe(examples.get('safetensors'))
})

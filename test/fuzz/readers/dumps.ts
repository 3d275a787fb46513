/** Readers of dumps, each to the codes of a small tensor. */
import { writeNpy } from '../../../src/artefacts/npy.ts'
import { readCsv } from '../../../src/dump/csv.ts'
import { fitLayout } from '../../../src/dump/infer.ts'
import { readNpyDump } from '../../../src/dump/npy.ts'
import { readDecimalText, readHexText } from '../../../src/dump/text.ts'
import type { DumpContent, StatedLayout } from '../../../src/dump/types.ts'
import { readVcd } from '../../../src/dump/vcd.ts'
import { checkJson } from '../../../src/input/schema.ts'
import { dumpSchema } from '../../../src/pipeline/compare/dump-json.ts'
import { makeTensor } from '../../dump/write-dump.ts'
import type { Reader } from '../fuzz.ts'

const tensor = makeTensor([3, 2, 4])
/** That no layout fits is no refusal of the reader. */
const fit = (content: DumpContent, stated: StatedLayout = {}) => ({
  fitting: fitLayout(content, tensor, stated, 'x'),
})
const text = (...parts: readonly string[]): readonly Uint8Array[] => parts.map((part) => Buffer.from(part))
const numbers = Array.from(tensor.codes)

export function dumpReaders(): readonly Reader[] {
  const wave = [
    '$scope module top $end $var wire 1 ! clk $end $var wire 8 " data [7:0] $end $upscope $end',
    '$enddefinitions $end #0 0! b0 "',
    ...numbers.map((code, at) => `#${2 * at + 1} b${code.toString(2)} " #${2 * at + 2} 1! #${2 * at + 3} 0!`),
  ]
  const signals = { clock: 'clk', data: 'data' }
  return [
    {
      name: 'dump-npy',
      file: 'x.npy',
      seeds: [new Uint8Array(tensor.codes), Int32Array.from(tensor.codes)].map((data) =>
        writeNpy({ shape: [3, 2, 4], data }),
      ),
      words: ["'descr'", '(99999999999,)', 'True', '>f8', '|O', '<u8', '>i2', '(0,)'],
      read: (bytes) => {
        const { content, stated } = readNpyDump(bytes, tensor.shape, {}, 'x.npy')
        return fit(content, stated)
      },
    },
    {
      name: 'dump-hex',
      file: 'x.mem',
      seeds: text(numbers.map((code) => code.toString(16)).join('\n'), '@0 xx 12 // a\n@8 0_1 /* b */ 0x7'),
      words: ['@ffffffffff', '/*', '//', 'x', '@', '0x', ':'],
      read: (bytes) => fit(readHexText(bytes, 'x.mem')),
    },
    {
      name: 'dump-decimal',
      file: 'x.txt',
      seeds: text(numbers.join('\n'), '1.0e+02, -3; x\n4 # a'),
      words: ['-', '1e999', '.', '/*', 'x'],
      read: (bytes) => fit(readDecimalText(bytes, 'x.txt')),
    },
    {
      name: 'dump-csv',
      file: 'x.csv',
      seeds: text(`i,data[7:0],valid\n${numbers.map((code, at) => `${at},${code},1`).join('\n')}`),
      words: ['"', ',', '0x', 'Radix - HEX', 'data'],
      read: (bytes) => fit(readCsv(bytes, { data: 'data', valid: 'valid' }, 'x.csv')),
    },
    {
      name: 'dump-vcd',
      file: 'x.vcd',
      seeds: text(wave.join('\n')),
      words: [
        '$var wire 99999999 ! clk $end',
        '$scope',
        '$end',
        '$comment',
        '$enddefinitions $end',
        'bz',
        '#',
      ],
      read: (bytes) => {
        const reader = readVcd([signals], 'x.vcd')
        reader.push(bytes)
        return reader.finish().map((sampler) => fit(sampler.content()))
      },
    },
    {
      name: 'dump-json',
      file: 'dump.json',
      seeds: text(
        '{"bits": 8, "order": "y x o", "tensors": {"model.0": {"file": "a.bin", "offset": 64, "data": "d"}}}',
      ),
      isJson: true,
      read: (bytes) => checkJson(dumpSchema, Buffer.from(bytes).toString('utf8'), 'dump.json'),
    },
  ]
}

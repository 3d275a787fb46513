/** Readers of arrays. */
import { readNpy, writeNpy } from '../../../src/artefacts/npy.ts'
import { readSafetensors, writeSafetensors } from '../../../src/artefacts/safetensors.ts'
import { ArtefactError } from '../../../src/artefacts/tensor.ts'
import type { Reader } from '../fuzz.ts'

export function artefactReaders(): readonly Reader[] {
  const tensors = [
    Float32Array.of(1, 2, 3, 4),
    BigInt64Array.of(1n, 2n, 3n, 4n),
    Uint8Array.of(1, 2, 3, 4),
  ].map((data) => ({ shape: [2, 2], data }))
  const file = writeSafetensors({
    tensors: new Map(tensors.map((tensor, i) => [`t${i}`, tensor])),
    metadata: new Map([['format', 'np']]),
  })
  const headerEnd = 8 + Number(Buffer.from(file).readBigUInt64LE())
  const withHeader = (header: Uint8Array): Uint8Array => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    return Buffer.concat([length, header, file.subarray(headerEnd)])
  }
  return [
    {
      name: 'npy',
      seeds: tensors.map(writeNpy),
      words: ["'descr'", '(99999999999,)', 'True', '>f8', '|O'],
      read: readNpy,
      refuses: (error) => error instanceof ArtefactError,
    },
    {
      name: 'safetensors',
      file: 'safetensors: ',
      seeds: [file],
      words: ['"data_offsets"', '[0,99999999]', '"F64"'],
      read: readSafetensors,
      refuses: (error) => error instanceof ArtefactError,
    },
    {
      name: 'safetensors-header',
      file: 'safetensors: ',
      seeds: [file.subarray(8, headerEnd)],
      isJson: true,
      read: (bytes) => readSafetensors(withHeader(bytes)),
      refuses: (error) => error instanceof ArtefactError,
    },
  ]
}

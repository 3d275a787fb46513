/** The beginnings of the files that a plan names: what every run of them would refuse is refused once, by its line. */
import { open } from 'node:fs/promises'
import { InputError } from '../../../input/input-error.ts'
import { explainSystemError } from '../../../input/system-error.ts'

/** What a file has to be. */
export type FileKind = 'model' | 'image'

/** Pictures that are opened, at 0.4 ms each; what is wrong with others, their runs say. */
const MOST_OPENED = 1000

/** @returns what is wrong, by path. @throws SystemError */
export async function findFaults(files: ReadonlyMap<string, FileKind>): Promise<ReadonlyMap<string, string>> {
  const { readImageSize } = await import('../../../image/decode.ts')
  const all = [...files]
  const pictures = all.filter(([, kind]) => kind === 'image').slice(0, MOST_OPENED)
  const models = all.filter(([, kind]) => kind === 'model')
  const looks = [
    ...pictures.map(([path]) => [path, readImageSize(path)] as const),
    ...models.map(([path]) => [path, checkModel(path)] as const),
  ]
  const found = await Promise.all(
    looks.map(async ([path, look]) => {
      try {
        await look
        return []
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        return [[path, error.message] as const]
      }
    }),
  )
  return new Map(found.flat())
}

async function checkModel(path: string): Promise<void> {
  const { FOREIGN_HEAD, refuseForeign } = await import('../../../checkpoint/foreign.ts')
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(new Uint8Array(FOREIGN_HEAD), 0, FOREIGN_HEAD, 0)
    refuseForeign(buffer.subarray(0, bytesRead), path)
  } catch (error) {
    explainSystemError(error, path, 'Name the .pt file of a YOLOv8 detection model.')
  }
}

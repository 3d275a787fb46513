/** Copies of rtl/ that are not right. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { makeFolder } from './prepared.ts'

const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))

export interface RtlChange {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A max-pool that takes the smaller code. */
export const MIN_POOL: RtlChange = { file: 'code_array.sv', from: '+:A] > b[', to: '+:A] < b[' }

/** Each change must apply exactly once. @returns the sources of the copy. */
export async function breakRtl(
  changes: readonly RtlChange[],
  folder: string = makeFolder(),
): Promise<readonly string[]> {
  await cp(RTL, folder, { recursive: true })
  for (const { file, from, to } of changes) {
    const text = await readFile(join(folder, file), 'utf8')
    expect(text.split(from), `${file}: ${from}`).toHaveLength(2)
    await writeFile(
      join(folder, file),
      text.replace(from, () => to),
    )
  }
  return readSourceList(join(folder, 'rtl.f'))
}

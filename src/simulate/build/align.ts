/** Where Verilator's output puts what a cycle reads as vectors. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelClass } from './names.ts'

/** Arrays, and words of 512 bits and more. */
const VECTOR = /^ +(?=VlUnpacked<|VlWide<(?:1[6-9]|[2-9]\d|\d{3,})>)/gm

/** A vector that crosses a line of the CPU's cache costs two accesses: such members begin with a line. */
export async function alignVectors(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${modelClass}_`) && name.endsWith('.h'),
  )
  for (const name of names) {
    const path = join(folder, name)
    const text = await readFile(path, 'utf8')
    const aligned = text.replaceAll(VECTOR, '$&alignas(64) ')
    if (aligned !== text) await writeFile(path, aligned)
  }
}

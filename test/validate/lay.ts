/** A folder of a test's own, and files in it. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach } from 'vitest'

/** 160 by 160. */
const picture = fileURLToPath(new URL('../../golden/default/val/000000.png', import.meta.url))

export interface Folder {
  readonly at: (name: string) => string
  /** Writes text files; a `.png` gets the 160x160 picture. */
  readonly lay: (files: Readonly<Record<string, string>>) => Promise<void>
}

export function useFolder(): Folder {
  let root = ''
  const at = (name: string) => join(root, name)
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'assay-validate-'))
  })
  afterEach(() => rm(root, { recursive: true }))
  return {
    at,
    async lay(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(at(name)), { recursive: true })
        if (name.endsWith('.png')) await copyFile(picture, at(name))
        else await writeFile(at(name), text)
      }
    },
  }
}

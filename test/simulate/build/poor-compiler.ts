import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A compiler without what Apple's lacks: its linker has no --wrap, and a precompiled header stays where it is. */
export async function makePoorCompiler(folder: string): Promise<string> {
  const path = join(folder, 'poor-c++')
  const lacks = ['-fno-gnu-unique', '-Wl,-Bsymbolic', '-Wl,--exclude-libs*', '-Wl,--wrap*', 'c++-header']
  const refuse = lacks.map((flag) => `${flag}) echo "unknown: $each" >&2; exit 1 ;;`).join(' ')
  const script = `#!/bin/sh\nfor each in "$@"; do case "$each" in ${refuse} esac; done\nexec g++ "$@"\n`
  await writeFile(path, script, { mode: 0o755 })
  return path
}

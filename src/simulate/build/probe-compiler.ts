/** What a C++ compiler and its linker can do, by trying: their names say little of it. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../process/run-tool.ts'
import { inTemporaryFolder } from '../../store/files.ts'
import { listTargets } from './target.ts'
import type { ToolFacts } from './types.ts'

/** Left out where they are unknown: Clang has no unique symbols, and old compilers end no endless loop. */
const FLAGS = ['-fno-gnu-unique', '-faligned-new', '-fcf-protection=none', '-fno-finite-loops']

/** macOS binds a library's symbols to itself in any case. */
const LINK_FLAGS = ['-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL']

const ADDITION = 'void add(int* a, int* b) { for (int i = 0; i < 64; ++i) a[i] += b[i]; }\n'
const ATOMIC =
  '#include <atomic>\nint main() { std::atomic<unsigned> a{0}; volatile std::atomic<unsigned>* p = &a; return !p->is_lock_free(); }\n'

type Probed = Omit<ToolFacts['compiler'], 'words' | 'banner'> & Pick<ToolFacts, 'targets'>

/** @param words how the compiler is called */
export function probeCompiler([program, ...first]: readonly string[]): Promise<Probed> {
  const call = (...args: readonly string[]): Promise<boolean> =>
    runTool(program!, [...first, ...args]).then(
      () => true,
      () => false,
    )
  return inTemporaryFolder('assay-compiler-', async (folder) => {
    const [source, atomic, header] = ['add.cpp', 'atomic.cpp', 'moves.h'].map((name) => join(folder, name)) as [string, string, string] // biome-ignore format: one line
    await Promise.all([writeFile(source, ADDITION), writeFile(atomic, ATOMIC), writeFile(header, ADDITION)])
    let made = 0
    const output = (): readonly string[] => ['-o', join(folder, `made-${made++}`)]
    const links = (...flags: readonly string[]) => call('-shared', '-fPIC', source, ...flags, ...output())
    const keep = async <Item>(items: readonly Item[], test: (item: Item) => Promise<boolean>) => {
      const can = await Promise.all(items.map(test))
      return items.filter((_, index) => can[index])
    }
    const needsAtomic = async (): Promise<boolean> =>
      !(await call('-O0', atomic, ...output())) && call('-O0', atomic, '-latomic', ...output())
    const [targets, flags, linkFlags, wraps, atomics, movesHeaders] = await Promise.all([
      keep(listTargets(process.arch), (target) => call('-O3', ...target.flags, '-c', source, ...output())),
      keep(FLAGS, (flag) => call(flag, '-c', source, ...output())),
      keep(LINK_FLAGS, (flag) => links(flag)),
      links('-Wl,--wrap=system'),
      needsAtomic(),
      canMoveHeaders(folder, call),
    ])
    return {
      targets: targets.map(({ name }) => name),
      flags,
      linkFlags,
      libraries: atomics ? ['-latomic'] : [],
      wraps,
      movesHeaders,
    }
  })
}

/** The cache moves what it has made into place. Clang refuses a precompiled header that lies elsewhere than it was made. */
async function canMoveHeaders(
  folder: string,
  call: (...args: readonly string[]) => Promise<boolean>,
): Promise<boolean> {
  const [before, after] = [join(folder, 'before'), join(folder, 'after')]
  await mkdir(before)
  const header = join(before, 'model.h')
  await writeFile(header, `inline ${ADDITION}`)
  if (!(await call('-x', 'c++-header', header, '-o', `${header}.gch`))) return false
  await rename(before, after)
  const source = join(folder, 'moved.cpp')
  await writeFile(source, 'void twice(int* a) { add(a, a); }\n')
  return call('-include', join(after, 'model.h'), '-c', source, '-o', join(folder, 'moved.o'))
}

/** The libraries that this program computes with, as they are found and loaded, whatever has installed them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, openObject, recordOf } from '../input/schema.ts'
import { areUnchanged, fileHashes, hashFiles, listFiles } from './file-hashes.ts'
import { writeCached } from './files.ts'
import { hashParts } from './hash.ts'
import { readSealedNow, seal } from './kept.ts'

/** A package.json, of which only names count. */
const PACKAGE = openObject({
  dependencies: v.optional(openObject({})),
  optionalDependencies: v.optional(openObject({})),
})

/** Files of an installed library whose content counts: its version, and compiled code for this system. */
const INSTALLED = /^package\.json$|\.(node|wasm|dll|dylib|so(\.[\d.]+)?)$/
/** Of a library that is linked, which changes and keeps its version. */
const LINKED = /\.([cm]?js|json|node|wasm|dll|dylib|so(\.[\d.]+)?)$/
const OTHER_SYSTEMS = ['aix', 'darwin', 'freebsd', 'linux', 'openbsd', 'win32'].filter(
  (name) => name !== process.platform,
)

/** What is known of one library, while nothing of it changes. */
const library = openObject({
  dependencies: v.array(v.string()),
  /** The files that count, by path in the library. */
  files: fileHashes,
})
const LIBRARIES = recordOf(library)
type Library = Checked<typeof library>

const known = new Map<string, string>()

/**
 * SHA-256 over the `package.json` of each library that the program in `folder` depends on, directly or not, and over their
 * compiled code. Reading that takes longer than all else: what is known is kept in a file of `cache`.
 */
export function hashLibraries(folder: string, cache: string | null): string {
  const before = known.get(folder)
  if (before !== undefined) return before
  const home = findHome(folder)
  if (home === null) return ''
  const file = cache === null ? null : join(cache, 'libraries.json')
  const kept = (file === null ? null : readSealedNow(file, LIBRARIES)) ?? {}
  const libraries = new Map<string, Library>()
  const parts: string[] = []
  const find = makeFinder()
  const walk = (at: string, names: readonly string[]): void => {
    for (const name of names) {
      const found = find(at, name)
      if (found === null) parts.push(`${name} missing`)
      const path = found === null ? null : realpathSync.native(found)
      if (path === null || libraries.has(path)) continue
      const library = readLibrary(path, kept[path])
      libraries.set(path, library)
      // pnpm and Yarn name the folder of a patched library after the patch.
      const patches = path.split('/').filter((name) => name.includes('patch'))
      parts.push(
        hashParts([
          ...patches,
          ...Object.entries(library.files).flatMap(([file, [, sha256]]) => [file, sha256]),
        ]),
      )
      walk(path, library.dependencies)
    }
  }
  walk(home, listDependencies(home))
  const changed = [...libraries].some(([path, library]) => kept[path] !== library)
  // A cache that can only be read serves as well.
  if (file !== null && changed)
    void writeCached(file, seal(Object.fromEntries(libraries))).catch(() => undefined)
  const hash = hashParts(parts.sort())
  known.set(folder, hash)
  return hash
}

/** The library as it is kept, where it is so still. */
function readLibrary(path: string, kept: Library | undefined): Library {
  if (kept !== undefined && areUnchanged(path, kept.files)) return kept
  const counts = path.split('/').includes('node_modules') ? INSTALLED : LINKED
  // Other packages do not count here, nor what is for another system.
  const enters = (name: string): boolean => name !== 'node_modules' && !OTHER_SYSTEMS.includes(name)
  const files = hashFiles(
    path,
    listFiles(path, (name) => counts.test(name), enters),
  )
  return { dependencies: listDependencies(path), files }
}

function listDependencies(folder: string): readonly string[] {
  const own = acceptJson(PACKAGE, readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.keys({ ...own?.dependencies, ...own?.optionalDependencies })
}

/** Yarn's Plug'n'Play puts no node_modules beside a package, and says itself where its libraries are. */
interface PlugAndPlay {
  /** @throws Error for a library that is not installed. */
  resolveToUnqualified(name: string, issuer: string): string | null
}

function findPlugged(folder: string, name: string): string | null {
  const { findPnpApi } = nodeModule as { readonly findPnpApi?: (path: string) => PlugAndPlay | null }
  try {
    const found = findPnpApi?.(`${folder}/`)?.resolveToUnqualified(name, `${folder}/`) ?? null
    // It names a place for an optional library of another system, too.
    return found !== null && existsSync(join(found, 'package.json')) ? found : null
  } catch {
    return null
  }
}

/** The folder of this program's own package. */
function findHome(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (dirname(at) === at) return null
  }
}

/** Finds a library's folder as Node looks: in `node_modules` of a folder and above. Many packages look in the same places. */
function makeFinder(): (folder: string, name: string) => string | null {
  const above = new Map<string, readonly string[]>()
  const listModules = (folder: string): readonly string[] => {
    const known = above.get(folder)
    if (known !== undefined) return known
    const own = `${folder}/node_modules`
    const parent = dirname(folder)
    const list = [...(existsSync(own) ? [own] : []), ...(parent === folder ? [] : listModules(parent))]
    above.set(folder, list)
    return list
  }
  const seen = new Map<string, boolean>()
  const isThere = (path: string): boolean => {
    const known = seen.get(path) ?? existsSync(`${path}/package.json`)
    seen.set(path, known)
    return known
  }
  return (folder, name) =>
    listModules(folder)
      .map((modules) => `${modules}/${name}`)
      .find(isThere) ?? findPlugged(folder, name)
}

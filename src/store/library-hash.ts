/** The libraries that this program computes with, as they are found and loaded, whatever has installed them. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, openObject, recordOf, tupleOf } from '../input/schema.ts'
import { writeCached } from './files.ts'
import { hashParts } from './hash.ts'
import { readSealedNow, seal } from './kept.ts'

/** A package.json, of which only names count. */
const PACKAGE = openObject({
  dependencies: v.optional(openObject({})),
  optionalDependencies: v.optional(openObject({})),
})

/** Compiled code for this system: its content counts, besides the version that its package states. */
const NATIVE = /\.(node|wasm|dll|dylib|so(\.[\d.]+)?)$/
const OTHER_SYSTEMS = ['aix', 'darwin', 'freebsd', 'linux', 'openbsd', 'win32'].filter(
  (name) => name !== process.platform,
)

/** What is known of one library, while nothing of it changes. */
const library = openObject({
  /** State of its package.json: size, times and place on the disk. */
  state: v.string(),
  sha256: v.string(),
  dependencies: v.array(v.string()),
  /** Compiled code, by path in the library: state and SHA-256. */
  native: recordOf(tupleOf(v.string(), v.string())),
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
      if (found === null) parts.push(`${name} ${resolveOtherwise(at, name)}`)
      const path = found === null ? null : realpathSync.native(found)
      if (path === null || libraries.has(path)) continue
      const library = readLibrary(path, kept[path])
      libraries.set(path, library)
      parts.push(
        library.sha256,
        ...Object.entries(library.native).map(([file, [, sha256]]) => `${file} ${sha256}`),
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
  const own = join(path, 'package.json')
  const state = stateOf(own)
  const same = kept?.state === state
  if (same && Object.entries(kept.native).every(([name, [before]]) => stateOf(`${path}/${name}`) === before))
    return kept
  const native = listNative(path).map((file) => {
    const content = hashParts([readFileSync(file)])
    return [relative(path, file), [stateOf(file), content]] as const
  })
  return {
    state,
    sha256: hashParts([readFileSync(own)]),
    dependencies: listDependencies(path),
    native: Object.fromEntries(native),
  }
}

function stateOf(path: string): string {
  const info = statSync(path, { throwIfNoEntry: false })
  return info === undefined ? 'missing' : `${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs}`
}

function listDependencies(folder: string): readonly string[] {
  const own = acceptJson(PACKAGE, readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.keys({ ...own?.dependencies, ...own?.optionalDependencies })
}

/** Without node_modules (Yarn's Plug'n'Play): the path itself names version and checksum. */
function resolveOtherwise(folder: string, name: string): string {
  if (process.versions.pnp === undefined) return 'missing'
  try {
    return createRequire(join(folder, 'package.json')).resolve(name)
  } catch {
    return 'missing'
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
      .find(isThere) ?? null
}

/** Compiled code below a package, without other packages and without what is for another system. */
function listNative(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return entry.name === 'node_modules' || OTHER_SYSTEMS.includes(entry.name) ? [] : listNative(path)
    return NATIVE.test(entry.name) ? [path] : []
  })
}

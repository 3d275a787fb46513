/** NOTICE names every package that an installation brings, with its licence. */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const json = (path: string): unknown => JSON.parse(readFileSync(join(HOME, path), 'utf8'))

interface Package {
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
const { packages } = json('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> }

/** Where npm has put a package that the one at `from` needs: the nearest `node_modules` going up. */
function place(from: string, name: string): string {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const path = posix.join(folder, 'node_modules', name)
    if (path in packages) return path
    if (folder === '' || folder === '.')
      throw new Error(`${from || 'assay'} needs ${name}, which the lock lacks`)
  }
}

/** What `npm install assay` brings: no peers, nothing for development. */
function listInstalled(): readonly string[] {
  const found = new Set<string>([''])
  for (const path of found) {
    const { dependencies, optionalDependencies } = packages[path]!
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) found.add(place(path, name))
  }
  return [...found].filter((path) => path !== '')
}

const HEAD = `Assay
Copyright The Assay authors. Licensed under Apache-2.0 (LICENSE).

Assay's package contains no other package. npm installs these beside it, each
under the licence that it names. Those with <platform> in their name hold one
build for each platform; npm installs the one that fits.

@img/sharp-libvips-<platform> is a shared library under LGPL-3.0-or-later: libvips
and the libraries that it uses, which its README.md lists. You may replace it by
another build of libvips: see "Custom libvips" in sharp's documentation.
`
const PLATFORM =
  /-(?:android|darwin|freebsd|linux|linuxmusl|openbsd|win32|webcontainers)-\w+$|(?<=sharp)-wasm32$/

const sortNames = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort()

test('NOTICE is what package-lock.json says', async () => {
  const byLicence = new Map<string, string[]>()
  for (const path of listInstalled()) {
    const licence = packages[path]!.license?.replace(/^\((.*)\)$/, '$1') ?? 'unknown'
    const name = path.replace(/.*node_modules\//, '').replace(PLATFORM, '-<platform>')
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), name])
  }
  expect([...byLicence.keys()]).not.toContain('unknown')
  const lists = sortNames(byLicence.keys()).map(
    (licence) =>
      `${licence}\n${sortNames(byLicence.get(licence)!)
        .map((name) => `  ${name}\n`)
        .join('')}`,
  )
  // npx vitest run test/ci/notice.test.ts --update writes it.
  await expect([HEAD, ...lists].join('\n')).toMatchFileSnapshot('../../NOTICE')
})

test('a package names the same licence as the lock', () => {
  const here = listInstalled().filter((path) => existsSync(join(HOME, path, 'package.json')))
  expect(here.length).toBeGreaterThan(20)
  expect(here.map((path) => [path, (json(join(path, 'package.json')) as Package).license])).toEqual(
    here.map((path) => [path, packages[path]!.license]),
  )
})

/** What other tools read of this repository agrees with the source: FuseSoC, Bender, REUSE, citations, editors. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(HOME, path), 'utf8')
const { version } = JSON.parse(read('package.json')) as { readonly version: string }

interface Target {
  readonly filesets: readonly string[]
  readonly toplevel: string
  readonly parameters: readonly string[]
}
interface Core {
  readonly name: string
  readonly filesets: Readonly<Record<string, { readonly files: readonly string[] }>>
  readonly parameters: Readonly<Record<string, { readonly datatype: string; readonly paramtype: string }>>
  readonly targets: Readonly<Record<string, Target>>
}

describe('for hardware projects', () => {
  const core = parse(read('assay.core'), { merge: true }) as Core
  const bender = parse(read('Bender.yml')) as { readonly sources: readonly string[] }

  test('assay.core and Bender.yml list the sources of rtl/rtl.f in its order', async () => {
    const sources = (await readSourceList(join(HOME, 'rtl/rtl.f'))).map((path) => path.slice(HOME.length))
    expect(sources).toContain('rtl/detector.sv')
    expect(core.filesets.rtl!.files).toEqual(sources)
    expect(bender.sources).toEqual(sources)
  })

  test('assay.core has the version of package.json and the parameters of the detector', () => {
    expect(read('assay.core')).toMatch(/^CAPI=2:\n/)
    expect(core.name).toBe(`assay:accelerator:detector:${version}`)
    const names = [...read('rtl/detector.sv').matchAll(/^ {2}parameter (?:int )?(\w+) =/gm)].map(
      ([, name]) => name,
    )
    const declared = Object.entries(core.parameters).filter(([, { paramtype }]) => paramtype === 'vlogparam')
    expect(names).toContain('HeadFile')
    expect(declared.map(([name]) => name)).toEqual(names)
    for (const { filesets, toplevel, parameters } of Object.values(core.targets)) {
      expect(toplevel).toBe('detector')
      for (const name of filesets) expect(Object.keys(core.filesets)).toContain(name)
      for (const name of parameters) expect(Object.keys(core.parameters)).toContain(name.replace(/=.*/, ''))
    }
  })
})

describe('for licences and citations', () => {
  test('every file of rtl/ and sim/ names its licence in its first line', () => {
    const files = ['rtl', 'sim'].flatMap((folder) =>
      readdirSync(join(HOME, folder)).map((name) => `${folder}/${name}`),
    )
    expect(files).toContain('sim/bridge.h')
    // In two pieces, or REUSE would take it for the licence of this file.
    const line = ['SPDX-License-Identifier', 'Apache-2.0'].join(': ')
    const first = files.map((file) => [
      file,
      read(file)
        .split('\n', 1)[0]!
        .replace(/^(#|\/\/) /, ''),
    ])
    expect(first).toEqual(files.map((file) => [file, line]))
  })

  test('REUSE finds the licence where it looks', () => {
    expect(read('LICENSES/Apache-2.0.txt')).toBe(read('LICENSE'))
  })

  test('CITATION.cff has the version and licence of package.json', () => {
    expect(parse(read('CITATION.cff'))).toMatchObject({
      'cff-version': '1.2.0',
      version,
      license: 'Apache-2.0',
    })
  })
})

test('.editorconfig agrees with biome.json', () => {
  const { formatter } = JSON.parse(read('biome.json')) as {
    readonly formatter: { readonly indentWidth: number; readonly lineWidth: number }
  }
  const [, everywhere] = /\[\*\]\n((?:.+\n)*)/.exec(read('.editorconfig'))!
  expect(everywhere).toContain(`indent_style = space\nindent_size = ${formatter.indentWidth}\n`)
  expect(read('.editorconfig')).toContain(`max_line_length = ${formatter.lineWidth}\n`)
})

test('the devcontainer builds a stage of the Containerfile', () => {
  const { build } = JSON.parse(read('.devcontainer/devcontainer.json')) as {
    readonly build: { readonly dockerfile: string; readonly target: string }
  }
  expect(build.dockerfile).toBe('../Containerfile')
  expect(read('Containerfile')).toMatch(new RegExp(`^FROM \\S+ AS ${build.target}$`, 'm'))
})

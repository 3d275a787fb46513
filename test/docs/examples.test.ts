/** Every fenced example of the pages does what its page says, as far as fences.ts has it done. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { readProfile } from '../../src/arithmetic/read-profile.ts'
import { parseNames } from '../../src/artefacts/names.ts'
import { check } from '../../src/input/schema.ts'
import { parseStrictJson } from '../../src/input/strict-json.ts'
import { parseExplanations } from '../../src/mutation/explanations.ts'
import { loadProfile } from '../../src/pipeline/modules/load-profile.ts'
import { loadConfig } from '../../src/pipeline/own-rtl/config.ts'
import { scoreSchema } from '../../src/report/html/sections.ts'
import { assayMain } from '../cli/run-assay.ts'
import { shareModels } from '../cli/share-models.ts'
import { makeProject } from '../package/project.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'
import { testWith } from '../witness.ts'
import { checkCommand } from './commands.ts'
import { type Fence, listPages, readCommands, readFences } from './fences.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const fences = listPages().flatMap((page) => readFences(page, readFileSync(page, 'utf8')))
const of = (...languages: readonly string[]): readonly Fence[] =>
  fences.filter(({ language }) => languages.includes(language))
const titled = (list: readonly Fence[]): readonly (readonly [string, Fence])[] =>
  list.map((fence) => [`${fence.page}:${fence.line}`, fence])

/** All pages are one project: a page may use what another has written. */
const project = makeProject({}, { ASSAY_CACHE: VERILATOR_CACHE })
/** Where a fence lies in it. */
const pathOf = ({ file, page, line, language }: Fence): string =>
  file ?? `loose/${basename(page, '.md')}-${line}.${language === 'ts' ? 'ts' : 'txt'}`

beforeAll(async () => {
  const modules = join(project.folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(HOME, 'node_modules')))
    if (name !== '.bin') symlinkSync(join(HOME, 'node_modules', name), join(modules, name))
  symlinkSync(HOME, join(modules, 'assay'))
  for (const fence of fences)
    if (fence.file !== null || fence.language === 'ts') project.write(pathOf(fence), fence.text)
  await shareModels(join(project.folder, 'build'))
})

test('no fence is of a language that nobody tests, and no file is written twice', () => {
  expect(fences.length).toBeGreaterThan(40)
  const known = ['sh', 'ts', 'json', 'yaml', 'systemverilog', 'python', 'text']
  expect(fences.filter(({ language }) => !known.includes(language))).toEqual([])
  const files = fences.flatMap(({ file }) => file ?? [])
  expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([])
  // What is not run says why.
  expect(of('ts').filter(({ file, marks }) => file === null && !marks.has('types'))).toEqual([])
})

describe('commands', () => {
  test.each(titled(of('sh')))('%s are commands that there are', async (_, { text }) => {
    const commands = readCommands(text)
    expect(commands).not.toEqual([])
    for (const words of commands) await checkCommand(words)
  })

  // Types are made of modules here, so that they come before what is checked against them.
  test.each(titled(of('sh').filter(({ marks }) => marks.has('run'))))('%s run', async (_, { text }) => {
    for (const [program, ...words] of readCommands(text)) {
      expect([program, words[0]]).toEqual(['npx', 'assay'])
      const ran = await project.run(process.execPath, assayMain, ...words.slice(1))
      expect(ran).toMatchObject({ exitCode: 0 })
    }
  })

  test.each([
    ['npx assay sim --modul x', /no option modul|modul/],
    ['assay simulate', /assay has no command simulate/],
    ['make sim IMGE=x', /There is no variable IMGE/],
    ['make simm', /make refuses simm/],
    ['curl example.org', /nobody knows the command curl/],
    ['npx cowsay', /nobody has installed cowsay/],
    ['node dist/gone.js', /no program dist\/gone\.js/],
    ['assay farm --plan -n 4 -- --frozne x', /frozne/],
  ])('%s is none', async (text, message) => {
    const check = async (): Promise<void> => {
      for (const words of readCommands(text)) await checkCommand(words)
    }
    await expect(check()).rejects.toThrow(message)
  })

  test('are read as bash reads them', () => {
    expect(readCommands('data="a b" # c\nnpx x $data "$data" && cd y')).toEqual([
      ['npx', 'x', 'a', 'b', 'a b'],
      ['cd', 'y'],
    ])
    // Both run at the same time.
    const both = readCommands('source <(assay z)')
    expect(both).toHaveLength(2)
    expect(both).toEqual(expect.arrayContaining([['assay', 'z'], expect.arrayContaining(['source'])]))
    expect(() => readCommands('if true; then')).toThrow(/bash refuses/)
  })
})

describe('TypeScript', () => {
  test('is right by the types of the package', async () => {
    const { compilerOptions } = parseStrictJson(
      readFileSync(join(project.folder, 'tsconfig.json'), 'utf8'),
      'tsconfig.json',
    ) as {
      readonly compilerOptions: object
    }
    const include = ['test', 'loose', '*.ts']
    writeFileSync(join(project.folder, 'tsconfig.all.json'), JSON.stringify({ compilerOptions, include }))
    const tsc = join(HOME, 'node_modules/typescript/bin/tsc')
    const ran = await project.run(process.execPath, tsc, '-p', 'tsconfig.all.json')
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' })
  })

  test.each(titled(of('ts').filter(({ text }) => text.includes('defineConfig({\n  top:'))))(
    '%s is a configuration of a module',
    async (_, fence) => {
      const { config } = await loadConfig(join(project.folder, pathOf(fence)))
      // Modules that are the reader's are not there.
      const has = config.sources.map((source) => existsSync(join(project.folder, source)))
      expect(has).toEqual(config.sources.map(() => fence.file !== null))
    },
  )

  test.each(titled(of('ts').filter(({ text }) => text.includes('defineProfile({'))))(
    '%s is a profile of arithmetic',
    async (_, fence) => {
      const path = join(project.folder, pathOf(fence))
      await loadProfile(path)
      expect(fence.text).toContain(`name: '${readProfile(path).name}'`)
    },
  )

  test('in tests passes, or fails as the page says', async () => {
    const vitest = join(HOME, 'node_modules/vitest/vitest.mjs')
    const ran = await project.run(process.execPath, vitest, 'run', '--reporter=json')
    const { testResults } = parseStrictJson(ran.stdout, 'vitest') as {
      readonly testResults: readonly { readonly name: string; readonly status: string }[]
    }
    const tests = fences.filter(({ file }) => file?.endsWith('.test.ts') === true)
    expect(Object.fromEntries(testResults.map(({ name, status }) => [basename(name), status]))).toEqual(
      Object.fromEntries(
        tests.map(({ file, marks }) => [basename(file!), marks.has('fails') ? 'failed' : 'passed']),
      ),
    )
  })

  test('files are tests, configurations of modules, or of vitest', () => {
    const others = of('ts').filter(
      ({ file, text }) =>
        file !== null &&
        !file.endsWith('.test.ts') &&
        file !== 'vitest.config.ts' &&
        !text.includes("from 'assay'"),
    )
    expect(others).toEqual([])
  })
})

describe('data', () => {
  const ajv = new Ajv2020({ strict: false })
  const READERS: Readonly<Record<string, (text: string) => unknown>> = {
    explanations: (text) => parseExplanations(text, 'mutants.json'),
    names: (text) => parseNames(text, 'names.json'),
    score: (text) => check(scoreSchema, parseStrictJson(text, 'coverage.json'), 'coverage.json'),
    plain: (text) => parseStrictJson(text, 'example.json'),
  }

  /** What reads a file of this kind: what the mark names, the schema that the file names, or any reader of JSON. */
  function readerOf({ text, schema, file }: Fence): (text: string) => unknown {
    const own = /"\$schema": "[^"]*\/(docs\/[\w.]+\.schema\.json)"/.exec(text)?.[1]
    if (own === undefined) return READERS[schema ?? (file === null ? '' : 'plain')]!
    const validate = ajv.compile(parseStrictJson(readFileSync(own, 'utf8'), own) as object)
    return (json) => {
      if (!validate(parseStrictJson(json, own))) throw new Error(ajv.errorsText(validate.errors))
    }
  }

  test.each(titled(of('json')))('%s is what reads it expects', (_, fence) => {
    expect(() => readerOf(fence)(fence.text)).not.toThrow()
  })

  test('that is wrong is refused', () => {
    const json = of('json').find(({ text }) => text.includes('assay.schema.json'))!
    expect(() => readerOf(json)(json.text.replace('weight-bits', 'weight-bit'))).toThrow(
      /weight-bit|properties/,
    )
  })

  test.each(titled(of('yaml')))('%s is YAML', (_, { text }) => {
    expect(parseYaml(text)).toBeTypeOf('object')
  })

  test.each(titled(of('yaml').filter(({ text }) => text.includes('$schema='))))(
    '%s is as the schema that it names has it',
    (_, { text }) => {
      const own = /\$schema=\S*\/(docs\/[\w.]+\.schema\.json)/.exec(text)![1]!
      const validate = ajv.compile(parseStrictJson(readFileSync(own, 'utf8'), own) as object)
      validate(parseYaml(text))
      expect(validate.errors).toBeNull()
    },
  )
})

describe('modules', () => {
  // What stands in roms/ needs the files there: run-detector.test.ts runs it.
  const own = of('systemverilog').filter(({ file }) => !file!.startsWith('roms/'))
  test.each(titled(own))('%s is lint clean', async (_, { file }) => {
    const top = basename(file!, extname(file!))
    const ran = await project.run('verilator', '--lint-only', '-Wall', '--top-module', top, file!)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

testWith('python3', 'Python is Python', async () => {
  const list = of('python')
  expect(list).not.toEqual([])
  for (const { text } of list) {
    const ran = await project.run('python3', '-c', 'import ast, sys; ast.parse(sys.argv[1])', text)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  }
})

describe('a fence', () => {
  const read = (info: string) => readFences('a.md', `\`\`\`${info}\nx\n\`\`\`\n`)[0]

  test('says what is done with it', () => {
    expect(read('ts file=a/b.ts fails')).toMatchObject({
      language: 'ts',
      file: 'a/b.ts',
      line: 2,
      text: 'x\n',
    })
    expect([...read('ts file=a.ts fails')!.marks]).toEqual(['fails'])
    expect([...read("ts types: it is the reader's")!.marks]).toEqual(['types'])
    expect(read('json schema=names')).toMatchObject({ schema: 'names', file: null })
    expect(read('text of any kind')).toMatchObject({ language: 'text' })
  })

  test('with a mark that nobody knows is refused, and so is one without an end', () => {
    expect(() => read('sh runs')).toThrow('a.md:1: nobody knows the mark runs')
    expect(() => read('ts types: ')).toThrow('a.md:1: types: has no reason')
    expect(() => readFences('a.md', '```sh\nx')).toThrow('a.md:1: the fence does not end')
  })
})

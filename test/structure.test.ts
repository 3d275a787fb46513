/** The structure of src/ is the one that ARCHITECTURE.md draws: rooms in an order, imports that point up it, and no circle. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const page = readFileSync('ARCHITECTURE.md', 'utf8')
const files = (readdirSync('src', { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'))
const roomOf = (file: string): string => dirname(file)

/** The table of rooms: `| \`rom/formats\` | … |`, in the order in which they may import. */
const table = /^## The rooms\n(.*?)^## /ms.exec(page)![1]!
const rooms = [...table.matchAll(/^\| `([\w./-]+)` \|/gm)].map(([, name]) => name!)

/** What each file names of the others: imports, types, `import()`, and addresses beside itself. */
const known = new Set(files)
const imports = new Map(
  files.map((file) => {
    const names = readFileSync(join('src', file), 'utf8').matchAll(/(['"`])(\.\.?\/[^'"`\n]+)\1/g)
    const paths = [...names].map(([, , name]) => normalize(join(dirname(file), name!)))
    return [file, [...new Set(paths)].filter((path) => known.has(path))] as const
  }),
)

test('the map has every room, once, and no other', () => {
  expect(rooms.toSorted()).toEqual([...new Set(files.map(roomOf))].toSorted())
})

test('imports point up the map', () => {
  const place = (file: string): number => rooms.indexOf(roomOf(file))
  const wrong = [...imports].flatMap(([file, named]) =>
    named.filter((other) => place(other) > place(file)).map((other) => `${file} imports ${other}`),
  )
  expect(imports.size).toBeGreaterThan(300)
  expect(wrong).toEqual([])
})

test('no file has more than 250 lines but the kernel', () => {
  const linesOf = (file: string): number => readFileSync(join('src', file), 'utf8').split('\n').length - 1
  expect(files.filter((file) => linesOf(file) > 250)).toEqual(['golden/kernel.as.ts'])
})

test('no circle, within a room either', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const other of imports.get(file) ?? []) visit(other, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

describe('absences', () => {
  const sources = (names: readonly string[]): readonly (readonly [file: string, text: string])[] =>
    files
      .filter((file) => names.some((name) => file.startsWith(`${name}/`)))
      .map((file) => [file, readFileSync(join('src', file), 'utf8')])
  const listOf = (title: RegExp): readonly string[] =>
    [...title.exec(page)![1]!.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name!)

  test('the rooms that are said to do no I/O and read no clock do neither', () => {
    const pure = listOf(/^- ([^.]*?) do no I\/O/m)
    expect(pure.length).toBeGreaterThan(5)
    const breach =
      /(from|import\()\s*'(node:(fs|fs\/promises|child_process|worker_threads|os|net|https?)|execa|sharp)'|\b(Date\.now|new Date\(\)|performance\.now|process\.std)/
    expect(sources(pure).flatMap(([file, text]) => (breach.test(text) ? [file] : []))).toEqual([])
  })
})

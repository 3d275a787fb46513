/** The rules of Markdown pages: prose of at most 100 columns, and links and paths that lead somewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const COLUMNS = 100

/** The page as it is, with every line that is not prose (code, tables, generated sections) empty. */
export function keepProse(page: string): readonly string[] {
  let fence = false
  let generated = false
  return page.split('\n').map((line) => {
    const opensOrCloses = /^\s*```/.test(line)
    if (opensOrCloses) fence = !fence
    const marker = /^<!-- (\/?)[a-z-]+ -->$/.exec(line)
    if (marker !== null) generated = marker[1] === ''
    return fence || opensOrCloses || generated || marker !== null ? '' : line
  })
}

/** Lines that are longer than a reader's column; a table row or an HTML tag has no other form. */
export function findLongLines(page: string): readonly string[] {
  return keepProse(page).flatMap((line, i) =>
    line.length > COLUMNS && !/^\s*[|<]/.test(line) ? `line ${i + 1}: ${line.length} columns` : [],
  )
}

/** Headings as GitHub turns them into anchors. */
export function listAnchors(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const line of keepProse(page)) {
    const title = /^#+ (.*)$/.exec(line)?.[1]
    if (title === undefined) continue
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    let name = slug
    for (let n = 1; anchors.has(name); n++) name = `${slug}-${n}`
    anchors.add(name)
  }
  return anchors
}

/** Targets of links and images that are neither a web address nor code. */
export function listLinks(page: string): readonly string[] {
  const prose = keepProse(page)
    .join('\n')
    .replaceAll(/`[^`]*`/g, '')
  const inline = Array.from(prose.matchAll(/\]\(([^()\s]+)\)/g), ([, target]) => target!)
  const html = Array.from(prose.matchAll(/(?:src|href)="([^"]+)"/g), ([, target]) => target!)
  return [...inline, ...html].filter((target) => !/^[a-z]+:/.test(target))
}

/** Links of a page that lead to no file, or to no heading of it. */
export function findDeadLinks(file: string): readonly string[] {
  return listLinks(readFileSync(file, 'utf8')).filter((target) => {
    const [path = '', anchor] = target.split('#')
    const reached = path === '' ? file : join(dirname(file), path)
    if (!existsSync(reached)) return true
    return anchor !== undefined && !listAnchors(readFileSync(reached, 'utf8')).has(anchor)
  })
}

const listSpans = (page: string): readonly string[] =>
  Array.from(
    keepProse(page)
      .join('\n')
      .matchAll(/`([^`\s]+)`/g),
    ([, span]) => span!,
  )

/** Paths of the repository in code spans, such as \`src/cli/main.ts\`, that lead to no file or folder. */
export function findDeadPaths(page: string): readonly string[] {
  const isPath = (span: string): boolean => /^(src|sim|scripts)\/[\w./-]+$/.test(span)
  return listSpans(page).filter((span) => isPath(span) && !existsSync(span))
}

/**
 * Files of tests in code spans that are neither a path from the root nor the end of exactly one path.
 *
 * @param files paths of all files of tests, from the root.
 */
export function findDeadTests(page: string, files: readonly string[]): readonly string[] {
  const isTest = (span: string): boolean => /^[\w./-]+\.test\.ts$/.test(span)
  const isFound = (span: string): boolean =>
    files.includes(span) || files.filter((file) => file.endsWith(`/${span}`)).length === 1
  return listSpans(page).filter((span) => isTest(span) && !isFound(span))
}

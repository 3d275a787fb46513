/** Pages that show a source line by line: coverage, and the mutants that survived. */
import { type Content, html, type Markup, raw } from '../markup.ts'

const style = `
:root { color-scheme: light dark; --no: #fdd; --some: #ffe9b8; --yes: #e3f6e3; --dim: #777; --line: #ccc }
@media (prefers-color-scheme: dark) { :root { --no: #5a1f1f; --some: #54430f; --yes: #173a1b; --dim: #999; --line: #444 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line) }
td:first-child, th:first-child, .text { text-align: left } h1, h2 { overflow-wrap: anywhere }
.scroll { overflow-x: auto } .scroll td, .scroll th { white-space: nowrap } .scroll .text { white-space: normal } .scroll .text:not(:empty) { min-width: 14rem } pre, code, .n { font: 13px/1.45 ui-monospace, monospace }
.source { overflow-x: auto } .source tr { height: 1.45em } .source td { border: 0; padding: 0 .6rem; white-space: pre; text-align: left }
.source .n { color: var(--dim); text-align: right; user-select: none } .no { background: var(--no) } .some { background: var(--some) }
.yes { background: var(--yes) } .note { color: var(--dim) }`

export const renderSourcePage = (title: string, body: Markup): string =>
  String(
    html`<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n<title>${title}</title><style>${raw(style)}</style>\n<h1>${title}</h1>\n${body}\n</html>\n`,
  )

/** A line of a source. @param kind `no`, `some`, `yes`, or empty where there is nothing to say of it */
export const sourceRow = ({
  kind,
  line,
  count,
  text,
  remark,
}: {
  readonly kind: 'no' | 'some' | 'yes' | ''
  readonly line: number
  readonly count: string | number
  readonly text: string
  readonly remark: Content
}): Markup =>
  html`<tr class="${kind}"><td class="n">${line}</td><td class="n">${count}</td><td><code>${text}</code>${remark}</td></tr>\n`

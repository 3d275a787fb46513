/** The frame of a page that needs no server, no network and no other file. */
import { createHash } from 'node:crypto'
import { makeVisible, mapTexts } from '../../input/printable.ts'
import { type Content, html, raw } from '../markup.ts'

export interface PageParts {
  readonly title: string
  readonly header: Content
  readonly sections: Content
  /** The section that a reader of a screen may go to at once. */
  readonly first: { readonly id: string; readonly name: string }
  readonly style: string
  readonly script: string
  /** What the script reads, as JSON. */
  readonly data: unknown
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Only the page's own style sheet and script count, known by their hashes: no attribute and no other element can add to them. */
const policy = ({ style, script }: PageParts): string =>
  [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

export function renderDocument(parts: PageParts): string {
  const { title, header, sections, first, style, script } = parts
  const data = JSON.stringify(mapTexts(parts.data, makeVisible)).replaceAll('<', '\\u003c')
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy(parts)}">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#${first.id}">${first.name}</a>
${header}
<main>
${sections}</main>
<script type="application/json" id="data">${raw(data)}</script>
<script>${raw(script)}</script>
</body>
</html>
`)
}

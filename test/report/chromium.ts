/** Opens pages in Chromium without a window and reads what they became. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const COMMAND = 'chromium'

const hashOf = (script: string): string =>
  `&#39;sha256-${createHash('sha256').update(script).digest('base64')}&#39;`

const FLAGS =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=4000 --dump-dom'.split(
    ' ',
  )

/**
 * The answer of a script that runs in the page after the page's own. The page's policy lets it run by its hash, and is otherwise as it is.
 * @param script an expression; its value, or what it promises, must be JSON. `complaints` are what the browser refused by the policy and what was thrown.
 * @param hash of the page's address.
 * @param width of the frame that the page is in, pixels: narrower than Chromium makes a window.
 */
export function askPage(html: string, script: string, width = 1280, height = 900, hash = ''): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'assay-page-'))
  try {
    const listen = `const complaints = []; for (const kind of ['securitypolicyviolation', 'error']) addEventListener(kind, (event) => complaints.push(event.violatedDirective ?? event.message))`
    const ask = `addEventListener('load', async () => { let answer; try { answer = await ${script} } catch (error) { answer = { thrown: String(error) } } parent.postMessage(JSON.stringify(answer), '*') })`
    const allowed = html
      .replace('script-src ', () => `script-src ${hashOf(listen)} ${hashOf(ask)} `)
      .replace('</title>', () => `</title><script>${listen}</script>`)
      .replace('</body>', () => `<script>${ask}</script></body>`)
    writeFileSync(join(folder, 'page.html'), allowed)
    const frame = `<!doctype html><body><pre id="answer"></pre><script>addEventListener('message', (event) => { document.getElementById('answer').textContent = encodeURIComponent(event.data) })</script><iframe src="page.html${hash}" width="${width}" height="${height}"></iframe></body>`
    writeFileSync(join(folder, 'frame.html'), frame)
    const run = spawnSync(
      COMMAND,
      [
        ...FLAGS,
        `--window-size=${Math.max(width + 40, 800)},${height + 60}`,
        `--user-data-dir=${join(folder, 'profile')}`,
        pathToFileURL(join(folder, 'frame.html')).href,
      ],
      { encoding: 'utf8', timeout: 240_000, maxBuffer: 64 * 2 ** 20 },
    )
    const answer = /<pre id="answer">([^<]*)<\/pre>/.exec(run.stdout)?.[1]
    if (answer === undefined || answer === '')
      throw new Error(`Chromium gave no answer: ${run.stderr.slice(-500)}`)
    return JSON.parse(decodeURIComponent(answer))
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

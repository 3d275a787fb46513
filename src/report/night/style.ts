/** What the page of a night adds to the style of a run's page. */
import { PAGE_STYLE } from '../html/style.ts'

export const NIGHT_STYLE = `${PAGE_STYLE}
.cause{border-left:4px solid var(--bad);padding:.2em 0 .2em 1em;margin:1.2em 0}.cause.none{border-color:var(--want)}
.cause p{margin:.4em 0}.cause h3{margin-top:0}.cause ul{margin:.4em 0;padding-left:1.3em}
.message{white-space:pre-wrap;overflow-wrap:anywhere}
.matrix{width:auto}.matrix thead th{vertical-align:bottom;font-weight:500}.matrix tbody th{font-weight:400;color:var(--text);position:sticky;left:0;background:var(--bg);max-width:44vw;overflow:hidden;text-overflow:ellipsis}
.matrix td,.matrix th{padding:3px 8px}
.matrix .all-good{background:var(--good-bg);color:var(--good)}.matrix .no-result{background:var(--line);color:var(--text)}.matrix .some-bad{background:var(--bad-bg);color:var(--bad)}.matrix .all-bad{background:var(--bad);color:var(--bg);font-weight:600}
.trends{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:16px}.trends figure{break-inside:avoid}
.trends svg{display:block;width:100%;max-width:560px;height:auto;background:var(--panel);border:1px solid var(--line);border-radius:8px}
.trends .paper{fill:none}
.entries{list-style:none;padding:0}.entries li{border-bottom:1px solid var(--line);padding:.5em 0}.entries p{margin:.2em 0;overflow-wrap:anywhere}
a{color:var(--link)}
#controls{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center}#controls[hidden]{display:none}
#controls input[type=search]{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.45em .8em;min-height:40px;flex:1 1 240px;min-width:0}
#controls label{display:inline-flex;gap:.4em;align-items:center;min-height:40px}
`

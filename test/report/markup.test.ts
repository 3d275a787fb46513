/** Templates of HTML: whatever enters one is text, unless another template or `raw` made it. */

import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { html, type Markup, raw } from '../../src/report/markup.ts'

test.each([
  ['text', html`<b title="${'"'}">${`<i> & '`}</b>`, '<b title="&quot;">&lt;i&gt; &amp; &#39;</b>'],
  ['numbers', html`<b>${1.5} ${-0} ${Number.NaN}</b>`, '<b>1.5 0 NaN</b>'],
  ['markup', html`<b>${html`<i>${'<'}</i>`}</b>`, '<b><i>&lt;</i></b>'],
  ['lists, also of lists', html`<b>${[1, html`<i/>`, ['<', []]]}</b>`, '<b>1<i/>&lt;</b>'],
  ['raw text', html`<b>${raw('<i>')}</b>`, '<b><i></b>'],
  ['escapes of the template', html`a\n${'\\n'}`, 'a\n\\n'],
  ['control characters', html`${'\0\u001b\u202e\ud800\r\n\t'}`, '\\u{0}\\u{1b}\\u{202e}\\u{d800}\n\t'],
])('%s', (_, markup, text) => expect(String(markup)).toBe(text))

test('data that looks like markup is text', () => {
  const forged = JSON.parse('{"text":"<i>","#text":"<i>"}') as Markup
  expect(String(html`${Object.assign(forged, { toString: () => '<i>' })}`)).toBe('&lt;i&gt;')
})

test('any text is the text of its element and of its attribute', () => {
  const parser = new XMLParser({ ignoreAttributes: false, trimValues: false, parseTagValue: false })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      const written = String(html`<a b="${text}">x${text}</a>`)
      expect(XMLValidator.validate(written)).toBe(true)
      const { a } = parser.parse(written)
      const visible = String(raw(a['@_b']))
      expect(Object.keys(a).sort()).toEqual(['#text', '@_b'])
      expect(a['#text']).toBe(`x${visible}`)
    }),
  )
})

/** These functions make elements of the page. Text enters as text nodes and attributes only, so no name can become markup. */

export type Child = Node | string
type Attributes = Readonly<Record<string, string | number>>

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

/** @param title is shown under the pointer. */
export function draw<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes,
  title?: string,
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(element, attributes)
  if (title !== undefined) {
    const text = draw('title', {})
    text.textContent = title
    element.append(text)
  }
  return element
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
}

export function makeFacts(pairs: readonly (readonly [name: string, value: string])[]): HTMLElement {
  const list = make('dl')
  for (const [name, value] of pairs) list.append(make('dt', {}, name), make('dd', {}, value))
  return list
}

export function makeTable(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): HTMLElement {
  const head = make('tr', {}, ...titles.map((title) => make('th', { scope: 'col' }, title)))
  const body = rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, String(cell)))))
  return make('table', {}, make('caption', {}, caption), make('thead', {}, head), make('tbody', {}, ...body))
}

export const formatCount = (count: number): string => count.toLocaleString('en-US')

/** This file makes HTML and SVG. What enters a template is text, unless it is markup already. */
import { makeVisible } from '../input/printable.ts'

/** A class with a private field, so that no plain data and no string can pass for markup. */
class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type { Markup }

/** What a template takes. The items of a list stand side by side. */
export type Content = Markup | string | number | readonly Content[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function render(content: Content): string {
  if (content instanceof Markup) return content.toString()
  if (Array.isArray(content)) return content.map(render).join('')
  return makeVisible(String(content)).replace(/[&<>"']/g, (mark) => ENTITIES[mark]!)
}

/** A template's text is markup. Its holes are content of elements or stand in quoted attributes: test/rules/markup.ts looks. */
export const html = (parts: TemplateStringsArray, ...holes: readonly Content[]): Markup =>
  new Markup(String.raw({ raw: parts }, ...holes.map(render)))

/** Takes text as markup. It is for constants of this program, and for what is escaped in another way. */
export const raw = (text: string): Markup => new Markup(text)

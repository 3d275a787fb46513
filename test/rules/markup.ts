/** How source makes HTML and SVG: in templates that escape what enters them, and nowhere else. */
import type { Node, Rule } from './syntax.ts'

const isNamed = (node: unknown, name: string): boolean => (node as Node | null)?.name === name

/** `` html`…` ``. */
const isHtml = ({ type, tag }: Node): boolean => type === 'TaggedTemplateExpression' && isNamed(tag, 'html')

const partsOf = (template: Node): readonly string[] =>
  (template.quasis as Node[]).map(({ value }) => (value as { cooked: string }).cooked)

/** An element with attributes, or the end of one. Helps of commands name their arguments as `<folder>`. */
const MARKUP = /<\/[a-z]+>|<[a-z]+ [\w:-]+="/

/** Markup in a string or a template that does not escape. */
export const findBareMarkup: Rule = ({ nodes, at, parentOf }) =>
  nodes
    .filter(
      (node) =>
        (node.type === 'TemplateLiteral' &&
          !isHtml(parentOf(node)!) &&
          MARKUP.test(partsOf(node).join('0'))) ||
        (node.type === 'Literal' && typeof node.value === 'string' && MARKUP.test(node.value)),
    )
    .map((node) => `${at(node)}: markup outside of an html template`)

/** Escaping is right for content of elements and for attributes in double quotes, not for names, styles and scripts. */
export const findOddHoles: Rule = ({ nodes, at }) =>
  nodes.filter(isHtml).flatMap(({ quasi }) => {
    const expressions = (quasi as Node).expressions as readonly Node[]
    let text = ''
    return partsOf(quasi as Node).flatMap((part, index) => {
      text += part
      const hole = expressions[index]
      if (hole === undefined) return []
      const tag = text.slice(text.lastIndexOf('<'))
      // Behind a tag's name and whole attributes another attribute may come, as markup.
      const isInTag = /^<[a-z]/i.test(tag) && !tag.includes('>')
      const isQuoted = isInTag && (tag.split('"').length - 1) % 2 === 1
      const isRaw = hole.type === 'CallExpression' && isNamed(hole.callee, 'raw')
      const isAttribute = isInTag && !isQuoted && /^<[a-z]+( [\w:-]+="[^"]*")*$/i.test(tag)
      const isCode = /<(script|style)[^>]*>$/i.test(text)
      const isName = /<\/?$/.test(text)
      text += '0'
      const isRight = isCode ? isRaw : isInTag ? isQuoted || isAttribute : !isName
      return isRight ? [] : [`${at(hole)}: a hole in a tag or in code, where escaping is not enough`]
    })
  })

export const findRaw: Rule = ({ nodes, at }) =>
  nodes
    .filter((node) => node.type === 'CallExpression' && isNamed(node.callee, 'raw'))
    .map((node) => `${at(node)}: raw(); an html template escapes`)

const SINKS: readonly unknown[] = [
  ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe', 'parseFromString', 'srcdoc'],
  ...['createContextualFragment', 'write', 'writeln'],
]

/** What the DOM parses as markup. */
export const findSinks: Rule = ({ nodes, at }) =>
  nodes
    .filter(
      ({ type, property, callee }) =>
        (type === 'MemberExpression' && SINKS.includes((property as Node).name)) ||
        ((type === 'CallExpression' || type === 'NewExpression') &&
          ['eval', 'Function'].some((name) => isNamed(callee, name))),
    )
    .map((node) => `${at(node)}: parses text as markup or code`)

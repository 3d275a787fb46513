/** Ports and parameters from the XML of older versions of Verilator. */
import { existsSync, readFileSync } from 'node:fs'
import { XMLParser } from 'fast-xml-parser'
import { ToolError } from '../../input/tool-error.ts'
import {
  keywordSize,
  type ModuleInterface,
  makeParameter,
  otherSize,
  type Parameter,
  type Port,
  parseConstant,
  portSize,
  type TypeSize,
} from '../boundary/module-interface.ts'
import { decodeName } from './names.ts'

/** An element as fast-xml-parser gives it with `preserveOrder`: one key for the tag, and `:@` for the attributes. */
type XmlNode = Readonly<Record<string, unknown>>

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  preserveOrder: true,
  parseAttributeValue: false,
  processEntities: true,
})

const refuse = (what: string, cause?: unknown): never => {
  throw new ToolError(what, { tool: 'verilator', cause })
}

/** Without what is in other modules: the parser takes longer than Verilator, and one module in twenty is asked for. */
function leaveOut(xml: string, top: string): string {
  const isTop = new RegExp(`\\b(?:origName|name)="${top.replace(/\W/g, '\\$&')}"`)
  return xml.replace(/(<module [^>]*[^/]>)[\s\S]*?(<\/module>)/g, (whole, open: string, close: string) =>
    isTop.test(open) ? whole : open + close,
  )
}

function parse(xml: string): readonly XmlNode[] {
  try {
    return parser.parse(xml) as readonly XmlNode[]
  } catch (error) {
    return refuse(`Expected Verilator's XML: ${(error as Error).message}`, error)
  }
}

/**
 * Reads ports and parameters from what `verilator --xml-only` writes (Verilator up to 5.044).
 *
 * @throws ToolError when the module is not in it, or it is not as Verilator writes it.
 */
export function parsePortsXml(xml: string, top: string): ModuleInterface {
  const root = findPath(parse(leaveOut(xml, top)), ['verilator_xml'])
  const netlist = findPath(root, ['netlist'])
  const modules = netlist.filter((node) => tagOf(node) === 'module')
  const module = modules.find(
    (node) => attribute(node, 'origName') === top || attribute(node, 'name') === top,
  )
  if (module === undefined) {
    const names = modules.map((node) => attribute(node, 'origName')).join(', ')
    return refuse(`Expected module ${top} in Verilator's XML, got ${names || 'none'}`)
  }
  const types: Types = { nodes: new Map(), textAt: readTexts(root) }
  for (const node of findPath(netlist, ['typetable'])) {
    const id = attribute(node, 'id')
    if (id !== undefined) types.nodes.set(id, node)
  }
  const ports: { readonly pin: number; readonly port: Port }[] = []
  const parameters: Parameter[] = []
  for (const node of childrenOf(module)) {
    if (tagOf(node) !== 'var') continue
    const name = decodeName(attribute(node, 'origName') ?? attribute(node, 'name') ?? '')
    const direction = attribute(node, 'dir')
    const size = () => sizeOf(types, attribute(node, 'dtype_id') ?? '')
    if (direction === 'input' || direction === 'output' || direction === 'inout') {
      ports.push({
        pin: Number(attribute(node, 'pinIndex') ?? ports.length),
        port: { name, direction, ...portSize(size(), name, top) },
      })
    } else if (attribute(node, 'param') === 'true' || attribute(node, 'localparam') === 'true') {
      const constant = childrenOf(node).find((child) => tagOf(child) === 'const')
      const value = constant === undefined ? null : attribute(constant, 'name')
      parameters.push(makeParameter(name, attribute(node, 'localparam') === 'true', size(), value))
    }
  }
  ports.sort((a, b) => a.pin - b.pin)
  const clocked = /<senitem [^>]*edgeType="(POS|NEG|BOTH)"/.test(xml)
  return { name: top, ports: ports.map(({ port }) => port), parameters, clocked }
}

interface Types {
  readonly nodes: Map<string, XmlNode>
  /** The text of the sources before a node, and from there on. */
  readonly textAt: (node: XmlNode) => readonly [before: string, after: string]
}

/** The XML says neither which structs and packed arrays are signed nor which are packed: the sources do. */
function readTexts(root: readonly XmlNode[]): Types['textAt'] {
  const paths = new Map(
    findPath(root, ['files']).map((node) => [attribute(node, 'id'), attribute(node, 'filename') ?? '']),
  )
  const texts = new Map<string, string>()
  return (node) => {
    const [file, line, column] = (attribute(node, 'loc') ?? '').split(',')
    const path = paths.get(file) ?? ''
    const text = texts.get(path) ?? (existsSync(path) ? readFileSync(path, 'utf8') : '')
    texts.set(path, text)
    const lines = text.split('\n')
    const own = lines[Number(line) - 1] ?? ''
    const at = Number(column) - 1
    const after = [own.slice(at), ...lines.slice(Number(line), Number(line) + 20)].join('\n')
    return [own.slice(0, at), after.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ' ')]
  }
}

function sizeOf(types: Types, id: string): TypeSize {
  const node = types.nodes.get(id)
  if (node === undefined) return refuse(`Expected data type ${id} in Verilator's type table, got none`)
  const sub = () => sizeOf(types, attribute(node, 'sub_dtype_id') ?? '')
  switch (tagOf(node)) {
    case 'basicdtype': {
      const left = attribute(node, 'left')
      const right = attribute(node, 'right')
      const ranged = left !== undefined && right !== undefined
      const bits = ranged ? Math.abs(Number(left) - Number(right)) + 1 : null
      return keywordSize(attribute(node, 'name') ?? '', bits, attribute(node, 'signed') === 'true')
    }
    case 'packarraydtype':
      return {
        ...sub(),
        width: rangeLength(node) * sub().width,
        signed: /\bsigned\s*$/.test(types.textAt(node)[0]),
      }
    case 'unpackarraydtype': {
      const element = sub()
      return { ...element, elements: rangeLength(node) * (element.elements ?? 1) }
    }
    case 'structdtype':
    case 'uniondtype': {
      const members = childrenOf(node).filter((child) => tagOf(child) === 'memberdtype')
      const widths = members.map((child) => sizeOf(types, attribute(child, 'sub_dtype_id') ?? '').width)
      const isUnion = tagOf(node) === 'uniondtype'
      const width = isUnion ? Math.max(...widths) : widths.reduce((sum, each) => sum + each, 0)
      const [, packed, sign] = /^(?:struct|union)\b(?:\s+tagged\b)?(\s+packed\b)?(\s+signed\b)?/.exec(
        types.textAt(node)[1],
      ) ?? [null, 'packed']
      const kind = packed === undefined ? 'an unpacked struct' : undefined
      return { width, signed: sign !== undefined, elements: null, kind }
    }
    case 'enumdtype':
    case 'refdtype':
    case 'paramtypedtype':
    case 'constdtype':
    case 'memberdtype':
      return sub()
    default:
      return otherSize(tagOf(node))
  }
}

function rangeLength(node: XmlNode): number {
  const range = childrenOf(node).find((child) => tagOf(child) === 'range')
  const bounds = childrenOf(range ?? {}).map((child) => Number(parseConstant(attribute(child, 'name') ?? '')))
  if (bounds.length !== 2) return refuse(`Expected two bounds of an array, got ${bounds.length}`)
  return Math.abs(bounds[0]! - bounds[1]!) + 1
}

function tagOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? ''
}

function childrenOf(node: XmlNode): readonly XmlNode[] {
  const children = node[tagOf(node)]
  return Array.isArray(children) ? (children as XmlNode[]) : []
}

function attribute(node: XmlNode, name: string): string | undefined {
  const value = (node[':@'] as Readonly<Record<string, unknown>> | undefined)?.[name]
  return value === undefined ? undefined : String(value)
}

function findPath(nodes: readonly XmlNode[], path: readonly string[]): readonly XmlNode[] {
  let level = nodes
  for (const tag of path) {
    const found = level.find((node) => tagOf(node) === tag)
    if (found === undefined) return refuse(`Expected <${tag}> in Verilator's XML, got none`)
    level = childrenOf(found)
  }
  return level
}

/**
 * A writer of ONNX files, as low as the format itself: nodes, attributes, initializers, value infos. Field numbers are those of
 * `onnx.proto` (ONNX IR version 8); tensors are written as little-endian `raw_data`.
 */
import { PbfWriter } from 'pbf'

export type OnnxElementType =
  | 'float'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'double'

/** `TensorProto.DataType`; also the value of a Cast node's `to`. */
export const ELEMENT_TYPE_CODES: Readonly<Record<OnnxElementType, number>> = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  double: 11,
}

export type OnnxData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | BigInt64Array

export interface OnnxTensor {
  readonly name: string
  /** The element type follows from the array's class. Empty `dims` make a scalar. */
  readonly data: OnnxData
  readonly dims: readonly number[]
}

/** A number is INT, an array of numbers INTS, a string STRING; floats and tensors are marked. */
export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor }

export interface OnnxNode {
  readonly op: string
  readonly name: string
  /** An empty string leaves out an optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxValueInfo {
  readonly name: string
  readonly type: OnnxElementType
  /** A string is a symbolic dimension. */
  readonly dims: readonly (number | string)[]
}

export interface OnnxModel {
  readonly name: string
  /** Version of the default operator set. */
  readonly opset: number
  /** In topological order. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
  /** Types of inner tensors: Netron shows them. */
  readonly valueInfos: readonly OnnxValueInfo[]
  readonly metadata: Readonly<Record<string, string>>
}

const IR_VERSION = 8
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 }

/** The element type that an array is written as. */
export function elementTypeOf(data: OnnxData): OnnxElementType {
  if (data instanceof Float32Array) return 'float'
  if (data instanceof Float64Array) return 'double'
  if (data instanceof Uint8Array) return 'uint8'
  if (data instanceof Int8Array) return 'int8'
  if (data instanceof Uint16Array) return 'uint16'
  if (data instanceof Int16Array) return 'int16'
  if (data instanceof Int32Array) return 'int32'
  return 'int64'
}

/** The bytes of an .onnx file. Throws RangeError if a tensor's element count does not match its dims. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const size = model.initializers.reduce((sum, tensor) => sum + tensor.data.byteLength, 0)
  const pbf = new PbfWriter(new Uint8Array(size + 65536))
  pbf.writeVarintField(1, IR_VERSION)
  pbf.writeStringField(2, 'assay')
  pbf.writeMessage(7, writeGraph, model)
  pbf.writeMessage(8, writeOpset, model.opset)
  for (const entry of Object.entries(model.metadata)) pbf.writeMessage(14, writeMetadata, entry)
  return pbf.finish()
}

function writeOpset(version: number, pbf: PbfWriter): void {
  pbf.writeStringField(1, '')
  pbf.writeVarintField(2, version)
}

function writeMetadata([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key)
  pbf.writeStringField(2, value)
}

function writeGraph(model: OnnxModel, pbf: PbfWriter): void {
  for (const node of model.nodes) pbf.writeMessage(1, writeNode, node)
  pbf.writeStringField(2, model.name)
  for (const tensor of model.initializers) pbf.writeMessage(5, writeTensor, tensor)
  for (const info of model.inputs) pbf.writeMessage(11, writeValueInfo, info)
  for (const info of model.outputs) pbf.writeMessage(12, writeValueInfo, info)
  for (const info of model.valueInfos) pbf.writeMessage(13, writeValueInfo, info)
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input)
  for (const output of node.outputs) pbf.writeStringField(2, output)
  pbf.writeStringField(3, node.name)
  pbf.writeStringField(4, node.op)
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, entry)
}

function writeAttribute([name, value]: readonly [string, OnnxAttribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`Attribute ${name}: expected an integer, got ${value}; write { float: ${value} }`)
    }
    pbf.writeVarintField(3, value)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.int)
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.string)
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.float)
  } else if ('floats' in value) {
    for (const item of value.floats) pbf.writeFloatField(7, item)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.floats)
  } else if ('tensor' in value) {
    pbf.writeMessage(5, writeTensor, value.tensor)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.tensor)
  } else {
    for (const item of value) pbf.writeVarintField(8, item)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.ints)
  }
}

function writeTensor(tensor: OnnxTensor, pbf: PbfWriter): void {
  const { data, dims } = tensor
  const expected = dims.reduce((product, dim) => product * dim, 1)
  if (data.length !== expected) {
    throw new RangeError(
      `Tensor ${tensor.name}: expected ${expected} elements for [${dims.join(', ')}], got ${data.length}`,
    )
  }
  for (const dim of dims) pbf.writeVarintField(1, dim)
  pbf.writeVarintField(2, ELEMENT_TYPE_CODES[elementTypeOf(data)])
  pbf.writeStringField(8, tensor.name)
  pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function writeValueInfo(info: OnnxValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name)
  pbf.writeMessage(2, writeType, info)
}

function writeType(info: OnnxValueInfo, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, info)
}

function writeTensorType(info: OnnxValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(1, ELEMENT_TYPE_CODES[info.type])
  pbf.writeMessage(2, writeShape, info.dims)
}

function writeShape(dims: readonly (number | string)[], pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeMessage(1, writeDimension, dim)
}

function writeDimension(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim)
  else pbf.writeStringField(2, dim)
}

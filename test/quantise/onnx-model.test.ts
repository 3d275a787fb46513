import { describe, expect, test } from 'vitest'
import { createOnnxBuilder } from '../../src/quantise/onnx-builder.ts'
import { ELEMENT_TYPE_CODES, elementTypeOf, encodeOnnxModel } from '../../src/quantise/onnx-model.ts'
import { loadOnnxruntime } from '../../src/quantise/onnxruntime.ts'

const { InferenceSession, Tensor } = await loadOnnxruntime()

describe('createOnnxBuilder', () => {
  test('onnxruntime runs an integer convolution that was written with it', async () => {
    const onnx = createOnnxBuilder('integers')
    onnx.input('x', 'uint8', [1, 1, 2, 2])
    onnx.constant('w', Uint8Array.of(128 + 1, 128 - 2, 128 + 3, 128 - 4), [1, 1, 2, 2])
    onnx.constant('zx', Uint8Array.of(10), [])
    onnx.constant('zw', Uint8Array.of(128), [])
    onnx.node('ConvInteger', ['x', 'w', 'zx', 'zw'], 'acc', { kernel_shape: [2, 2], pads: [0, 0, 0, 0] })
    onnx.node('Cast', ['acc'], 'wide', { to: ELEMENT_TYPE_CODES.int64 })
    onnx.constant('factor', BigInt64Array.of(-3_000_000_000n))
    onnx.node('Mul', ['wide', 'factor'], 'y')
    onnx.output('y', 'int64', [1, 1, 1, 1])
    const session = await InferenceSession.create(onnx.encode(), { logSeverityLevel: 3 })
    const { y } = await session.run({ x: new Tensor('uint8', Uint8Array.of(11, 20, 9, 5), [1, 1, 2, 2]) })
    // 1*1 + 10*-2 + -1*3 + -5*-4 = -2
    expect(y?.data).toEqual(BigInt64Array.of(6_000_000_000n))
    await session.release()
  })

  test('every kind of attribute arrives', async () => {
    const onnx = createOnnxBuilder('attributes')
    onnx.input('x', 'float', [4])
    onnx.node('LeakyRelu', ['x'], 'leaky', { alpha: { float: 0.25 } })
    onnx.node('Constant', [], 'shift', {
      value: { tensor: { name: 'value', data: Float32Array.of(100), dims: [1] } },
    })
    onnx.node('Constant', [], 'more', { value_floats: { floats: [1, 2, 3, 4] } })
    onnx.node('Add', ['leaky', 'shift'], 'sum')
    onnx.node('Add', ['sum', 'more'], 'sum2')
    onnx.node('Unsqueeze', ['sum2', onnx.constant('axes', BigInt64Array.of(-1n))], 'column')
    onnx.node('Reshape', ['column', onnx.constant('shape', BigInt64Array.of(2n, -1n))], 'square')
    onnx.node('Transpose', ['square'], 'y', { perm: [1, 0] })
    onnx.output('y', 'float', [2, 2])
    const session = await InferenceSession.create(onnx.encode(), { logSeverityLevel: 3 })
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(-4, 8, -12, 16), [4]) })
    expect(y?.data).toEqual(Float32Array.of(100, 100, 110, 120))
    await session.release()
  })

  test('a tensor made twice or never is named', () => {
    const onnx = createOnnxBuilder('faulty')
    onnx.input('x', 'float', [1])
    onnx.node('Relu', ['x'], 'y')
    expect(() => onnx.node('Abs', ['x'], 'y')).toThrow('ONNX tensor y is made twice')
    expect(() => onnx.node('Abs', ['z'], 'w')).toThrow('ONNX tensor z is used by Abs w before it is made')
  })

  test('a tensor whose dims do not hold its data is refused', () => {
    const initializers = [{ name: 'w', data: new Float32Array(5), dims: [2, 3] }]
    const model = { name: 'm', opset: 17, nodes: [], initializers, inputs: [], outputs: [], valueInfos: [] }
    expect(() => encodeOnnxModel({ ...model, metadata: {} })).toThrow(
      'Tensor w: expected 6 elements for [2, 3], got 5',
    )
  })

  test('a fraction as an integer attribute is refused', () => {
    const onnx = createOnnxBuilder('faulty')
    onnx.input('x', 'float', [1])
    onnx.node('LeakyRelu', ['x'], 'y', { alpha: 0.5 })
    expect(() => onnx.encode()).toThrow('Attribute alpha: expected an integer, got 0.5')
  })

  test('the element type follows from the class of the array', () => {
    const arrays = [
      Float32Array,
      Float64Array,
      Uint8Array,
      Int8Array,
      Uint16Array,
      Int16Array,
      Int32Array,
      BigInt64Array,
    ]
    expect(arrays.map((type) => elementTypeOf(new type(1)))).toEqual([
      ...['float', 'double', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64'],
    ])
    // TensorProto.DataType of onnx.proto.
    expect(ELEMENT_TYPE_CODES).toEqual({
      ...{ float: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, double: 11 },
    })
  })

  test('a model has what was put into it, in order', () => {
    const onnx = createOnnxBuilder('whole', { opset: 21, metadata: { names: 'a' } })
    const weights = Float32Array.of(1, 2)
    onnx.input('x', 'float', [2])
    expect([onnx.constant('w', weights), onnx.constant('w', weights)]).toEqual(['w', 'w'])
    expect(onnx.node('Clip', ['x', '', 'w'], 'y')).toBe('y')
    onnx.nodes('Split', ['y'], ['p', 'q'], { axis: 0 })
    onnx.describe('y', 'float', ['n'])
    onnx.output('p', 'float', [1])
    expect(onnx.model()).toEqual({
      name: 'whole',
      opset: 21,
      nodes: [
        { op: 'Clip', name: 'y', inputs: ['x', '', 'w'], outputs: ['y'], attributes: {} },
        { op: 'Split', name: 'p', inputs: ['y'], outputs: ['p', 'q'], attributes: { axis: 0 } },
      ],
      initializers: [{ name: 'w', data: weights, dims: [2] }],
      inputs: [{ name: 'x', type: 'float', dims: [2] }],
      outputs: [{ name: 'p', type: 'float', dims: [1] }],
      valueInfos: [{ name: 'y', type: 'float', dims: ['n'] }],
      metadata: { names: 'a' },
    })
    expect(() => onnx.constant('w', Float32Array.of(1, 2))).toThrow('ONNX tensor w is made twice')
    expect(() => onnx.output('none', 'float', [1])).toThrow(
      'none is used by the graph outputs before it is made',
    )
    expect(createOnnxBuilder('plain').model()).toMatchObject({ opset: 17, metadata: {} })
  })
})

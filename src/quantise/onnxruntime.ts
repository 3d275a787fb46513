/** onnxruntime without telemetry and warnings. All other files import it from here. */
import './no-telemetry.ts'

export { InferenceSession, Tensor } from 'onnxruntime-node'

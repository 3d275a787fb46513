/** onnxruntime without telemetry and warnings. All other files load it from here. */
import type Onnxruntime from 'onnxruntime-node'
import { checkLibrary, loadLibrary } from '../process/optional-library.ts'

const ONNXRUNTIME = { name: 'onnxruntime-node', purpose: 'Running the float network' }

export function loadOnnxruntime(): Promise<typeof Onnxruntime> {
  // Since 1.30 it reports processes and sessions to its maker, keeps a device id in the user's cache folder and leaves a log in the
  // temporary folder, unless this is set before its library starts.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  return loadLibrary(ONNXRUNTIME, () => import('onnxruntime-node'))
}

/** A session whose threads do not spin: the core may be needed by another thread. */
export async function openSession(
  onnx: Uint8Array,
  threads: number,
  options: Onnxruntime.InferenceSession.SessionOptions = {},
): Promise<Onnxruntime.InferenceSession> {
  const { InferenceSession } = await loadOnnxruntime()
  return await InferenceSession.create(onnx, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: threads > 1 ? { session: { intra_op: { allow_spinning: '0' } } } : {},
    ...options,
  })
}

export const checkOnnxruntime = (): Promise<void> => checkLibrary(ONNXRUNTIME)

import type { SignedUrlErrorDetails } from '../errors.js'
import { wait } from '../wait.js'

type Bytes = Uint8Array<ArrayBuffer>

/**
 * Reads why the endpoint denies the video: `{"reason": "rental-ended", "message": "…"}`, both as they come.
 *
 * Never rejects, because a denial stands without its reason: any other body gives no details, and neither does one that is too long, which is not read to its end,
 * or one that is not complete after `timeoutMs`. The caller aborts `signal`, the request's, when it is done.
 */
export async function readDenial(
  { body }: Response,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<SignedUrlErrorDetails> {
  // In bytes: far longer than a reason and a message may be.
  const longest = 10_000
  let length = 0
  try {
    const limit = new TransformStream<Bytes, Bytes>({
      transform(chunk, controller) {
        length += chunk.length
        if (length > longest) controller.error()
        else controller.enqueue(chunk)
      },
    })
    const json = new Response(body?.pipeThrough(limit)).json()
    const { reason, message } = await Promise.race([json, wait(timeoutMs, signal)])
    return { reason, viewerMessage: message }
  } catch {
    return {}
  }
}

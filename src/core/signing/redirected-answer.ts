import { invalid } from './answer.js'
import { contentTypeOf, readBody } from './answer-body.js'

/** Other types, such as `application/octet-stream`, say nothing. */
const MEDIA_TYPE = /^(?:video|audio)\/|mpegurl|dash\+xml/i

/**
 * The answer where the endpoint redirected: media (neither JSON nor HTML) is what the signed URL leads to, and is not read. Text may be either.
 * Throws `SignedUrlError` `signed-url-invalid`.
 */
export async function readRedirected(response: Response): Promise<unknown> {
  const contentType = contentTypeOf(response)
  if (/html/i.test(contentType)) {
    cancelBody(response)
    throw invalid('is a page that the endpoint redirects to (a log-in page?)')
  }
  if (contentType !== '' && !/json|text\/plain/i.test(contentType)) {
    cancelBody(response)
    return { url: response.url, type: MEDIA_TYPE.test(contentType) ? contentType : undefined }
  }
  const text = await response.text()
  const type = mediaTypeOf(text)
  return type === undefined ? readBody(contentType, text) : { url: response.url, type }
}

function cancelBody({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** The media type of a playlist or an MPD; undefined for any other text. */
function mediaTypeOf(text: string): string | undefined {
  if (text.startsWith('#EXTM3U')) return 'application/x-mpegURL'
  return /^\s*(?:<\?xml[^>]*>\s*)?<MPD/.test(text) ? 'application/dash+xml' : undefined
}

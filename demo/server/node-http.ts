import type { IncomingMessage, ServerResponse } from 'node:http'

/** Converts a Node request to a Web request, with the body read to the end. With `res`, its signal aborts when the client leaves before the response is complete. */
export async function toRequest(req: IncomingMessage, res?: ServerResponse): Promise<Request> {
  const left = new AbortController()
  res?.once('close', () => res.writableFinished || left.abort())
  const { method = 'GET', url = '/', headers } = req
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers)) for (const one of [value ?? []].flat()) sent.append(name, one)
  const chunks: Uint8Array[] = []
  for await (const chunk of req) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  const target = new URL(url, `http://${headers.host ?? 'localhost'}`)
  return new Request(target, {
    method,
    headers: sent,
    signal: left.signal,
    ...(body !== '' && method !== 'GET' && method !== 'HEAD' && { body }),
  })
}

/** Sends a Web response. `Response.error()`, which stands for a network error, breaks the connection. */
export async function sendResponse(res: ServerResponse, response: Response): Promise<void> {
  if (response.type === 'error') return void res.destroy()
  const body = Buffer.from(await response.arrayBuffer())
  res.writeHead(response.status, Object.fromEntries(response.headers)).end(body)
}

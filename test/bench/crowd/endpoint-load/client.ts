import { Agent, get } from 'node:http'

const CONNECTIONS = 32

/** Requests URLs for `forMs` over kept connections. Returns how many answers came; throws where one is no signed URL. */
export async function requestUrls(port: number, forMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const until = performance.now() + forMs
  let answers = 0
  const connection = async () => {
    while (performance.now() < until) {
      const body = await requestOne(port, agent)
      if (!body.includes('"url":"https://cdn.example/')) throw new Error(`The endpoint answered ${body}`)
      answers += 1
    }
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  } finally {
    agent.destroy()
  }
  return answers
}

function requestOne(port: number, agent: Agent): Promise<string> {
  const headers = { accept: 'application/json', cookie: 'ticket=1' }
  return new Promise((resolve, reject) => {
    get({ port, agent, headers, host: '127.0.0.1', path: '/api/playback-url?resource=final-2026' }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    }).on('error', reject)
  })
}

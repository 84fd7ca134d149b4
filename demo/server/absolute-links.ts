import type { PlaylistAnswer } from './live-playlist.js'
import { type Opened, signPlace, unsigned } from './schemes.js'
import type { Stage } from './stages.js'

/** Returns a playlist with absolute links. Signed ones are signed one by one, but all belong to one issue. Links to other hosts stay unchanged. */
export function withAbsoluteLinks(
  answer: PlaylistAnswer,
  { slug, file }: Opened,
  stage: Stage,
  baseUrl: string,
): PlaylistAnswer {
  const { scheme, viewerAddress: address, links } = stage.settings
  const here = `http://host.invalid/${encodeURI(file)}`
  const { text } = stage.issueTogether((expiresAt) => {
    const tokens: string[] = []
    const sign = (link: string) => {
      const { host, pathname } = new URL(link, here)
      if (host !== 'host.invalid') return link
      const place = { stage: stage.id, slug, file: decodeURI(pathname.slice(1)) }
      const { url, token } = signPlace(scheme, { ...place, baseUrl, address, expiresAt })
      if (links === 'absolute') return unsigned(url)
      tokens.push(token)
      return url
    }
    return { text: answer.text.replace(/(?<=URI=")[^"]+|^[^#\s][^\r\n]*/gm, sign), tokens }
  })
  return { ...answer, text }
}

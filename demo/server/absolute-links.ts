import type { Told } from './live-playlist.js'
import { type Opened, signPlace, unsigned } from './schemes.js'
import type { Stage } from './stages.js'

/** A playlist as a server writes it that has absolute URLs in it; signed, each by itself, they are all of one issue. Links to other hosts stay as they are. */
export function withAbsoluteLinks(told: Told, { slug, file }: Opened, stage: Stage, baseUrl: string): Told {
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
    return { text: told.text.replace(/(?<=URI=")[^"]+|^[^#\s][^\r\n]*/gm, sign), tokens }
  })
  return { ...told, text }
}

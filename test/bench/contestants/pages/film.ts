/* What all contestants share: the film that they get, and what they give back. */

/** Every player that has such a setting loads at most this much ahead. */
export const BUFFER_S = 6
/** How long before the expiry pages that refresh by themselves ask for a new URL. The plugin's default is a fifth of the URL's life. */
export const LEAD_MS = 1_000

export interface Film {
  readonly mount: HTMLElement
  /** Answers with a signed URL of the film. */
  readonly endpoint: string
  readonly resource: string
  readonly type: string
  readonly options: Readonly<Record<string, string>>
}

/** Where a page listens to events: a Video.js player, or a media element. */
export interface Playing {
  listen(type: string, listener: () => void): void
}

export type Play = (film: Film) => Promise<Playing>

export function addVideo({ mount }: Film): HTMLVideoElement {
  const video = document.createElement('video')
  Object.assign(video, { muted: true, playsInline: true })
  mount.append(video)
  return video
}

export function listeningTo(video: HTMLVideoElement): Playing {
  return { listen: (type, listener) => video.addEventListener(type, listener) }
}

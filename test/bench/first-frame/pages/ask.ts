/** What a page without the plugin does to get its URL. */
export async function ask(resource: string): Promise<string> {
  const response = await fetch(`/api/playback-url?resource=${resource}`)
  const { url } = await response.json()
  return url
}

/** The URL that the server wrote into the page. */
export const writtenUrl = (): string => new URLSearchParams(location.search).get('url') ?? ''

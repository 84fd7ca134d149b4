/* The parts that the pages use of packages which are fetched when the bench runs, and are no dependencies. */

declare module 'shaka-player' {
  interface Request {
    uris: string[]
    attempt: number
  }
  class Player {
    attach(video: HTMLVideoElement): Promise<void>
    configure(config: object): void
    load(url: string): Promise<void>
    addEventListener(type: 'error', listener: (event: { detail: { code: number } }) => void): void
    getNetworkingEngine(): { registerRequestFilter(filter: (type: number, request: Request) => Promise<void>): void }
  }
  const shaka: { Player: typeof Player; polyfill: { installAll(): void } }
  export default shaka
}

declare module 'dashjs' {
  interface DashPlayer {
    initialize(video: HTMLVideoElement, url: string, autoPlay: boolean): void
    updateSettings(settings: object): void
    updateSource(url: string): void
    on(type: 'error', listener: (event: { error: { code?: number; message?: string } }) => void): void
  }
  export function MediaPlayer(): { create(): DashPlayer }
}

declare module '@gcorevideo/player' {
  export class Player {
    static registerPlugin(plugin: unknown): void
    constructor(config: object)
    attachTo(element: HTMLElement): void
    on(type: 'error', listener: (error: { code?: string | number; message?: string }) => void): void
  }
  export function version(): { gplayer: string }
}

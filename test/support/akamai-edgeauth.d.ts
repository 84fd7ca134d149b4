/** The slice of Akamai's library that the tests use; it has no types of its own. */
declare module 'akamai-edgeauth' {
  interface EdgeAuthOptions {
    readonly key: string
    readonly tokenName?: string
    readonly startTime?: number
    readonly endTime: number
    readonly escapeEarly?: boolean
    readonly payload?: string
  }
  export default class EdgeAuth {
    constructor(options: EdgeAuthOptions)
    generateACLToken(acl: string | readonly string[]): string
    generateURLToken(url: string): string
  }
}

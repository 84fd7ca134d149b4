/* What the tests use of Express 4 and 5. */
declare module 'express' {
  import type { RequestListener } from 'node:http'

  type Middleware = (req: never, res: never, next: (error?: unknown) => void) => unknown
  interface Routes {
    use(handler: Middleware): this
    use(path: string, handler: Middleware): this
    all(path: string, handler: Middleware): this
  }
  interface Express {
    (): RequestListener & Routes
    Router(): Middleware & Routes
    json(): Middleware
    text(options: { type: string }): Middleware
    raw(options: { type: string }): Middleware
  }
  const express: Express
  export default express
}

declare module 'express-4' {
  export { default } from 'express'
}

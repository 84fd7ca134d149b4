/**
 * The server side: signs URLs the way CDNs expect them and answers the plugin's signing requests. Runs on Node, Deno, Bun and edge
 * platforms. It handles secrets, so never import it in a page.
 */
export { type BitsOnTheRunOptions, bitsOnTheRun } from './bits-on-the-run.js'
export { type ClubEventOptions, clubEvent } from './club-event.js'
export { type GcoreOptions, gcore } from './gcore.js'
export { type NginxSecureLinkOptions, nginxSecureLink } from './nginx-secure-link.js'
export { type NodeRequest, type NodeResponse, nodeHandler } from './node-handler.js'
export { type PushrOptions, pushrFile, pushrTitle } from './pushr.js'
export { type SignedUrl, type SigningEndpointOptions, signingEndpoint } from './signing-endpoint.js'

import { answerElementRequests, type WorkerScope } from './element-requests.js'

declare const self: WorkerScope

answerElementRequests(self)

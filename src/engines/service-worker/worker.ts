import { answerFilmRequests, type WorkerScope } from './film-requests.js'

declare const self: WorkerScope

answerFilmRequests(self)

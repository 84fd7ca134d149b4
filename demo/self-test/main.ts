/// <reference types="vite/client" />
import videojs from 'video.js'
import 'video.js/dist/video-js.css'
import '../page.css'
import '../choices.css'
import '../player.css'
import './self-test.css'
import { version } from '../../package.json'
import { find } from '../dom.js'
import { limitVhs } from '../small-buffer.js'
import { describeAbilities, readAbilities } from './abilities.js'
import { readEngines } from './engines.js'
import { writeReport } from './report.js'
import { SelfTest } from './self-test.js'
import { Trials } from './trials.js'

/* The self-test: the main promises in the browser at hand, for browsers that the tests can't drive. */

limitVhs()

const abilities = readAbilities(window)
const trials = new Trials(find(document, '#screen', HTMLElement))
find(document, '#abilities', HTMLElement).textContent = `${describeAbilities(abilities)}.`

new SelfTest(document, readEngines(location.search), {
  abilities,
  tryPromise: (engine, promise) => trials.try(engine, promise),
  report: (results) =>
    writeReport(
      {
        userAgent: navigator.userAgent,
        abilities: describeAbilities(abilities),
        versions: `videojs-signed-url ${version}, Video.js ${Reflect.get(videojs, 'VERSION')}`,
        at: new Date(),
      },
      results,
    ),
  // An insecure page has no clipboard.
  copy: async (text) => navigator.clipboard.writeText(text),
})
document.documentElement.dataset.ready = 'true'

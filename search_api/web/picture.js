// @ts-check
/** Pictures as queries: the service describes one, and its words are searched for. Loaded with the first picture. */

import { request, stats } from './api.js'
import { element } from './dom.js'
import { loadTexts, t } from './i18n.js'
import { onDemand } from './on_demand.js'

const SIDE = 72 // pixels of a thumbnail; it is shown at half the size

/** The words for a picture, and a thumbnail of it, or null if the browser does not know its format. */
export async function describe(file, signal, progress) {
  await onDemand(loadTexts('picture'))
  const { pictures } = await stats()
  const body = new FormData()
  body.append('file', pictures ? file : new Blob()) // the service then says what to install
  const { caption } = await request('/v1/caption', { method: 'POST', body, signal, progress })
  return { caption, thumbnail: await thumbnail(file) }
}

/** On a canvas: the policy of the page lets no picture in that the service does not send. */
async function thumbnail(file) {
  const label = t('picture.label', { name: file.name })
  try {
    const picture = await createImageBitmap(file, { resizeHeight: SIDE, resizeQuality: 'medium' })
    const canvas = element('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': label, title: label })
    const width = Math.min(SIDE, picture.width)
    canvas.getContext('2d')?.drawImage(picture, (picture.width - width) / 2, 0, width, SIDE, (SIDE - width) / 2, 0, width, SIDE)
    picture.close()
    return canvas
  } catch {
    return null
  }
}

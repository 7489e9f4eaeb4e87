// @ts-check
/** Audio files, scores and pictures as queries: dropped anywhere on the page, pasted, or chosen in a dialog. */

import { uploadMusic } from './api.js'
import { byId } from './dom.js'
import { t } from './i18n.js'
import { clearNotice, showProblem, showWaiting } from './notice.js'
import { onDemand } from './on_demand.js'

const UNKNOWN_PICTURE = /\.(heic|heif|avif)$/i // whose type some systems do not know

/**
 * `onMusic(token, name, analysed)`: the service has analysed an audio file or a score and returned this token for it.
 * `onPicture(caption, thumbnail, isFirst)`: it has described a picture, the first of those that came together or another.
 */
export function createUpload({ onMusic, onPicture }) {
  const [chooser, overlay] = [byId('file'), byId('drop')]
  let depth = 0 // of nested elements under the dragged file

  async function upload(files) {
    let described = 0
    for (const file of files) {
      const stopping = new AbortController()
      const stop = () => {
        stopping.abort()
        clearNotice()
      }
      let waiting = showWaiting(t('upload.sending', { name: file.name }), stop, 0)
      const progress = part => {
        if (part < 1) return waiting(part)
        waiting = showWaiting(t('upload.waiting', { name: file.name }), stop)
      }
      try {
        if (file.type.startsWith('image/') || UNKNOWN_PICTURE.test(file.name)) {
          const { describe } = await onDemand(import('./picture.js'))
          const { caption, thumbnail } = await describe(file, stopping.signal, progress)
          clearNotice()
          await onPicture(caption, thumbnail, described++ === 0)
        } else {
          const { audio_token: token, analysed } = await uploadMusic(file, stopping.signal, progress)
          clearNotice()
          await onMusic(token, file.name, analysed)
        }
      } catch (problem) {
        const refused = /^(bad-|too-large)/.test(problem.kind) // and will be again
        showProblem(problem, refused ? null : (problem.reload ?? (() => upload([file]))))
        return
      }
    }
  }

  const hasFiles = event => event.dataTransfer?.types.includes('Files')

  function over(change) {
    depth = Math.max(0, depth + change)
    overlay.hidden = depth === 0
  }

  window.addEventListener('dragenter', event => {
    if (hasFiles(event)) {
      event.preventDefault()
      over(1)
    }
  })
  window.addEventListener('dragleave', event => {
    if (hasFiles(event)) over(-1)
  })
  window.addEventListener('dragover', event => {
    if (hasFiles(event)) event.preventDefault()
  })
  window.addEventListener('drop', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    over(-depth)
    upload([...event.dataTransfer.files])
  })
  document.addEventListener('paste', event => {
    const { files = [], types = [] } = event.clipboardData ?? {}
    if (!files.length || types.includes('text/plain') || document.querySelector('dialog[open]')) return
    event.preventDefault()
    upload([...files])
  })
  byId('choose').addEventListener('click', () => chooser.click())
  chooser.addEventListener('change', () => {
    upload([...chooser.files])
    chooser.value = ''
  })
}

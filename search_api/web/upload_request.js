// @ts-check
/** A request that tells how much of its body has been sent, which `fetch` cannot. */

/**
 * Like `fetch`. `progress(part)`: the part that has been sent, 0 to 1.
 * @param {string} address
 * @param {{method: string, body: FormData, headers: Record<string, string>, signal?: AbortSignal,
 *   progress: (part: number) => void}} options
 * @returns {Promise<Response>}
 */
export function sendInParts(address, { method, body, headers, signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const ends = () => reject(new TypeError('no response'))
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
    request.upload.onload = () => progress(1)
    request.onload = () => resolve(responseOf(request))
    request.onerror = request.ontimeout = ends
    request.onabort = () => reject(signal?.reason ?? new DOMException('', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    request.open(method, address)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    if (signal?.aborted) return request.onabort?.(new ProgressEvent('abort'))
    request.send(body)
  })
}

function responseOf(request) {
  const headers = new Headers()
  for (const name of ['Content-Type', 'Retry-After']) {
    const value = request.getResponseHeader(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(request.response, { status: request.status, statusText: request.statusText, headers })
}

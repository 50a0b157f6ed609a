// Speaks with the server: JSON, events, and the key if the server needs one.

const KEY = 'key';
// Tells the people behind one address apart, so that they take turns.
const client = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, '0')).join('');
let askForKey = async () => '';

/** An answer that is no success, with the server's words and the field that is to blame, if one is. */
export class ServerError extends Error {
  constructor(message, field = '') {
    super(message);
    this.field = field;
  }
}

/** Sets what asks the person for the key. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

function headers() {
  const all = { 'Content-Type': 'application/json', 'X-Client-Id': client };
  const key = sessionStorage.getItem(KEY);
  return key ? { ...all, Authorization: `Bearer ${key}` } : all;
}

async function errorOf(response) {
  const body = await response.json().catch(() => ({}));
  const detail = body.detail;
  if (Array.isArray(detail) && detail.length > 0) {
    return new ServerError(detail[0].msg, detail[0].loc[1]);
  }
  const later = response.headers.get('Retry-After');
  return new ServerError((detail || `The server answered ${response.status}.`) + (later ? ` Try again in ${later} s.` : ''));
}

async function request(path, options) {
  for (;;) {
    let response;
    try {
      response = await fetch(path, { ...options, headers: headers() });
    } catch (failure) {
      if (failure.name === 'AbortError') {
        throw failure;
      }
      throw new ServerError('The server cannot be reached. Is it still running?');
    }
    if (response.status !== 401) {
      if (!response.ok) {
        throw await errorOf(response);
      }
      return response;
    }
    sessionStorage.setItem(KEY, await askForKey());
  }
}

/** Reads JSON. */
export async function get(path) {
  return (await request(path, { method: 'GET' })).json();
}

/** Sends JSON and reads the answer's. */
export async function post(path, body, signal) {
  return (await request(path, { method: 'POST', body: JSON.stringify(body), signal })).json();
}

/** Sends JSON and yields the events of the answer as {name, data}. */
export async function* events(path, body, signal) {
  const response = await request(path, { method: 'POST', body: JSON.stringify(body), signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    text += value;
    const parts = text.split('\n\n');
    text = parts.pop();
    for (const part of parts) {
      const event = eventOf(part);
      if (event.name) {
        yield event;
      }
    }
  }
}

function eventOf(text) {
  const event = { name: '', data: null };
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) {
      event.name = line.slice(7);
    } else if (line.startsWith('data: ')) {
      event.data = JSON.parse(line.slice(6));
    }
  }
  return event;
}

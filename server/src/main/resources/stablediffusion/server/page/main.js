// Brings the parts of the page together.

import { ServerError, events, get, onKeyNeeded, post } from './api.js';
import * as form from './form.js';
import * as gallery from './gallery.js';
import * as mask from './mask.js';
import { base64Of, sizeOf, urlOf } from './picture.js';
import * as progress from './progress.js';

const $ = id => document.getElementById(id);

let shown = null; // the picture of the gallery that is shown
let start = null; // the picture to start from: {base64, url, width, height}
let found = null; // how a dropped picture was made
let running = null; // aborts the job
let latest = null; // the picture that was painted last

// Theme

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $('theme').setAttribute('aria-pressed', String(theme === 'dark'));
}

const narrow = matchMedia('(max-width: 47.99rem)');
const dark = matchMedia('(prefers-color-scheme: dark)');
setTheme(localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light'));
dark.addEventListener('change', () => {
  if (!localStorage.getItem('theme')) {
    setTheme(dark.matches ? 'dark' : 'light');
  }
});
$('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', theme);
  setTheme(theme);
});

// Errors

function showAlert(message) {
  $('alert').textContent = message;
  $('alert').hidden = false;
}

function showFailure(failure) {
  const atField = failure instanceof ServerError && failure.field && form.showError(failure.field, failure.message);
  if (!atField) {
    showAlert(failure.message);
  }
}

function clearFailures() {
  $('alert').hidden = true;
  form.clearErrors();
}

// The stage

function showPicture(url, description) {
  mask.close();
  $('empty').hidden = true;
  $('picture').src = url;
  $('picture').alt = description;
  $('picture').hidden = false;
}

gallery.onChosen(picture => {
  shown = picture;
  showPicture(picture.url, picture.prompt || 'A picture');
  $('picture-tools').hidden = false;
  $('download').href = picture.url;
  $('download').download = `${picture.seed}.png`;
  $('made').hidden = false;
  $('made-text').textContent = picture.info;
});

$('use-settings').addEventListener('click', () => {
  form.write(shown.prompt, shown.negativePrompt, shown.settings);
  $('prompt').focus();
});
$('to-start').addEventListener('click', () => {
  setStart(shown.image, shown.url, shown);
  $('strength').focus();
});
$('inpaint').addEventListener('click', () => {
  setStart(shown.image, shown.url, shown);
  editMask();
});

// The picture to start from

function setStart(base64, url, { width, height }) {
  if (start?.url !== url) {
    mask.forget();
  }
  start = { base64, url, width, height };
  $('start-image').src = url;
  $('start-picture').hidden = false;
  $('drop-text').hidden = true;
  $('start-settings').hidden = false;
  showMaskState();
}

function removeStart() {
  start = null;
  found = null;
  mask.forget();
  mask.close();
  $('start-picture').hidden = true;
  $('drop-text').hidden = false;
  $('start-settings').hidden = true;
  $('found').hidden = true;
  $('picture').hidden = !shown;
  $('empty').hidden = Boolean(shown);
  $('file').value = '';
}

function showMaskState() {
  const painted = mask.read() !== null;
  $('edit-mask').textContent = painted ? 'Change the mask' : 'Paint a mask';
  $('blur-field').hidden = !painted;
}

function editMask() {
  $('empty').hidden = true;
  $('picture').hidden = true;
  $('picture-tools').hidden = true;
  $('made').hidden = true;
  mask.open(start.url, start.width, start.height);
}

function endMask() {
  mask.close();
  showMaskState();
  $('picture').hidden = !shown;
  $('picture-tools').hidden = !shown;
  $('made').hidden = !shown;
  $('empty').hidden = Boolean(shown);
}

async function take(file) {
  clearFailures();
  try {
    const base64 = await base64Of(file);
    const url = URL.createObjectURL(file);
    const size = await sizeOf(url);
    setStart(base64, url, size);
    const info = await post('/sdapi/v1/png-info', { image: base64 });
    found = info.info ? info.parameters : null;
    $('found').hidden = found === null;
  } catch (failure) {
    form.showError('init_images', failure.message);
  }
}

$('file').addEventListener('change', () => {
  if ($('file').files.length > 0) {
    take($('file').files[0]);
  }
});
$('use-found').addEventListener('click', () => {
  const { Prompt: prompt, 'Negative prompt': negative, ...settings } = found;
  form.write(prompt, negative, settings);
  $('found').hidden = true;
});
$('edit-mask').addEventListener('click', editMask);
$('mask-done').addEventListener('click', () => {
  endMask();
  $('paint').focus();
});
$('remove-start').addEventListener('click', removeStart);

function fileOf(transfer) {
  return [...(transfer?.files ?? [])].find(file => file.type.startsWith('image/'));
}

let over = 0;
function highlight(change) {
  over = Math.max(0, over + change);
  $('drop').classList.toggle('over', over > 0);
}
document.addEventListener('dragenter', () => highlight(1));
document.addEventListener('dragleave', () => highlight(-1));
document.addEventListener('dragover', event => event.preventDefault());
document.addEventListener('drop', event => {
  event.preventDefault();
  highlight(-over);
  const file = fileOf(event.dataTransfer);
  if (file) {
    take(file);
  }
});
document.addEventListener('paste', event => {
  const file = fileOf(event.clipboardData);
  if (file) {
    event.preventDefault();
    take(file);
  }
});

// Painting

function request() {
  const fields = form.read();
  if (!start) {
    return fields;
  }
  const painted = mask.read();
  return {
    ...fields,
    init_images: [start.base64],
    resize_mode: 1,
    denoising_strength: Number($('strength').value),
    ...(painted ? { mask: painted, mask_blur: Number($('blur').value), inpainting_fill: 1, inpaint_full_res: false } : {}),
  };
}

async function paint() {
  clearFailures();
  if (!$('mask-stack').hidden) {
    endMask();
  }
  $('notes').hidden = true;
  running = new AbortController();
  $('paint').disabled = true;
  $('cancel').hidden = false;
  $('spoken').textContent = 'Painting';
  progress.begin();
  if (narrow.matches) {
    $('stage').scrollIntoView({ block: 'start' });
  }
  try {
    for await (const { name, data } of events('/api/jobs', request(), running.signal)) {
      follow(name, data);
    }
  } catch (failure) {
    if (failure.name === 'AbortError') {
      $('spoken').textContent = 'Cancelled';
    } else {
      showFailure(failure);
    }
    if (shown) {
      gallery.select(shown);
    } else if ($('mask-stack').hidden) {
      $('picture').hidden = true;
      $('empty').hidden = false;
    }
  } finally {
    running = null;
    $('paint').disabled = false;
    $('cancel').hidden = true;
    progress.end();
  }
}

function follow(name, data) {
  if (name === 'queued') {
    progress.queued(data);
  } else if (name === 'progress') {
    progress.running(data);
  } else if (name === 'preview') {
    $('picture-tools').hidden = true;
    $('made').hidden = true;
    showPicture(urlOf(data.image, 'image/jpeg'), 'Preview');
  } else if (name === 'image') {
    latest = { ...data, url: urlOf(data.image, 'image/png') };
    gallery.add(latest);
    gallery.select(latest);
    $('reuse-seed').disabled = false;
  } else if (name === 'done') {
    $('spoken').textContent = data.pictures === 1 ? 'The picture is finished' : `${data.pictures} pictures are finished`;
    showNotes(data.notes);
  } else if (name === 'error') {
    const detail = data.detail;
    throw Array.isArray(detail) ? new ServerError(detail[0].msg, detail[0].loc[1]) : new ServerError(detail);
  }
}

function showNotes(notes) {
  $('notes').replaceChildren(...notes.map(note => {
    const item = document.createElement('li');
    item.textContent = note;
    return item;
  }));
  $('notes').hidden = notes.length === 0;
}

$('form').addEventListener('submit', event => {
  event.preventDefault();
  if (!running) {
    paint();
  }
});
$('cancel').addEventListener('click', () => running?.abort());
document.addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !running) {
    event.preventDefault();
    paint();
  } else if (event.key === 'Escape' && running) {
    running.abort();
  }
});

// Fields

$('random-seed').addEventListener('click', () => {
  $('seed').value = '';
});
$('reuse-seed').addEventListener('click', () => {
  $('seed').value = latest.seed;
});
function showValue(input, output) {
  const show = () => {
    $(output).value = $(input).value;
  };
  $(input).addEventListener('input', show);
  show();
}
showValue('strength', 'strength-value');
showValue('blur', 'blur-value');
form.countTokens('prompt', 'prompt-tokens');
form.countTokens('negative', 'negative-tokens');

// The key

onKeyNeeded(() => new Promise(resolve => {
  $('key').value = '';
  $('key-dialog').showModal();
  $('key-form').addEventListener('submit', () => resolve($('key').value), { once: true });
}));
$('key-dialog').addEventListener('cancel', event => event.preventDefault());

// The server

async function load() {
  try {
    const server = await get('/api/server');
    const [samplers, schedules] = await Promise.all([get('/sdapi/v1/samplers'), get('/sdapi/v1/schedulers')]);
    form.fill(server, samplers, schedules);
    $('engine').textContent = `${server.model} · ${server.engines.join(' · ')}`;
    $('engine').title = $('engine').textContent;
  } catch (failure) {
    showFailure(failure);
  }
}

load();

// The form: what to paint. Reads and writes its fields, and shows errors where they belong.

import { post } from './api.js';

const $ = id => document.getElementById(id);
const COUNT_DELAY = 250;

/** Fills lists and defaults from what the server says of itself. */
export function fill(server, samplers, schedules) {
  options($('sampler'), samplers.map(sampler => sampler.name), server.defaults.sampler);
  options($('schedule'), schedules.map(schedule => schedule.label), 'Automatic');
  options($('model'), server.models, server.model);
  $('model-field').hidden = server.models.length < 2;
  $('width').value = server.defaults.width || 512;
  $('height').value = server.defaults.height || 512;
  $('scale').value = server.defaults.scale;
  $('steps').max = server.limits.steps;
  $('count').max = server.limits.images;
  words(server.loras.map(name => `<lora:${name}:1>`), server.embeddings);
}

function options(select, names, chosen) {
  select.replaceChildren(...names.map(name => new Option(name, name, false, name === chosen)));
}

function words(loras, embeddings) {
  $('words').hidden = loras.length + embeddings.length === 0;
  $('word-list').replaceChildren(...[...loras, ...embeddings].map(word => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = word;
    button.setAttribute('aria-label', `Add ${word} to the prompt`);
    button.addEventListener('click', () => {
      const prompt = $('prompt');
      prompt.value = prompt.value.trimEnd() + (prompt.value.trim() ? ' ' : '') + word;
      prompt.dispatchEvent(new Event('input'));
    });
    return button;
  }));
}

/** Returns the request that the fields describe. */
export function read() {
  const number = id => ($(id).value === '' ? null : Number($(id).value));
  return {
    prompt: $('prompt').value,
    negative_prompt: $('negative').value,
    width: number('width'),
    height: number('height'),
    n_iter: number('count'),
    steps: number('steps'),
    cfg_scale: number('scale'),
    clip_skip: number('clip-skip'),
    sampler_name: $('sampler').value,
    scheduler: $('schedule').value,
    seed: number('seed') ?? -1,
    override_settings: { sd_model_checkpoint: $('model').value },
  };
}

/** Writes what is known of how a picture was made, by the web UI's names, into the fields. */
export function write(prompt, negativePrompt, settings) {
  const put = (id, value) => {
    if (value !== undefined) {
      $(id).value = value;
    }
  };
  put('prompt', prompt);
  put('negative', negativePrompt);
  put('steps', settings.Steps);
  put('scale', settings['CFG scale']);
  put('seed', settings.Seed);
  put('clip-skip', settings['Clip skip'] ?? 1);
  choose($('sampler'), settings.Sampler);
  choose($('schedule'), settings['Schedule type']);
  choose($('model'), settings.Model);
  put('strength', settings['Denoising strength']);
  const size = /^(\d+)x(\d+)$/.exec(settings.Size ?? '');
  if (size) {
    put('width', size[1]);
    put('height', size[2]);
  }
  for (const id of ['prompt', 'negative', 'strength']) {
    $(id).dispatchEvent(new Event('input'));
  }
}

function choose(select, name) {
  if (name && [...select.options].some(option => option.value === name)) {
    select.value = name;
  }
}

/** Shows a message at a field. Returns whether there is such a field. */
export function showError(field, message) {
  const container = document.querySelector(`[data-field="${CSS.escape(field)}"]`);
  if (!container || container.hidden) {
    return false;
  }
  const error = document.createElement('p');
  error.className = 'error';
  error.setAttribute('role', 'alert');
  error.id = `error-${field}`;
  error.textContent = message;
  container.append(error);
  const input = container.querySelector('input:not([type="file"]), textarea, select');
  if (input) {
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-errormessage', error.id);
    input.focus();
  }
  return true;
}

/** Removes all messages. */
export function clearErrors() {
  document.querySelectorAll('.error').forEach(error => error.remove());
  document.querySelectorAll('[aria-invalid]').forEach(input => {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-errormessage');
  });
}

/** Counts the tokens of a text field whenever it changes. */
export function countTokens(field, output) {
  let timer = 0;
  const count = async () => {
    const text = $(field).value;
    if (text.trim() === '') {
      $(output).textContent = '';
      return;
    }
    try {
      const { tokens, most } = await post('/api/tokens', { prompt: text });
      if (text === $(field).value) {
        $(output).textContent = `${tokens} / ${most} tokens`;
      }
    } catch (failure) {
      $(output).textContent = failure.message;
    }
  };
  $(field).addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(count, COUNT_DELAY);
  });
}

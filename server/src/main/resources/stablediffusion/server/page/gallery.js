// The pictures of this session.

const $ = id => document.getElementById(id);
let pictures = [];
let onSelect = () => {};

/** Sets what is done when a picture is chosen. */
export function onChosen(action) {
  onSelect = action;
}

/** Adds a picture, {url, image, prompt, negativePrompt, settings, info, seed}, before the others. */
export function add(picture) {
  pictures.unshift(picture);
  const button = document.createElement('button');
  button.type = 'button';
  const image = document.createElement('img');
  image.src = picture.url;
  image.alt = `${picture.prompt || 'A picture'}, seed ${picture.seed}`;
  button.append(image);
  button.addEventListener('click', () => select(picture));
  picture.button = button;
  const item = document.createElement('li');
  item.append(button);
  $('gallery').prepend(item);
  $('gallery-section').hidden = false;
}

/** Chooses a picture. */
export function select(picture) {
  pictures.forEach(other => other.button.setAttribute('aria-current', String(other === picture)));
  onSelect(picture);
}

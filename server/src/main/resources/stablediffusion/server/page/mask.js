// Paints a mask over a picture: white is painted anew.

const $ = id => document.getElementById(id);
const MOST_UNDO = 30;
const STRIPE = 4;
const SHIFT = 0.5;

const canvas = $('mask');
const context = canvas.getContext('2d', { willReadFrequently: true });
const stripes = context.createPattern(tile(), 'repeat');
let undo = [];
let last = null;
let cursor = { x: 0, y: 0 };

/** Returns a square of black and white stripes, which are seen on every picture. */
function tile() {
  const square = document.createElement('canvas');
  square.width = 2 * STRIPE;
  square.height = 2 * STRIPE;
  const pen = square.getContext('2d');
  for (let y = 0; y < square.height; y++) {
    for (let x = 0; x < square.width; x++) {
      pen.fillStyle = (x + y) % square.width < STRIPE ? '#ffffff' : '#000000';
      pen.fillRect(x, y, 1, 1);
    }
  }
  return square;
}

/** Shows the picture and its mask, which is kept if it belongs to the picture. */
export function open(url, width, height) {
  if (canvas.dataset.url !== url) {
    canvas.dataset.url = url;
    canvas.width = width;
    canvas.height = height;
    undo = [];
    changed();
  }
  $('mask-under').src = url;
  $('mask-stack').hidden = false;
  $('mask-tools').hidden = false;
  fit();
  cursor = { x: width / 2, y: height / 2 };
  showBrush(cursor);
  canvas.focus();
}

/** Hides the editor; the mask stays. */
export function close() {
  $('mask-stack').hidden = true;
  $('mask-tools').hidden = true;
}

/** Forgets the mask. */
export function forget() {
  delete canvas.dataset.url;
  context.clearRect(0, 0, canvas.width, canvas.height);
  undo = [];
}

/** Returns the mask as a PNG in Base64, white on black; null if nothing is painted. */
export function read() {
  if (!canvas.dataset.url || isEmpty()) {
    return null;
  }
  const flat = document.createElement('canvas');
  flat.width = canvas.width;
  flat.height = canvas.height;
  const out = flat.getContext('2d');
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const grey = pixels.data[i + 3];
    pixels.data.set([grey, grey, grey, 255], i);
  }
  out.putImageData(pixels, 0, 0);
  return flat.toDataURL('image/png').split(',')[1];
}

function isEmpty() {
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] > 0) {
      return false;
    }
  }
  return true;
}

/** Brings the editor to the size of the frame. */
function fit() {
  const frame = $('frame').getBoundingClientRect();
  const scale = Math.min(frame.width / canvas.width, Math.max(256, window.innerHeight * 0.6) / canvas.height);
  $('mask-stack').style.width = `${canvas.width * scale}px`;
  $('mask-stack').style.height = `${canvas.height * scale}px`;
}

function scale() {
  return canvas.getBoundingClientRect().width / canvas.width;
}

function pointOf(event) {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) / scale(), y: (event.clientY - box.top) / scale() };
}

/** Returns the brush's diameter in pixels of the picture. */
function diameter() {
  return Number($('brush-size').value) / scale();
}

function showBrush(point) {
  const brush = $('brush');
  const size = `${$('brush-size').value}px`;
  brush.style.width = size;
  brush.style.height = size;
  brush.style.left = `${point.x * scale()}px`;
  brush.style.top = `${point.y * scale()}px`;
}

function stroke(from, to) {
  context.globalCompositeOperation = $('brush-erase').checked ? 'destination-out' : 'source-over';
  context.strokeStyle = stripes;
  context.lineWidth = diameter();
  context.lineCap = 'round';
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y + 0.01);
  context.stroke();
}

function remember() {
  undo.push(context.getImageData(0, 0, canvas.width, canvas.height));
  if (undo.length > MOST_UNDO) {
    undo.shift();
  }
  changed();
}

function changed() {
  $('undo').disabled = undo.length === 0;
}

function undoLast() {
  const before = undo.pop();
  if (before) {
    context.putImageData(before, 0, 0);
  }
  changed();
}

canvas.addEventListener('pointerdown', event => {
  event.preventDefault();
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  remember();
  last = pointOf(event);
  stroke(last, last);
});
canvas.addEventListener('pointermove', event => {
  cursor = pointOf(event);
  showBrush(cursor);
  if (last) {
    stroke(last, cursor);
    last = cursor;
  }
});
for (const end of ['pointerup', 'pointercancel']) {
  canvas.addEventListener(end, () => {
    last = null;
  });
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

canvas.addEventListener('keydown', event => {
  if (MOVES[event.key]) {
    const [dx, dy] = MOVES[event.key];
    cursor = {
      x: Math.min(canvas.width, Math.max(0, cursor.x + dx * diameter() * SHIFT)),
      y: Math.min(canvas.height, Math.max(0, cursor.y + dy * diameter() * SHIFT)),
    };
    showBrush(cursor);
  } else if (event.key === ' ') {
    remember();
    stroke(cursor, cursor);
  } else if (event.key === 'e' || event.key === 'E') {
    $($('brush-erase').checked ? 'brush-paint' : 'brush-erase').checked = true;
  } else if (event.key === '[' || event.key === ']') {
    $('brush-size').value = Number($('brush-size').value) * (event.key === ']' ? 1.25 : 0.8);
    showBrush(cursor);
  } else if ((event.ctrlKey || event.metaKey) && event.key === 'z') {
    undoLast();
  } else {
    return;
  }
  event.preventDefault();
});

$('brush-size').addEventListener('input', () => showBrush(cursor));
$('undo').addEventListener('click', undoLast);
$('clear-mask').addEventListener('click', () => {
  remember();
  context.clearRect(0, 0, canvas.width, canvas.height);
});
window.addEventListener('resize', () => {
  if (!$('mask-stack').hidden) {
    fit();
    showBrush(cursor);
  }
});

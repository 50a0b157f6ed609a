// Shows how far a job is.

const $ = id => document.getElementById(id);

/** Shows the bar, with nothing done yet. */
export function begin() {
  $('progress').hidden = false;
  set(0, 'Sending …');
}

/** Hides the bar. */
export function end() {
  $('progress').hidden = true;
}

/** Shows the place in the queue. */
export function queued({ position }) {
  set(0, position > 1 ? `Waiting: ${position - 1} before you` : 'Waiting: you are next');
}

/** Shows what is being done. */
export function running({ phase, step, steps, finished, total, fraction, secondsLeft }) {
  const parts = [];
  if (total > 1) {
    parts.push(`Picture ${Math.min(finished + 1, total)} of ${total}`);
  }
  parts.push(phase === 'denoising' && steps > 0 ? `Step ${step} of ${steps}` : sentence(phase));
  if (secondsLeft >= 0.5 && step > 0) {
    parts.push(`about ${time(secondsLeft)} left`);
  }
  set(fraction, parts.filter(part => part).join(' · '));
}

function set(fraction, text) {
  $('progress-bar').value = fraction;
  $('progress-text').textContent = text;
}

function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : '';
}

function time(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

// OpenAI's client for JavaScript: pictures from text, from a picture, as a stream, models and errors.

import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';

const [address, key, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: key, maxRetries: 0 });

const models = await client.models.list();
assert.ok(models.data.some(one => one.id === model));
assert.equal((await client.models.retrieve(model)).object, 'model');

const made = await client.images.generate({ model, prompt: 'a red circle', n: 2, size: '64x64', steps: 4 });
assert.equal(made.data.length, 2);
const png = Buffer.from(made.data[0].b64_json, 'base64');
assert.equal(png.subarray(1, 4).toString(), 'PNG');
assert.notEqual(made.data[0].b64_json, made.data[1].b64_json);

const link = await client.images.generate({ model, prompt: 'a star', size: '64x64', response_format: 'url', steps: 4 });
assert.equal((await fetch(link.data[0].url)).headers.get('content-type'), 'image/png');

const image = await toFile(png, 'start.png', { type: 'image/png' });
const edited = await client.images.edit({ model, image, prompt: 'a blue circle', size: '64x64', steps: 4 });
assert.equal(Buffer.from(edited.data[0].b64_json, 'base64').subarray(1, 4).toString(), 'PNG');

const types = [];
const stream = await client.images.generate({ model, prompt: 'a star', size: '128x128', stream: true, partial_images: 1, steps: 20 });
for await (const event of stream) {
  types.push(event.type);
  assert.ok(event.b64_json.length > 100);
}
assert.equal(types.at(-1), 'image_generation.completed');

await assert.rejects(client.images.generate({ model, prompt: 'a', size: 'huge' }), failure => {
  assert.ok(failure instanceof OpenAI.BadRequestError);
  assert.equal(failure.param, 'size');
  return true;
});
await assert.rejects(new OpenAI({ baseURL: `${address}/v1`, apiKey: 'wrong', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError);
console.log('openai: passed');

// Two clients of the web UI: pictures from text and from a picture, how they were made, settings and lists.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { StableDiffusionApi } = require('a1111-webui-api');
const sdwebui = require('node-sd-webui').default;
const [address, key, model, openAddress] = process.argv.slice(2);

// a1111-webui-api, with the key as password

const api = new StableDiffusionApi({ baseUrl: address, defaultSampler: 'Euler a', defaultStepCount: 3 }).setAuth('anyone', key);
const result = await api.txt2img({ prompt: 'a red circle', width: 64, height: 64, batch_size: 2, seed: 5 });
assert.equal(result.images.length, 2);
assert.equal((await result.image.metadata()).width, 64);
assert.deepEqual(JSON.parse(result.info).all_seeds, [5, 6]);

const second = await api.img2img({ init_images: [result.image], prompt: 'a blue circle', width: 64, height: 64, denoising_strength: 0.5 });
assert.equal((await second.image.metadata()).height, 64);

const black = { create: { width: 64, height: 64, channels: 3, background: 'black' } };
const white = { input: { create: { width: 32, height: 64, channels: 3, background: 'white' } }, left: 0, top: 0 };
const sharp = require('sharp');
const mask = sharp(await sharp(black).composite([white]).png().toBuffer());
const kept = await api.img2img({ init_images: [result.image], mask_image: mask, mask_blur: 0, prompt: 'a star', width: 64, height: 64 });
const right = { left: 40, top: 0, width: 24, height: 64 };
const before = await result.image.clone().extract(right).removeAlpha().raw().toBuffer();
const after = await kept.image.clone().extract(right).removeAlpha().raw().toBuffer();
assert.ok(before.equals(after));

assert.equal((await api.getProgress()).progress, 0);
assert.ok((await api.getSamplers()).some(sampler => sampler.name === 'DPM++ 2M'));
assert.ok((await api.getSdModels()).some(one => one.model_name === model));
assert.equal((await api.getOptions()).sd_model_checkpoint, model);
await api.setOptions({ sd_model_checkpoint: model, CLIP_stop_at_last_layers: 2 });
assert.equal((await api.getOptions()).CLIP_stop_at_last_layers, 2);
await api.setOptions({ CLIP_stop_at_last_layers: 1 });
assert.deepEqual(await api.getUpscalers().then(all => all.map(one => one.name)), ['None']);
assert.equal((await api.getCmdFlags()).api, true);
for (const none of [await api.getHypernetworks(), await api.getFaceRestorers(), await api.getRealesrganModels(), await api.getPromptStyles()]) {
  assert.deepEqual(none, []);
}
await api.refreshCheckpoints();
await assert.rejects(api.txt2img({ sampler_name: 'magic' }), failure => failure.response.status === 404
    && failure.response.data.detail.startsWith('Sampler not found'));

// node-sd-webui, which knows no key. It reads how a picture was made by places that pictures without a schedule have.

const client = sdwebui({ apiUrl: openAddress });
const text = { prompt: 'a red circle', negativePrompt: 'blue', seed: 3, steps: 2, cfgScale: 5, width: 64, height: 64, samplingMethod: 'DDIM' };
const { images } = await client.txt2img(text);
const { prompt, negativePrompt, seed, steps, samplingMethod, cfgScale, width } = await client.pngInfo({ imageData: images[0] });
assert.deepEqual({ prompt, negativePrompt, seed, steps, samplingMethod, cfgScale, width },
    { prompt: 'a red circle', negativePrompt: 'blue', seed: 3, steps: 2, samplingMethod: 'DDIM', cfgScale: 5, width: 64 });
const changed = await client.img2img({ ...text, imageData: [images[0]] });
assert.notEqual(changed.images[0], images[0]);
console.log('web UI: passed');

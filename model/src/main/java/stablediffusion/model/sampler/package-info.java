/**
 * Samples latents: noise schedules, schedules of steps, and the samplers. Internal: not part of the library's API, except
 * {@link stablediffusion.model.sampler.Schedule} and {@link stablediffusion.model.sampler.Samplers}.
 */
package stablediffusion.model.sampler;

package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.image.Picture;

/**
 * What a run of the pipeline made.
 *
 * @param latent as the sampler left it, [1, height / 8, width / 8, 4]
 */
public record PipelineResult(Tensor latent, Picture picture) {}

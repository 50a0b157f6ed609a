package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.image.Picture;

/**
 * Holds the result of a run of the pipeline.
 *
 * @param latent result of the sampler, [1, height / 8, width / 8, 4]
 * @param picture the decoded latent
 */
public record PipelineResult(Tensor latent, Picture picture) {}

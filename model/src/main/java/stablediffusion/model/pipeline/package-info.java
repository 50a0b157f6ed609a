/**
 * Makes pictures: runs the networks and the sampler, checks memory, and reports progress. Internal: not part of the library's API, except
 * {@link stablediffusion.model.pipeline.Phase}.
 */
package stablediffusion.model.pipeline;

/**
 * Draws the random numbers of PyTorch. Internal: not part of the library's API, except {@link stablediffusion.model.random.Rng}.
 */
package stablediffusion.model.random;

package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.sampler.NoiseSource;

import java.util.List;

/**
 * Draws the noise of a batch. Each picture has a generator of its own, which draws what it draws for that picture alone.
 *
 * @param latent shape of one picture's latent
 */
record BatchNoise(Shape latent, List<NormalGenerator> generators) implements NoiseSource {

    /** Returns the noise of the pictures of requests. */
    static BatchNoise of(List<Request> requests, Shape latents) {
        return new BatchNoise(
                latents.withBatch(1), requests.stream().map(request -> request.rng().generator(request.seed())).toList());
    }

    /** Draws for all pictures, one after another. torch draws channel by channel; here the channels of a pixel lie together. */
    @Override
    public float[] next() {
        float[] noise = new float[generators.size() * latent.size()];
        for (int n = 0; n < generators.size(); n++) {
            float[] drawn = generators.get(n).normal(latent.size());
            System.arraycopy(Tensor.fromChannelsFirst(latent, drawn).values(), 0, noise, n * latent.size(), latent.size());
        }
        return noise;
    }
}

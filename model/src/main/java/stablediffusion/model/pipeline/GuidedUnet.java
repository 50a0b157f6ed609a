package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.Unet;
import stablediffusion.model.sampler.EpsilonModel;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Predicts noise by the UNet with classifier-free guidance (Ho and Salimans, 2022), for the latents of one or more pictures:
 * {@code unconditional + scale · (conditional - unconditional)}, both in one batch. At scale 1 the unconditional part has no weight,
 * and the batch is half as large.
 *
 * @param unet returns the UNet; called at every step, because the decoding of a preview between two steps may need the UNet's memory
 * @param latents shape of the latents, one for each picture
 * @param context returns what the UNet reads at the current step: the unconditional context for each picture, then the conditional one for each; at scale 1 the conditional ones alone
 */
record GuidedUnet(Supplier<Executable> unet, Shape latents, Supplier<Tensor> context, float scale) implements EpsilonModel {

    /** Returns how often a picture is in the UNet's batch at a guidance scale. */
    static int passes(float scale) {
        return scale == 1 ? 1 : 2;
    }

    @Override
    public float[] epsilon(float[] x, double timestep) {
        int passes = passes(scale);
        float[] inputs = new float[passes * x.length];
        for (int n = 0; n < passes; n++) {
            System.arraycopy(x, 0, inputs, n * x.length, x.length);
        }
        Shape shape = latents.withBatch(passes * latents.batch());
        float[] timesteps = new float[shape.batch()];
        Arrays.fill(timesteps, (float) timestep);
        float[] outputs = unet.get().run(Map.of(
                Unet.LATENT, new Tensor(shape, inputs),
                Unet.TIMESTEPS, new Tensor(Shape.vector(shape.batch(), 1), timesteps),
                Unet.CONTEXT, context.get()))
                .values();
        return passes == 1 ? outputs : guide(outputs, x.length);
    }

    private float[] guide(float[] outputs, int size) {
        float[] guided = new float[size];
        for (int i = 0; i < size; i++) {
            guided[i] = outputs[i] + scale * (outputs[size + i] - outputs[i]);
        }
        return guided;
    }
}
